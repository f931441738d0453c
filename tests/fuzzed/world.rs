//! A service with a history of every kind of thing that has an address, and who may ask for it.

use serde_json::{Value, json};

use crate::scene::{CARS, PDF, POOL, Scene, id_of};
use crate::support::claims::{SELLER, claim};
use crate::support::{Backend, Credentials, Server, TestDatabase};

const OTHER_DEALER: &str = "91419001MA0000002R";
const OTHER_PROGRAMME: &str = "national-digital-2025";
const OTHER_POOL: &str = "telephones";
const PACK: &str = include_str!("../../config/programmes/henan-car-replacement-2025.toml");
const ROLES: [&str; 6] = [
    "reviewer", "approver", "finance", "auditor", "operator", "second",
];

pub struct World {
    pub scene: Scene,
    clients: Vec<(&'static str, Credentials)>,
}

impl World {
    pub fn new(backend: Backend) -> Self {
        let database = TestDatabase::new(backend);
        database.load_programmes(&[CARS, OTHER_PROGRAMME]);
        database.create_pool(POOL, "100000000", &[CARS]);
        database.create_pool(OTHER_POOL, "1000000", &[OTHER_PROGRAMME]);
        let mut clients = vec![("dealer", database.add_dealer(SELLER, "示范汽车", &[CARS]))];
        database.add_dealer(OTHER_DEALER, "另一家汽车", &[CARS]);
        for login in ROLES {
            let role = if login == "second" { "finance" } else { login };
            clients.push((login, database.add_staff(login, role)));
        }
        let server = database.serve_with(|command| {
            command.env("TRADEIN_WEBHOOKS_SANDBOX", "true");
            command.env("TRADEIN_TWO_PERSONS_ABOVE", "100000.00");
        });
        let mut world = Self {
            scene: scene(database, server, &clients),
            clients,
        };
        world.live();
        world
    }

    /// Claims in most states, batches, a receivable, a webhook, a proposal.
    fn live(&mut self) {
        let scene = &mut self.scene;
        for _ in 0..4 {
            scene.approved();
        }
        let (_, file) = scene.pay_out(2);
        let lines: Vec<String> = crate::scene::payments(&file)
            .iter()
            .zip(["paid,", "returned,AC04"])
            .map(|(payment, fate)| format!("{payment},{fate}"))
            .collect();
        scene.outcomes(&lines);
        for act in ["withdraw", "goods-returned"] {
            let id = id_of(&scene.file());
            assert_eq!(scene.dealer_acts(&id, act, None).status, 200);
        }
        for _ in 0..4 {
            scene.in_review();
            scene.file();
        }
        let hook = json!({ "url": "http://127.0.0.1:9999/hook" });
        let made = scene.dealer.post("/v1/webhooks", &hook);
        assert_eq!(made.status, 201, "{}", made.text());
        let money = json!({ "amount": "200000.00", "reference": "2025-1" });
        let path = format!("/v1/pools/{POOL}/top-up");
        let proposed = scene.operator.post(&path, &money);
        assert_eq!(proposed.status, 202, "{}", proposed.text());
    }

    /// What `hooks.py` reads.
    pub fn told(&mut self) -> Value {
        let clients: serde_json::Map<String, Value> = self
            .clients
            .iter()
            .map(|(role, c)| ((*role).to_owned(), json!([c.client_id, c.client_secret])))
            .collect();
        let scene = &mut self.scene;
        let mut ids = |client: &str, path: &str| -> Vec<Value> {
            let client = match client {
                "dealer" => &mut scene.dealer,
                _ => &mut scene.finance,
            };
            let list = client.get(path).json();
            let items = list["items"].as_array().unwrap();
            items.iter().map(|item| item["id"].clone()).collect()
        };
        let known = json!({
            "claims": ids("dealer", "/v1/claims?limit=100"),
            "payout-batches": ids("finance", "/v1/payout-batches"),
            "receivables": ids("finance", "/v1/receivables"),
            "proposals": ids("finance", "/v1/proposals"),
            "webhooks": ids("dealer", "/v1/webhooks"),
            "pools": [POOL, OTHER_POOL],
            // The first one files, and nothing is done to it (`hooks.py`): whatever becomes of the
            // other one does not end the run.
            "uscc": [OTHER_DEALER],
            "paper": crate::scene::PAPERS,
            "code": ["screening_night", "already_had_replacement", "other"],
        });
        let ids = known["claims"].as_array().unwrap().clone();
        let tags: serde_json::Map<String, Value> = ids
            .iter()
            .map(|id| {
                let id = id.as_str().unwrap();
                (id.to_owned(), self.scene.look(id).1.into())
            })
            .collect();
        json!({
            "url": self.scene.server.url(),
            "seller": SELLER,
            "clients": clients,
            "permissions": include_str!("../data/permissions.txt"),
            "known": known,
            "tags": tags,
            "claims": (0..200).map(|_| claim(CARS)).collect::<Vec<_>>(),
            "packs": [["application/toml", PACK]],
            "outcomes": [
                ["text/csv", "end_to_end_id,outcome,reason\nJY25-0000009-9/1,paid,\n"],
                ["application/xml", include_str!("../data/fuzz/pain002/accepted.xml")],
            ],
            "papers": [["application/pdf", String::from_utf8_lossy(PDF)]],
        })
    }
}

fn scene(database: TestDatabase, server: Server, clients: &[(&str, Credentials)]) -> Scene {
    let client = |role: &str| {
        let (_, credentials) = clients.iter().find(|(name, _)| *name == role).unwrap();
        server.client_of(credentials)
    };
    Scene {
        dealer: client("dealer"),
        reviewer: client("reviewer"),
        approver: client("approver"),
        finance: client("finance"),
        second_finance: client("second"),
        auditor: client("auditor"),
        operator: client("operator"),
        server,
        database,
    }
}
