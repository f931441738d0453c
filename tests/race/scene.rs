//! A service under load: one database, one or two instances, two dealers, an auditor.

use indicatif::ProgressBar;
use serde_json::Value;
use tradein::clock;
use tradein::domain::money::Fen;
use tradein::domain::time::Timestamp;
use tradein::rehearse::generate::{Generator, uscc};
use tradein::rehearse::{Access, Plan, Profile, Report, Volume, run};

use crate::support::{Backend, Client, Credentials, Server, TestDatabase};

/// Connections of a load.
pub const CONNECTIONS: usize = 64;

/// How many dealers file.
const DEALERS: u64 = 2;

/// A pool to be opened.
#[derive(Debug, Clone, Copy)]
pub struct Pool {
    /// Its name.
    pub name: &'static str,
    /// The programme it serves.
    pub programme: &'static str,
    /// `strict` or `fit`.
    pub remainder: &'static str,
    /// Its money.
    pub cap: Fen,
}

/// Where the servers run, and how.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// On which database.
    pub backend: Backend,
    /// How many instances share it.
    pub instances: usize,
}

impl Place {
    /// One instance on each database, and two on PostgreSQL.
    pub const ALL: [Place; 3] = [
        Place::one(Backend::Sqlite),
        Place::one(Backend::Postgres),
        Place::TWO,
    ];

    /// Two instances on one PostgreSQL.
    pub const TWO: Place = Place {
        backend: Backend::Postgres,
        instances: 2,
    };

    /// One instance.
    pub const fn one(backend: Backend) -> Self {
        Self {
            backend,
            instances: 1,
        }
    }
}

/// A dealer that may file.
#[derive(Debug, Clone)]
pub struct Dealer {
    /// Its credit code.
    pub uscc: String,
    /// Its credentials.
    pub credentials: Credentials,
}

/// The service with everything around it.
#[derive(Debug)]
pub struct Scene {
    /// The instances; declared first, so that they end before their database goes.
    pub servers: Vec<Server>,
    /// Who files; they take turns.
    pub dealers: Vec<Dealer>,
    /// The pools.
    pub pools: Vec<Pool>,
    auditor: Credentials,
    /// Tokens of the dealers and, last, of the auditor: good at every instance.
    tokens: Vec<String>,
    /// When they were fetched, nanoseconds on the monotonic clock.
    fetched_ns: u64,
    settings: Vec<(&'static str, String)>,
    /// The database.
    pub database: TestDatabase,
}

impl Scene {
    /// Opens the pools and starts the instances.
    pub fn new(place: Place, pools: &[Pool]) -> Self {
        Self::with_settings(place, pools, &[])
    }

