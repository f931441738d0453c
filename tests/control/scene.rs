//! A bureau with its staff, a dealer, and two pools.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::claims::{SELLER, at_price, claim, with};
use crate::support::{Backend, Client, Response, Server, TestDatabase};

/// Three papers, the consumer is paid.
pub const CARS: &str = "henan-car-replacement-2025";
/// The other programme.
pub const PHONES: &str = "national-digital-2025";
/// The pool of [`CARS`].
pub const POOL: &str = "cars";
/// The pool of [`PHONES`].
pub const OTHER: &str = "phones";
/// The variable of the stated sum.
pub const LIMIT: &str = "TRADEIN_TWO_PERSONS_ABOVE";

/// A section that lets refusals be contested.
pub const APPEALS: &str =
    "[appeals]\ndays = 15\nbasis = { document = \"bureau\", clause = \"异议处理\" }\n";
/// The smallest document that is taken for one.
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

/// Everybody at work, each with a token.
pub struct Scene {
    pub dealer: Client,
    pub reviewer: Client,
    pub approver: Client,
    pub second_approver: Client,
    pub finance: Client,
    pub second_finance: Client,
    pub auditor: Client,
    pub operator: Client,
    pub second_operator: Client,
    pub server: Server,
    pub database: TestDatabase,
}

impl Scene {
    /// Two pools of so many yuan each, and the sum above which two persons are needed.
    pub fn new(backend: Backend, cap_yuan: &str, limit: Option<&str>) -> Self {
        let database = TestDatabase::new(backend);
        database.load_programmes(&[CARS, PHONES]);
        database.create_pool(POOL, cap_yuan, &[CARS]);
        database.create_pool(OTHER, cap_yuan, &[PHONES]);
        let dealer = database.add_dealer(SELLER, "济源示例商行", &[CARS, PHONES]);
        let staff = [
            ("reviewer", "reviewer"),
            ("approver", "approver"),
            ("approver-2", "approver"),
            ("finance", "finance"),
            ("finance-2", "finance"),
            ("auditor", "auditor"),
            ("operator", "operator"),
            ("operator-2", "operator"),
        ]
        .map(|(login, role)| database.add_staff(login, role));
        let server = database.serve_with(|command| set_limit(command, limit));
        let [
            reviewer,
            approver,
            second_approver,
            finance,
            second_finance,
            auditor,
            operator,
            second_operator,
        ] = staff.map(|credentials| server.client_of(&credentials));
        Self {
            dealer: server.client_of(&dealer),
            reviewer,
            approver,
            second_approver,
            finance,
            second_finance,
            auditor,
            operator,
            second_operator,
            server,
            database,
        }
    }

