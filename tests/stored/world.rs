//! A database with a lived-in history, made through the library without HTTP.

use std::sync::Arc;

use tradein::admission::Sizes;
use tradein::clock;
use tradein::domain::ids::{ClientId, DealerId};
use tradein::domain::intake::read_claim;
use tradein::domain::money::Fen;
use tradein::domain::text::Lang;
use tradein::keys::Keys;
use tradein::operations::author::{Author, Warrant};
use tradein::operations::pool_money::{self, MoneyAct, MoneyKind, MoneyTerms};
use tradein::operations::pools::{self, NewPool};
use tradein::operations::shipped::SHIPPED;
use tradein::operations::submit::submit;
use tradein::operations::verify::verify;
use tradein::operations::withdraw::withdraw;
use tradein::operations::{DealerCaller, Engine, dealers, packs, register};
use tradein::rehearse::Profile;
use tradein::rehearse::generate::{Generator, uscc};
use tradein::settings::{Bureau, Settings};
use tradein::startup::start_with;

use crate::support::TestDatabase;

const CARS: &str = "henan-car-replacement-2025";
const NATIONAL: &str = "national-car-replacement-2026";
const PHONES: &str = "national-digital-2025";

/// An engine on a database of its own.
pub struct World {
    pub engine: Engine,
    pub keys: Arc<Keys>,
    /// Goes when it is dropped.
    pub database: TestDatabase,
}

impl World {
    pub fn new(database: TestDatabase) -> Self {
        Self::with_keys(database, Keys::generate(clock::now()).unwrap())
    }

    pub fn with_keys(database: TestDatabase, keys: Keys) -> Self {
        let settings = Settings {
            data_dir: database.data_dir().to_owned(),
            database: Some(database.url().to_owned()),
            keys_file: None,
            issuer: "tradein".into(),
            audience: "tradein-api".into(),
            connections: 4,
            workers: 1,
            trusted_proxies: Vec::new(),
            sizes: Sizes {
                queue: 1024,
                batch: 16,
                wait: std::time::Duration::from_secs(600),
            },
            webhooks_sandbox: false,
            two_persons_above: None,
            production: false,
            papers: None,
            calendar: None,
            screening: None,
            payer: None,
            account_wait_days: 3,
            hot_keys: 250_000,
            idle: std::time::Duration::from_secs(75),
            bureau: Bureau::default(),
        };
        let engine = start_with(settings, keys).unwrap();
        let keys = engine.keys.clone();
        Self {
            engine,
            keys,
            database,
        }
    }

    /// One pack, a pool with plenty of money, and a dealer with the first made-up credit code.
    pub fn cars_dealer(&self, programme: &str) -> DealerId {
        let mut conn = self.engine.database.get().unwrap();
        for source in SHIPPED {
            packs::load(&mut conn, source).unwrap();
        }
        let new = NewPool {
            name: "cars".into(),
            cap: Fen::from_yuan(1_000_000),
            programmes: vec![programme.into()],
            remainder: None,
            opens: None,
            closes: None,
        };
        pools::create(&mut conn, &new).unwrap();
        let added = dealers::add(&mut conn, &uscc(1), "示例", &[programme.into()]);
        self.engine.catalogue.refresh(&mut conn).unwrap();
        added.unwrap().0
    }

    /// Claims of every outcome in a strict and a fit pool, withdrawals, a top-up that
    /// promotes, and an import that flags.
    pub fn live(&self) {
        let mut conn = self.engine.database.get().unwrap();
        for source in SHIPPED {
            packs::load(&mut conn, source).unwrap();
        }
        for (name, yuan, programmes, remainder) in [
            ("cars", 400_000, vec![CARS, NATIONAL], "strict"),
            ("phones", 9_000, vec![PHONES], "fit"),
        ] {
            let new = NewPool {
                name: name.into(),
                cap: Fen::from_yuan(yuan),
                programmes: programmes.into_iter().map(str::to_owned).collect(),
                remainder: Some(remainder.into()),
                opens: None,
                closes: None,
            };
            pools::create(&mut conn, &new).unwrap();
        }
        let caller = |n: u64, programmes: &[&str]| {
            let programmes: Vec<String> = programmes.iter().map(|p| (*p).to_owned()).collect();
            let mut conn = self.engine.database.get().unwrap();
            let (dealer, issued) =
                dealers::add(&mut conn, &uscc(n), &format!("示例{n}"), &programmes).unwrap();
            DealerCaller {
                dealer,
                client: ClientId::parse(&issued.client_id).unwrap(),
            }
        };
        let first = caller(1, &[CARS, NATIONAL, PHONES]);
        let second = caller(2, &[PHONES]);
        drop(conn);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut filed = Vec::new();
            for (programme, count) in [(CARS, 40), (NATIONAL, 10), (PHONES, 40)] {
                let generator = Generator::new(Profile::of(programme).unwrap(), 7);
                for n in 0..count {
                    // Every tenth comes from a dealer that is admitted for telephones only.
                    let (caller, seller) = if n % 10 == 9 {
                        (second, uscc(2))
                    } else {
                        (first, uscc(1))
                    };
                    filed.push(self.file(caller, &generator.body(n, &seller)).await);
                }
            }
            for (i, claim) in filed.iter().enumerate().filter(|(i, _)| i % 7 == 3) {
                let caller = if i % 10 == 9 { second } else { first };
                let id = tradein::domain::ids::ClaimId::parse(claim["id"].as_str().unwrap());
                // What was refused cannot be taken back; both are part of a life.
                let _refused = withdraw(&self.engine, &caller, id.unwrap(), 1, Lang::En).await;
            }
        });
        let mut conn = self.engine.database.get().unwrap();
        let top_up = MoneyAct {
            kind: MoneyKind::TopUp,
            terms: MoneyTerms {
                amount: Fen::from_yuan(50_000),
                pool: "cars".into(),
                reference: "1".into(),
                to: None,
            },
        };
        pool_money::act(&mut conn, &top_up, &Warrant::alone(Author::CommandLine)).unwrap();
        self.import_awards();
        assert!(verify(&mut conn, &self.keys).is_ok());
    }

    async fn file(&self, caller: DealerCaller, body: &str) -> serde_json::Value {
        let today = clock::now().beijing_day();
        let intake = read_claim(body.as_bytes(), today).unwrap();
        let key = clock::new_uuid().to_string();
        let answer = submit(&self.engine, &caller, &key, intake, Lang::En)
            .await
            .unwrap();
        serde_json::from_slice(&answer).unwrap()
    }

    /// An award to the applicant of a live claim of the 2026 programme.
    fn import_awards(&self) {
        let generator = Generator::new(Profile::of(NATIONAL).unwrap(), 7);
        let claim: serde_json::Value = serde_json::from_str(&generator.body(0, &uscc(1))).unwrap();
        let file = format!(
            "kind,id_number,vin,awarded_on\nscrappage,{},{},2026-03-01\n",
            claim["consumer"]["id_number"].as_str().unwrap(),
            claim["new_item"]["vin"].as_str().unwrap()
        );
        let mut conn = self.engine.database.get().unwrap();
        let done = register::import(&self.engine, &mut conn, file.as_bytes(), &mut |_| {}).unwrap();
        assert_eq!((done.new, done.flagged), (1, 1), "{done:?}");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.engine.stop();
    }
}
