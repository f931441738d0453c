//! A bureau at work without HTTP: the use cases called as the service calls them, by as many
//! instances as a test likes.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "each test program uses its part of this, and a test may stop where it stands"
)]

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use serde_json::{Value, json};
use tradein::catalogue::Role;
use tradein::clock;
use tradein::domain::ids::{ClaimId, ClientId, DealerId, PoolId};
use tradein::domain::intake::{Intake, read_claim};
use tradein::domain::money::Fen;
use tradein::domain::text::Lang;
use tradein::domain::time::Timestamp;
use tradein::journal::entry::Entry;
use tradein::keys::Keys;
use tradein::operations::claims::ClaimView;
use tradein::operations::denial::ActError;
use tradein::operations::pools::NewPool;
use tradein::operations::review::{self, Decision, Finding};
use tradein::operations::submit::submit;
use tradein::operations::verify::verify;
use tradein::operations::{
    DealerCaller, Engine, StaffCaller, Viewer, claims, credentials, dealers, packs, pools,
    reconcile,
};
use tradein::rehearse::Profile;
use tradein::rehearse::generate::{Generator, uscc};
use tradein::settings::Settings;
use tradein::startup::start_with;
use tradein::storage::{Db, admin, dialect, journal};

use crate::support::{Backend, NO_SCREENING, TestDatabase};

/// A programme without papers, without limits of units, with odd fen.
pub const PACK: &str = include_str!("../data/packs/no-papers.toml");
/// Its id.
pub const PROGRAMME: &str = "test-no-papers";
/// The pool.
pub const POOL: &str = "cars";

/// The same act answers in Chinese.
pub const LANG: Lang = Lang::Zh;

/// What an act came to.
pub type Acted = Result<ClaimView, ActError>;

/// Who works there.
#[derive(Debug, Clone, Copy)]
pub struct People {
    pub dealer: DealerCaller,
    pub reviewers: [StaffCaller; 2],
    pub approvers: [StaffCaller; 2],
    pub finance: [StaffCaller; 2],
}

/// A database with a pool and people. Drop the lanes before it.
pub struct Bureau {
    pub people: People,
    pub pool: PoolId,
    pub seed: u64,
    generator: Generator,
    pub database: TestDatabase,
}

impl fmt::Debug for Bureau {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a bureau on {:?}, seed {}",
            self.database.backend(),
            self.seed
        )
    }
}

/// An instance of the service with a runtime of its own.
pub struct Lane {
    pub engine: Engine,
    runtime: tokio::runtime::Runtime,
}

impl Lane {
    /// Runs a use case to its end.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Works on a connection of the instance.
    pub fn with<T>(&self, work: impl FnOnce(&mut Db) -> T) -> T {
        work(&mut self.engine.database.get().unwrap())
    }

    /// The database's clock.
    pub fn now(&self) -> Timestamp {
        self.with(|conn| dialect::now(conn).unwrap())
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.engine.stop();
    }
}

impl Bureau {
    /// With a pool of this much money.
    pub fn new(backend: Backend, seed: u64, cap: Fen) -> Self {
        Self::under(PACK, backend, seed, cap)
    }

    /// The same under a changed [`PACK`].
    pub fn under(pack: &str, backend: Backend, seed: u64, cap: Fen) -> Self {
        let database = TestDatabase::new(backend);
        let engine = engine(&database);
        let mut conn = engine.database.get().unwrap();
        packs::load(&mut conn, pack).unwrap();
        let new = NewPool {
            name: POOL.into(),
            cap,
            programmes: vec![PROGRAMME.into()],
            remainder: None,
            opens: None,
            closes: None,
        };
        let pool = pools::create(&mut conn, &new).unwrap().id;
        let people = People {
            dealer: dealer(&mut conn, 1),
            reviewers: [1, 2].map(|n| staff(&mut conn, Role::Reviewer, n)),
            approvers: [1, 2].map(|n| staff(&mut conn, Role::Approver, n)),
            finance: [1, 2].map(|n| staff(&mut conn, Role::Finance, n)),
        };
        let profile = Profile::of("henan-car-replacement-2025").unwrap();
        Self {
            people,
            pool,
            seed,
            generator: Generator::new(profile.renamed(PROGRAMME), seed),
            database,
        }
    }