    /// Files a claim under a fresh key.
    pub fn file(&mut self, body: &Value) -> Value {
        let key = format!("control-{}", uuid::Uuid::now_v7().simple());
        let answer = self.dealer.file(&key, body);
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    /// Files a claim for a car that draws 14,000 yuan.
    pub fn file_car(&mut self) -> Value {
        let filed = self.file(&car());
        let amount = filed["amount"].as_str().unwrap();
        assert!(["14000.00", "0.00"].contains(&amount), "{filed}");
        filed
    }

    /// The version of a claim.
    pub fn tag(&mut self, id: &str) -> String {
        let look = self.dealer.get(&format!("/v1/claims/{id}"));
        look.header("etag").unwrap().to_owned()
    }

    /// Files a claim and sends every paper that is due; returns its id.
    pub fn in_review(&mut self) -> String {
        let id = self.file_car()["id"].as_str().unwrap().to_owned();
        self.send_papers(&id);
        id
    }

    /// Sends every paper that is due.
    pub fn send_papers(&mut self, id: &str) {
        let claim = self.dealer.get(&format!("/v1/claims/{id}")).json();
        for due in claim["due"].as_array().unwrap() {
            let tag = self.tag(id);
            let path = format!("/v1/claims/{id}/papers/{}", due["paper"].as_str().unwrap());
            let headers = [
                ("if-match", tag.as_str()),
                ("content-type", "application/pdf"),
            ];
            answered(self.dealer.call("PUT", &path, &headers, PDF), 200);
        }
    }

    /// A claim that a reviewer recommended and an approver approved.
    pub fn approved(&mut self) -> String {
        let id = self.in_review();
        let tag = self.tag(&id);
        answered(act(&mut self.reviewer, &id, "recommend", &tag, None), 200);
        let tag = self.tag(&id);
        answered(act(&mut self.approver, &id, "approve", &tag, None), 200);
        id
    }

    /// The state of a claim.
    pub fn state(&mut self, claim: &Value) -> String {
        let id = claim["id"].as_str().unwrap();
        let claim = self.dealer.get(&format!("/v1/claims/{id}")).json();
        claim["state"].as_str().unwrap().to_owned()
    }

    /// A pool as everybody sees it.
    pub fn pool(&mut self, name: &str) -> Value {
        self.auditor.get(&format!("/v1/public/pools/{name}")).json()
    }

    /// Cap, free and what is set aside of a pool.
    pub fn money(&mut self, name: &str) -> [String; 3] {
        let pool = self.pool(name);
        ["cap", "free", "set_aside"].map(|field| pool[field].as_str().unwrap().to_owned())
    }

    /// The kinds of a pool's entries in their order, with what stands in `detail`.
    pub fn entries(&mut self, name: &str) -> Vec<(String, Option<String>)> {
        let text = self.auditor.get(&format!("/v1/public/journal/{name}"));
        let entries = text.text();
        let lines = entries.lines().map(|line| -> Value {
            let read = serde_json::from_str(line);
            read.unwrap()
        });
        lines
            .filter(|line| line["kind"].is_string())
            .map(|line| {
                let detail = line["detail"].as_str().map(str::to_owned);
                (line["kind"].as_str().unwrap().to_owned(), detail)
            })
            .collect()
    }

    /// How many entries of a kind a pool has.
    pub fn count(&mut self, name: &str, kind: &str) -> usize {
        let entries = self.entries(name);
        entries.iter().filter(|(k, _)| k == kind).count()
    }

    /// The books agree: the sums side by side, and every row with the journal.
    pub fn check_books(&mut self) {
        for pool in [POOL, OTHER] {
            let path = format!("/v1/pools/{pool}/reconciliation");
            let sums = self.auditor.get(&path).json();
            assert_eq!(sums["equal"], true, "{sums}");
            let view = self.pool(pool);
            let fen = |field: &str| yuan_in_fen(view[field].as_str().unwrap());
            let parts = ["free", "reserved", "committed", "paid"].map(fen);
            assert_eq!(fen("cap"), parts.iter().sum::<u64>(), "{view}");
        }
        let verified = self.database.run_json(&["verify", "--json"]);
        assert_eq!(verified["ok"], true, "{verified}");
    }

    /// Runs a command with the stated sum set as for the service.
    pub fn command(&self, limit: Option<&str>, arguments: &[&str]) -> (i32, String, String) {
        let mut command = self.database.command(arguments);
        set_limit(&mut command, limit);
        let output = command.output().unwrap();
        (
            output.status.code().unwrap(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    }
}

/// An act on a claim that is at version `tag`.
pub fn act(client: &mut Client, id: &str, verb: &str, tag: &str, body: Option<&Value>) -> Response {
    let path = format!("/v1/claims/{id}/{verb}");
    let mut headers = vec![("if-match", tag)];
    if body.is_some() {
        headers.push(("content-type", "application/json"));
    }
    let body = body.map(Value::to_string).unwrap_or_default();
    client.call("POST", &path, &headers, body.as_bytes())
}

fn set_limit(command: &mut Command, limit: Option<&str>) {
    if let Some(limit) = limit {
        command.env(LIMIT, limit);
    }
}

/// An amount in fen.
pub fn yuan_in_fen(text: &str) -> u64 {
    text.replace('.', "").parse().unwrap()
}

/// A claim for a new-energy car of 150,000 yuan: 14,000 yuan by the shipped pack.
pub fn car() -> Value {
    let claim = at_price(claim(CARS), "150000.00");
    let claim = with(claim, "/new_item/fuel", "nev".into());
    with(claim, "/new_item/engine_litres", Value::Null)
}

/// A telephone, some of whose price the dealer took off at the till.
pub fn phone() -> Value {
    claim(PHONES)
}

/// `{"amount", "reference"}`
pub fn sum(yuan: &str) -> Value {
    json!({ "amount": yuan, "reference": "示范区财〔2025〕1号" })
}

/// Something done to a pool.
pub fn on_pool(client: &mut Client, pool: &str, verb: &str, body: &Value) -> Response {
    client.post(&format!("/v1/pools/{pool}/{verb}"), body)
}

/// Stops a stage or lets it go on.
pub fn brake(client: &mut Client, pool: &str, verb: &str, stage: &str) -> Response {
    let body = json!({ "stage": stage, "why": "核查举报" });
    on_pool(client, pool, verb, &body)
}

/// The body of an answer that must have this status.
pub fn answered(answer: Response, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    answer.json()
}

/// The status and the code of a problem.
pub fn code(answer: &Response) -> (u16, String) {
    let body = answer.json();
    let code = body["code"].as_str().unwrap_or_default();
    (answer.status, code.to_owned())
}

/// Decides a proposal.
pub fn approve(client: &mut Client, proposal: &Value) -> Response {
    let id = proposal["id"].as_str().unwrap();
    client.call("POST", &format!("/v1/proposals/{id}/approve"), &[], b"")
}

/// Refuses a proposal.
pub fn refuse(client: &mut Client, proposal: &Value) -> Response {
    let id = proposal["id"].as_str().unwrap();
    let body = json!({ "why": "文号不符" });
    client.post(&format!("/v1/proposals/{id}/refuse"), &body)
}

/// Publishes a pack.
pub fn publish(client: &mut Client, pack: &str) -> Response {
    let headers = [("content-type", "application/toml")];
    client.call("POST", "/v1/programmes", &headers, pack.as_bytes())
}

/// A shipped pack with a section behind it.
pub fn shipped_with(id: &str, section: &str) -> String {
    let file = format!("{}/config/programmes/{id}.toml", env!("CARGO_MANIFEST_DIR"));
    format!("{}\n{section}", std::fs::read_to_string(file).unwrap())
}

/// Runs a test on both databases, and looks at the books afterwards.
pub fn on_both(cap_yuan: &str, limit: Option<&str>, test: impl Fn(&mut Scene)) {
    for backend in Backend::ALL {
        println!("on {backend:?}");
        let mut scene = Scene::new(backend, cap_yuan, limit);
        test(&mut scene);
        scene.check_books();
    }
}
