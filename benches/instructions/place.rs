//! An empty database of one's own, set up by the commands of the program.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tradein::clock;
use tradein::rehearse::generate;
use tradein::storage::schema_of_ones_own as schema;

use crate::Fallible;
use crate::gate::Gate;

pub const PROGRAMME: &str = "henan-car-replacement-2025";
/// As on the click day: too little for all of them.
const YUAN_A_CLAIM: u64 = 7_500;
const DEALERS: u64 = 8;

/// Client id, secret and credit code of a dealer.
pub struct Seller {
    pub client_id: String,
    pub client_secret: String,
    pub uscc: String,
}

/// A directory, and on PostgreSQL a schema.
pub struct Place {
    directory: PathBuf,
    database: Option<String>,
    schema: Option<(String, String)>,
}

impl Place {
    pub fn make(url: Option<&str>) -> Fallible<Self> {
        let name = format!("tradein_bench_{}", clock::new_uuid().simple());
        let directory = std::env::temp_dir().join(&name);
        std::fs::create_dir_all(&directory)?;
        let mut place = Self {
            directory,
            database: None,
            schema: None,
        };
        if let Some(url) = url {
            schema::create(url, &name)?;
            let mark = if url.contains('?') { '&' } else { '?' };
            place.database = Some(format!("{url}{mark}options=-csearch_path%3D{name}"));
            place.schema = Some((url.to_owned(), name));
            // PostgreSQL takes no keys that the service made up.
            place.run(&["keys", "new", "--out", &place.path("keys.toml")])?;
        }
        Ok(place)
    }

    pub fn clear(self) -> Fallible<()> {
        if let Some((url, name)) = &self.schema {
            schema::drop(url, name)?;
        }
        Ok(std::fs::remove_dir_all(&self.directory)?)
    }

    /// A pool with money for half of the claims, and dealers.
    pub fn set_up(&self, claims: u64) -> Fallible<Vec<Seller>> {
        let pack = format!("config/programmes/{PROGRAMME}.toml");
        self.run(&["programme", "load", &pack])?;
        let cap = (claims * YUAN_A_CLAIM).to_string();
        let create = ["pool", "create", "instructions", "--cap", &cap];
        self.run(&[&create[..], &["--programme", PROGRAMME]].concat())?;
        (0..DEALERS).map(|n| self.seller(n)).collect()
    }

    fn seller(&self, n: u64) -> Fallible<Seller> {
        let (uscc, name) = (generate::uscc(n), format!("示例经销商{n:02}"));
        let add = ["dealer", "add", "--uscc", &uscc, "--name", &name];
        let issued = self.run(&[&add[..], &["--programme", PROGRAMME, "--json"]].concat())?;
        let issued: Value = serde_json::from_str(&issued)?;
        let field = |name: &str| {
            let text = issued[name].as_str();
            text.map(str::to_owned).ok_or(format!("no {name}"))
        };
        Ok(Seller {
            client_id: field("client_id")?,
            client_secret: field("client_secret")?,
            uscc,
        })
    }

    /// What holds up the writers of this database.
    pub fn gate(&self) -> Fallible<Gate> {
        let file = || format!("sqlite://{}", self.path("tradein.db"));
        Gate::new(&self.database.clone().unwrap_or_else(file))
    }

    /// A file in the directory.
    pub fn path(&self, name: &str) -> String {
        self.directory.join(name).display().to_string()
    }

    /// A program, with nothing of the caller's own settings.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TRADEIN_") {
                command.env_remove(name);
            }
        }
        command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
        command.env("TRADEIN_DATA_DIR", &self.directory);
        if let Some(url) = &self.database {
            command.env("TRADEIN_DATABASE_URL", url);
        }
        command
    }

    /// What a command of `tradein` prints.
    fn run(&self, arguments: &[&str]) -> Fallible<String> {
        let mut command = self.command(env!("CARGO_BIN_EXE_tradein"));
        let output = command.args(arguments).output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("tradein {}: {said}", arguments.join(" ")).into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}