    /// An instance of the service. Dropping it leaves what it had not committed undone, as a
    /// power cut would.
    pub fn lane(&self) -> Lane {
        Lane {
            engine: engine(&self.database),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
        }
    }

    /// The claim with this number, as it is sent.
    pub fn body(&self, index: u64) -> Value {
        serde_json::from_str(&self.generator.body(index, &uscc(1))).unwrap()
    }

    /// The claim with this number, read.
    pub fn intake(&self, index: u64) -> Intake {
        intake(&self.body(index))
    }

    /// Files claims at once, so that they share transactions; what they hold or ask for.
    pub fn file(&self, lane: &Lane, indexes: std::ops::Range<u64>) -> Vec<ClaimView> {
        let bodies = indexes.map(|index| self.body(index));
        self.file_bodies(lane, bodies)
    }

    /// Files claims at once.
    pub fn file_bodies(&self, lane: &Lane, bodies: impl Iterator<Item = Value>) -> Vec<ClaimView> {
        let caller = self.people.dealer;
        let filing = bodies.map(|body| {
            let engine = &lane.engine;
            async move {
                let key = clock::new_uuid().to_string();
                let answer = submit(engine, &caller, &key, intake(&body), LANG).await;
                let answer: Value = serde_json::from_slice(&answer.unwrap()).unwrap();
                let id = ClaimId::parse(answer["id"].as_str().unwrap()).unwrap();
                let seen = claims::get(engine, &Viewer::Bureau, id, LANG).await;
                seen.unwrap()
            }
        });
        lane.run(futures_util::future::join_all(filing))
    }

    /// Files claims and lets the first reviewer take up and recommend each.
    pub fn recommended(&self, lane: &Lane, indexes: std::ops::Range<u64>) -> Vec<ClaimView> {
        self.file(lane, indexes);
        let reviewer = self.people.reviewers[0];
        let mut recommended = Vec::new();
        while let Some(claim) = lane
            .run(review::next(&lane.engine, &reviewer, LANG))
            .unwrap()
        {
            recommended.push(decide(lane, reviewer, &claim, Decision::Recommend).unwrap());
        }
        recommended
    }

    /// Files claims and lets two persons approve each.
    pub fn approved(&self, lane: &Lane, indexes: std::ops::Range<u64>) -> Vec<ClaimView> {
        let recommended = self.recommended(lane, indexes);
        let approver = self.people.approvers[0];
        let approve = |claim| decide(lane, approver, claim, Decision::Approve).unwrap();
        recommended.iter().map(approve).collect()
    }

    /// The entries of the pool, with the claims that they are about.
    pub fn entries(&self, lane: &Lane) -> Vec<(Option<ClaimId>, Entry)> {
        lane.with(|conn| {
            let mut all = Vec::new();
            let mut after = 0;
            loop {
                let page = journal::after(conn, self.pool, POOL, after, 5_000).unwrap();
                let Some(last) = page.last() else { break all };
                after = last.entry.seq;
                all.extend(page.into_iter().map(|stored| (stored.claim, stored.entry)));
            }
        })
    }

    /// What is wrong with the books, if anything is: every row against the journal, and the
    /// sums side by side.
    pub fn wrong_books(&self, lane: &Lane) -> Option<String> {
        lane.with(|conn| {
            if let Err(error) = verify(conn, &lane.engine.keys) {
                return Some(format!("verify: {error}"));
            }
            let sums = reconcile::every_pool(conn).unwrap();
            let unequal = sums.iter().find(|pool| !pool.equal);
            unequal.map(|pool| format!("the sums differ: {pool:?}"))
        })
    }

