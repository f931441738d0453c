//! An empty database of one's own, with packs, a pool and dealers as in the demo.

use std::path::PathBuf;

use tradein::clock;
use tradein::domain::money::Fen;
use tradein::keys::{KeySource, Keys};
use tradein::operations::pools::NewPool;
use tradein::operations::shipped::SHIPPED;
use tradein::operations::{Engine, dealers, packs, pools};
use tradein::rehearse::generate;
use tradein::settings::Settings;
use tradein::startup;
use tradein::storage::{Target, schema_of_ones_own as schema};
use tradein::vault::Suite;

use crate::scene::{Fallible, POOL, PROGRAMME};

/// As in the demo: too little for all of them.
const YUAN_A_CLAIM: u64 = 7_500;
const DEALERS: u64 = 40;

/// A directory or a schema of one's own.
pub struct Place {
    settings: Settings,
    pub directory: PathBuf,
    schema: Option<(String, String)>,
}

impl Place {
    pub fn make(url: Option<&str>) -> Fallible<Self> {
        let mut settings = Settings::load("config/tradein.toml".as_ref(), |name| {
            std::env::var(name).ok()
        })?;
        let name = format!("tradein_bench_{}", clock::new_uuid().simple());
        let directory = std::env::temp_dir().join(&name);
        settings.data_dir.clone_from(&directory);
        // Figures that a power cut could take back are worth nothing.
        settings.production = true;
        settings.database = None;
        // No run lasts until there would be a quiet moment for it.
        settings.hot_keys = 1_000_000_000;
        // The load names the addresses of applicants, as a proxy does.
        settings.trusted_proxies = vec![std::net::Ipv4Addr::LOCALHOST.into()];
        let mut schema = None;
        if let Some(url) = url {
            schema::create(url, &name)?;
            let mark = if url.contains('?') { '&' } else { '?' };
            settings.database = Some(format!("{url}{mark}options=-csearch_path%3D{name}"));
            schema = Some((url.to_owned(), name));
        }
        std::fs::create_dir_all(&directory)?;
        Keys::create(&directory.join("keys.json"), Suite::Standard, clock::now())?;
        Ok(Self {
            settings,
            directory,
            schema,
        })
    }

    /// An instance of the service; all share database and keys.
    pub fn engine(&self) -> Fallible<Engine> {
        let keys = Keys::load(&KeySource::File(self.directory.join("keys.json")))?;
        Ok(startup::start_with(self.settings.clone(), keys)?)
    }

    /// The database.
    pub fn target(&self) -> Fallible<Target> {
        Ok(self.settings.target()?)
    }

    pub fn clear(self) -> Fallible<()> {
        if let Some((url, name)) = &self.schema {
            schema::drop(url, name)?;
        }
        if self.directory.exists() {
            std::fs::remove_dir_all(&self.directory)?;
        }
        Ok(())
    }
}

/// What was set up.
pub struct Stage {
    /// Client id, client secret and credit code of each dealer.
    pub dealers: Vec<(String, String, String)>,
    /// What is in the pool.
    pub cap: Fen,
}

/// Packs, a pool with too little money for `claims` claims, and dealers; one of them takes part
/// in another programme only.
pub fn set_up(engine: &Engine, claims: u64) -> Fallible<Stage> {
    let mut conn = engine.database.get()?;
    for source in SHIPPED {
        packs::load(&mut conn, source)?;
    }
    let cap = i64::try_from(claims * YUAN_A_CLAIM * 100).ok();
    let cap = cap.and_then(Fen::new).ok_or("too many claims")?;
    let new = NewPool {
        name: POOL.to_owned(),
        cap,
        programmes: vec![PROGRAMME.to_owned()],
        remainder: None,
        opens: None,
        closes: None,
    };
    pools::create(&mut conn, &new)?;
    let mut access = Vec::new();
    for n in 0..DEALERS {
        let uscc = generate::uscc(n);
        let programme = if n + 1 == DEALERS {
            "national-digital-2025"
        } else {
            PROGRAMME
        };
        let name = format!("示例经销商{n:02}");
        let (_, issued) = dealers::add(&mut conn, &uscc, &name, &[programme.to_owned()])?;
        access.push((issued.client_id, issued.client_secret, uscc));
    }
    engine.catalogue.refresh(&mut conn)?;
    Ok(Stage {
        dealers: access,
        cap,
    })
}