    /// The same with settings of the environment for every instance.
    pub fn with_settings(place: Place, pools: &[Pool], settings: &[(&'static str, &str)]) -> Self {
        let database = TestDatabase::new(place.backend);
        Self::on(database, place.instances, pools, settings)
    }

    /// The same on a database that is there already.
    pub fn on(
        database: TestDatabase,
        instances: usize,
        pools: &[Pool],
        settings: &[(&'static str, &str)],
    ) -> Self {
        Self::build(database, instances, pools, &[], settings)
    }

    /// The same with pools that stand open between two instants only, in UTC.
    pub fn between(place: Place, pools: &[Pool], opens: Timestamp, closes: Timestamp) -> Self {
        let (opens, closes) = (opens.to_rfc3339_micros(), closes.to_rfc3339_micros());
        let times = ["--opens-at", &opens, "--closes-at", &closes];
        let database = TestDatabase::new(place.backend);
        Self::build(database, place.instances, pools, &times, &[])
    }

    fn build(
        database: TestDatabase,
        instances: usize,
        pools: &[Pool],
        times: &[&str],
        settings: &[(&'static str, &str)],
    ) -> Self {
        let programmes: Vec<&str> = pools.iter().map(|p| p.programme).collect();
        database.load_programmes(&programmes);
        for pool in pools {
            let cap = pool.cap.to_string();
            let mut arguments = vec!["pool", "create", pool.name, "--cap", &cap];
            arguments.extend(["--programme", pool.programme]);
            arguments.extend(["--remainder", pool.remainder]);
            arguments.extend(times);
            database.run(&arguments);
        }
        let dealers: Vec<Dealer> = (0..DEALERS)
            .map(|n| Dealer {
                uscc: uscc(n),
                credentials: database.add_dealer(&uscc(n), &format!("测试商行{n}"), &programmes),
            })
            .collect();
        let auditor = database.add_staff("auditor", "auditor");
        let mut scene = Self {
            servers: Vec::new(),
            dealers,
            pools: pools.to_vec(),
            auditor,
            tokens: Vec::new(),
            fetched_ns: 0,
            settings: settings
                .iter()
                .map(|(n, v)| (*n, (*v).to_owned()))
                .collect(),
            database,
        };
        for _ in 0..instances {
            scene.start();
        }
        scene.fetch_tokens();
        scene
    }

    fn fetch_tokens(&mut self) {
        let mut client = self.servers[0].client();
        let owners = self.dealers.iter().map(|d| &d.credentials);
        self.tokens = owners
            .chain([&self.auditor])
            .map(|owner| client.token(&owner.client_id, &owner.client_secret))
            .collect();
        self.fetched_ns = clock::monotonic_ns();
    }

    /// Fetches new tokens in time: they live for fifteen minutes, and a long test for hours.
    #[allow(dead_code, reason = "only tests that run for long need it")]
    pub fn renew_tokens(&mut self) {
        const IN_TIME: u64 = 300_000_000_000;
        if clock::monotonic_ns() - self.fetched_ns > IN_TIME {
            self.fetch_tokens();
        }
    }

    /// Starts one more instance.
    pub fn start(&mut self) {
        let settings = &self.settings;
        let server = self.database.serve_with(|command| {
            command.envs(settings.iter().map(|(name, value)| (name, value)));
        });
        self.servers.push(server);
    }

    /// A client of an instance, with the token of a dealer.
    pub fn dealer_client(&self, instance: usize, dealer: usize) -> Client {
        self.client(instance, &self.tokens[dealer])
    }

    /// A client of an instance, with the auditor's token.
    pub fn auditor_client(&self, instance: usize) -> Client {
        self.client(instance, &self.tokens[self.dealers.len()])
    }

    /// The token of a dealer.
    pub fn token(&self, dealer: usize) -> &str {
        &self.tokens[dealer]
    }

    fn client(&self, instance: usize, token: &str) -> Client {
        let server = &self.servers[instance % self.servers.len()];
        server.client().with_token(token)
    }

    /// The claims that `seed` stands for, as they are filed at a pool.
    pub fn filing(&self, pool: usize, seed: u64) -> Filing {
        Filing::new(self.pools[pool].programme, seed)
    }

    /// A load of `claims` claims from 64 connections, each tried once.
    pub fn plan(&self, pool: usize, seed: u64, claims: u64) -> Plan {
        let access = |dealer: &Dealer| Access {
            client_id: dealer.credentials.client_id.clone(),
            client_secret: dealer.credentials.client_secret.clone(),
            uscc: Some(dealer.uscc.clone()),
        };
        let profile = profile(self.pools[pool].programme);
        let mut plan = Plan::new("", access(&self.dealers[0]), profile, seed);
        plan.urls = self.servers.iter().map(|s| s.url().to_owned()).collect();
        plan.dealers = self.dealers.iter().map(access).collect();
        plan.volume = Volume::Claims(claims);
        plan.connections = CONNECTIONS;
        plan.keep_history = true;
        plan
    }

    /// Runs a load to its end.
    pub fn load(&self, pool: usize, seed: u64, claims: u64) -> Report {
        run(&self.plan(pool, seed, claims), &ProgressBar::hidden()).unwrap()
    }
}

/// Runs a load, and does something to the service once `after` claims are answered.
pub fn load_while(plan: &Plan, after: u64, act: impl FnOnce()) -> Report {
    let progress = ProgressBar::hidden();
    std::thread::scope(|scope| {
        let load = scope.spawn(|| run(plan, &progress).unwrap());
        while progress.position() < after && !load.is_finished() {
            std::thread::yield_now();
        }
        act();
        load.join().unwrap()
    })
}

fn profile(programme: &str) -> Profile {
    Profile::of(programme).unwrap()
}

/// Claims as a load files them.
#[derive(Debug)]
pub struct Filing(Generator);

impl Filing {
    /// The claims of a programme that `seed` stands for.
    pub fn new(programme: &str, seed: u64) -> Self {
        Self(Generator::new(profile(programme), seed))
    }

    /// The idempotency key of a claim.
    pub fn key(&self, index: u64) -> String {
        self.0.key(index)
    }

    /// Which dealer files it.
    pub fn dealer(&self, index: u64) -> usize {
        usize::try_from(index % DEALERS).unwrap()
    }

    /// The body of a claim.
    pub fn body(&self, index: u64) -> Value {
        self.body_by(index, &uscc(index % DEALERS))
    }

    /// The body of a claim that another dealer files.
    pub fn body_by(&self, index: u64, seller: &str) -> Value {
        serde_json::from_str(&self.0.body(index, seller)).unwrap()
    }

    /// What the programme pays for it: what the shop took off the price.
    pub fn amount(&self, index: u64) -> i64 {
        let body = self.body(index);
        let fen = |field: &str| fen(&body["invoice"][field]);
        fen("total") - fen("paid")
    }

    /// A third of the money that the first `claims` claims ask for, and one odd fen.
    pub fn third(&self, claims: u64) -> Fen {
        let asked: i64 = (0..claims).map(|index| self.amount(index)).sum();
        Fen::new(asked / 3 / 2 * 2 + 1).unwrap()
    }
}

/// A money string of an answer.
pub fn fen(value: &Value) -> i64 {
    let text = value
        .as_str()
        .unwrap_or_else(|| panic!("no money: {value}"));
    Fen::parse_yuan(text).unwrap().fen()
}