    /// Stops the test when the books are wrong.
    pub fn check_books(&self, lane: &Lane) {
        assert_eq!(self.wrong_books(lane), None, "{self:?}");
    }
}

/// A member of staff decides about a claim that he has seen.
pub fn decide(lane: &Lane, who: StaffCaller, claim: &ClaimView, decision: Decision) -> Acted {
    let engine = &lane.engine;
    lane.run(review::decide(
        engine,
        &who,
        claim.id,
        claim.revision,
        decision,
        LANG,
    ))
}

/// The claim as it stands.
pub fn look(lane: &Lane, id: ClaimId) -> ClaimView {
    let seen = claims::get(&lane.engine, &Viewer::Bureau, id, LANG);
    lane.run(seen).unwrap()
}

/// Something that is wrong with a claim.
pub fn finding() -> Finding {
    Finding {
        code: "plate_unreadable".into(),
        field: "/new_item/plate".into(),
        message: "车牌照片不清".into(),
    }
}

/// How often each kind of entry is about each claim.
pub fn kinds(entries: &[(Option<ClaimId>, Entry)]) -> HashMap<(ClaimId, &'static str), usize> {
    let mut counted = HashMap::new();
    for (claim, entry) in entries {
        if let Some(claim) = claim {
            *counted.entry((*claim, entry.kind.as_str())).or_default() += 1;
        }
    }
    counted
}

/// A claim as it is read.
pub fn intake(body: &Value) -> Intake {
    let today = clock::now().beijing_day();
    read_claim(body.to_string().as_bytes(), today).unwrap()
}

/// The claim as another person's.
pub fn by_person(mut body: Value, person: &str) -> Value {
    for pointer in [
        "/consumer/id_number",
        "/old_item/owner_id_number",
        "/old_item/disposal/seller_id_number",
        "/invoice/buyer_id_number",
    ] {
        *body.pointer_mut(pointer).unwrap() = json!(person);
    }
    body
}

fn engine(database: &TestDatabase) -> Engine {
    let keys_file = database.data_dir().join("keys.toml");
    let (keys, _) = Keys::load_or_make(&keys_file, clock::now()).unwrap();
    let settings = Settings::load(Path::new("no such file"), |name| match name {
        "TRADEIN_DATA_DIR" => Some(database.data_dir().to_str().unwrap().to_owned()),
        "TRADEIN_DATABASE_URL" => Some(database.url().to_owned()),
        "TRADEIN_CONNECTIONS" => Some("4".to_owned()),
        "TRADEIN_PAYER_NAME" => Some("济源示范区商务局".to_owned()),
        "TRADEIN_PAYER_ACCOUNT" => Some("6225881414207430".to_owned()),
        // One dealer files a thousand claims at once here, however slow the machine is.
        "TRADEIN_QUEUE_WAIT_MS" => Some("600000".to_owned()),
        // Nor is that a scheme.
        name if name == NO_SCREENING.0 => Some(NO_SCREENING.1.to_owned()),
        _ => None,
    });
    start_with(settings.unwrap(), keys).unwrap()
}

fn dealer(conn: &mut Db, n: u64) -> DealerCaller {
    let programmes = [PROGRAMME.to_owned()];
    let (dealer, issued): (DealerId, _) =
        dealers::add(conn, &uscc(n), "测试商行", &programmes).unwrap();
    DealerCaller {
        dealer,
        client: ClientId::parse(&issued.client_id).unwrap(),
    }
}

fn staff(conn: &mut Db, role: Role, n: u8) -> StaffCaller {
    let login = format!("{}-{n}", role.as_str());
    credentials::add_staff(conn, &login, role.as_str(), false).unwrap();
    let (staff, _) = admin::find_staff(conn, &login).unwrap().unwrap();
    StaffCaller { staff, role }
}
