//! A bureau with its staff, a dealer, and a pool.

use serde_json::{Value, json};
use tradein::rehearse::generate::uscc;

use crate::support::claims::{SELLER, at_price, claim, with};
use crate::support::{Backend, Client, Response, Server, TestDatabase};

/// The programme of most tests: three papers, the consumer is paid.
pub const CARS: &str = "henan-car-replacement-2025";
/// Its pool.
pub const POOL: &str = "cars";
/// The papers that it asks for.
pub const PAPERS: [&str; 3] = [
    "old_vehicle_transfer",
    "new_vehicle_registration",
    "invoice_copy",
];
/// The smallest document that is taken for one.
pub const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

/// Everybody at work, each with a token.
pub struct Scene {
    pub dealer: Client,
    pub reviewer: Client,
    pub approver: Client,
    pub finance: Client,
    pub second_finance: Client,
    pub auditor: Client,
    pub operator: Client,
    pub server: Server,
    pub database: TestDatabase,
}

impl Scene {
    /// A pool of so many yuan for [`CARS`].
    pub fn new(backend: Backend, cap_yuan: &str) -> Self {
        Self::with(backend, cap_yuan, &[CARS])
    }

    /// A pool for these shipped programmes.
    pub fn with(backend: Backend, cap_yuan: &str, programmes: &[&str]) -> Self {
        let database = TestDatabase::new(backend);
        database.load_programmes(programmes);
        Self::on(database, cap_yuan, programmes)
    }

    /// A pool for a programme that is not shipped.
    pub fn with_pack(backend: Backend, cap_yuan: &str, programme: &str, pack: &str) -> Self {
        let database = TestDatabase::new(backend);
        let file = database.data_dir().join("pack.toml");
        std::fs::write(&file, pack).unwrap();
        database.run(&["programme", "load", file.to_str().unwrap()]);
        Self::on(database, cap_yuan, &[programme])
    }

    fn on(database: TestDatabase, cap_yuan: &str, programmes: &[&str]) -> Self {
        database.create_pool(POOL, cap_yuan, programmes);
        let dealer = database.add_dealer(SELLER, "济源示例商行", programmes);
        let staff = [
            ("reviewer", "reviewer"),
            ("approver", "approver"),
            ("finance", "finance"),
            ("finance-2", "finance"),
            ("auditor", "auditor"),
            ("operator", "operator"),
        ]
        .map(|(login, role)| database.add_staff(login, role));
        let server = database.serve();
        let [
            reviewer,
            approver,
            finance,
            second_finance,
            auditor,
            operator,
        ] = staff.map(|credentials| server.client_of(&credentials));
        Self {
            dealer: server.client_of(&dealer),
            reviewer,
            approver,
            finance,
            second_finance,
            auditor,
            operator,
            server,
            database,
        }
    }

    /// One more user of the bureau, or another role of one who is there.
    pub fn staff(&self, login: &str, role: &str) -> Client {
        let credentials = self.database.add_staff(login, role);
        self.server.client_of(&credentials)
    }

    /// Another dealer of [`CARS`].
    pub fn other_dealer(&self) -> Client {
        let added = self.database.add_dealer(&uscc(77), "另一商行", &[CARS]);
        self.server.client_of(&added)
    }

    /// Files a fresh claim of [`CARS`] and returns it as it was answered.
    pub fn file(&mut self) -> Value {
        self.file_claim(&claim(CARS))
    }

    /// Files a claim under a fresh key.
    pub fn file_claim(&mut self, body: &Value) -> Value {
        let key = format!("scene-{}", uuid::Uuid::now_v7().simple());
        let answer = self.dealer.file(&key, body);
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    /// The claim as the dealer sees it, with its version.
    pub fn look(&mut self, id: &str) -> (Value, String) {
        seen(self.dealer.get(&format!("/v1/claims/{id}")))
    }

    /// The state of a claim.
    pub fn state(&mut self, id: &str) -> String {
        self.look(id).0["state"].as_str().unwrap().to_owned()
    }

    /// The id of a fresh claim of [`CARS`] that a reviewer may take up.
    pub fn in_review(&mut self) -> String {
        let id = id_of(&self.file());
        self.send_papers(&id);
        id
    }

    /// An act of the dealer on a claim as it stands.
    pub fn dealer_acts(&mut self, id: &str, verb: &str, body: Option<&Value>) -> Response {
        let tag = self.look(id).1;
        act(&mut self.dealer, id, verb, &tag, body)
    }

    /// An act of the reviewer on a claim as it stands.
    pub fn reviewer_acts(&mut self, id: &str, verb: &str, body: Option<&Value>) -> Response {
        let tag = self.look(id).1;
        act(&mut self.reviewer, id, verb, &tag, body)
    }

    /// An act of the approver on a claim as it stands.
    pub fn approver_acts(&mut self, id: &str, verb: &str, body: Option<&Value>) -> Response {
        let tag = self.look(id).1;
        act(&mut self.approver, id, verb, &tag, body)
    }

    /// Waits for what the service does by its own clock; the test fails if it never does.
    pub fn wait_until(&mut self, id: &str, state: &str) {
        for _ in 0..600 {
            if self.state(id) == state {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("{id} is not {state} but {}", self.state(id));
    }

    /// Sets a column of a claim, in microseconds or as SQL has it.
    pub fn set_claim(&mut self, id: &str, assignment: &str) {
        let claim = self.auditor.get(&format!("/v1/claims/{id}")).json();
        let number = claim["number"].as_str().unwrap();
        let statement = format!("UPDATE claims SET {assignment} WHERE number = '{number}'");
        self.database.execute(&statement);
    }

    /// Kind, amount and instant of the last `count` entries of the pool's public journal.
    pub fn last_entries(&mut self, count: usize) -> Vec<(String, String, String)> {
        let journal = self
            .auditor
            .get(&format!("/v1/public/journal/{POOL}"))
            .text();
        let entries: Vec<Value> = journal
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .filter(|entry: &Value| entry["kind"].is_string())
            .collect();
        let text = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
        entries[entries.len() - count..]
            .iter()
            .map(|e| (text(e, "kind"), text(e, "amount"), text(e, "at")))
            .collect()
    }

    /// Imports awards of the register, `kind,id_number,vin,day` a line; says how many claims
    /// were flagged.
    pub fn import_awards(&self, lines: &[String]) -> u64 {
        let path = self.database.data_dir().join("awards.csv");
        let text = format!("kind,id_number,vin,awarded_on\n{}\n", lines.join("\n"));
        std::fs::write(&path, text).unwrap();
        let arguments = ["register", "import", path.to_str().unwrap(), "--json"];
        self.database.run_json(&arguments)["flagged"]
            .as_u64()
            .unwrap()
    }

    /// Takes the flag off a claim that the register's award for a replacement raised.
    pub fn clear_award(&mut self, id: &str) {
        let path = format!("/v1/claims/{id}/flags/already_had_replacement/clear");
        let why = json!({ "why": "登记为同一补贴" });
        seen(self.reviewer.post(&path, &why));
    }

    /// The flags of a claim.
    pub fn flags(&mut self, id: &str) -> Value {
        self.reviewer.get(&format!("/v1/claims/{id}")).json()["flags"].take()
    }

    /// Sends every paper that is due.
    pub fn send_papers(&mut self, id: &str) -> Value {
        let (mut claim, mut tag) = self.look(id);
        for due in claim["due"].as_array().unwrap().clone() {
            let paper = due["paper"].as_str().unwrap();
            let path = format!("/v1/claims/{id}/papers/{paper}");
            let headers = [
                ("if-match", tag.as_str()),
                ("content-type", "application/pdf"),
            ];
            (claim, tag) = seen(self.dealer.call("PUT", &path, &headers, PDF));
        }
        claim
    }

    /// A claim that an approver approved.
    pub fn approved(&mut self) -> String {
        let id = self.file()["id"].as_str().unwrap().to_owned();
        self.approve(&id);
        id
    }

    /// Papers, recommendation, approval.
    pub fn approve(&mut self, id: &str) {
        self.send_papers(id);
        let tag = self.look(id).1;
        let answer = act(&mut self.reviewer, id, "recommend", &tag, None);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let tag = answer.header("etag").unwrap().to_owned();
        let answer = act(&mut self.approver, id, "approve", &tag, None);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Seals and releases a batch; returns it with its CSV file.
    pub fn pay_out(&mut self, limit: u32) -> (Value, String) {
        let body = json!({ "pool": POOL, "limit": limit });
        let sealed = self.finance.post("/v1/payout-batches", &body);
        assert_eq!(sealed.status, 201, "{}", sealed.text());
        let batch = sealed.json();
        let path = format!("/v1/payout-batches/{}", batch["id"].as_str().unwrap());
        let released = self
            .second_finance
            .call("POST", &format!("{path}/release"), &[], b"");
        assert_eq!(released.status, 200, "{}", released.text());
        let file = self.finance.get(&format!("{path}/file?format=csv"));
        assert_eq!(file.status, 200, "{}", file.text());
        (released.json(), file.text())
    }

    /// Imports outcomes, `id,paid,` or `id,returned,AC04` a line.
    pub fn outcomes(&mut self, lines: &[String]) -> Value {
        let text = format!("end_to_end_id,outcome,reason\n{}\n", lines.join("\n"));
        let headers = [("content-type", "text/csv")];
        let answer = self
            .finance
            .call("POST", "/v1/payout-outcomes", &headers, text.as_bytes());
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// Free, reserved, committed, paid.
    pub fn sums(&mut self) -> [String; 4] {
        let pool = self.auditor.get(&format!("/v1/public/pools/{POOL}")).json();
        ["free", "reserved", "committed", "paid"].map(|b| pool[b].as_str().unwrap().to_owned())
    }

    /// The books agree: the sums side by side, and every row with the journal.
    pub fn check_books(&mut self) {
        let path = format!("/v1/pools/{POOL}/reconciliation");
        let sums = self.auditor.get(&path).json();
        assert_eq!(sums["equal"], true, "{sums}");
        let verified = self.database.run_json(&["verify", "--json"]);
        assert_eq!(verified["ok"], true, "{verified}");
    }
}

/// The id of an answered claim.
pub fn id_of(claim: &Value) -> String {
    claim["id"].as_str().unwrap().to_owned()
}

/// A fresh claim of [`CARS`] for a new-energy car at a price in whole yuan: it draws 10,000 yuan
/// from 60,000, 14,000 from 100,000 and 15,000 from 200,000 on.
pub fn car(yuan: u32) -> Value {
    let made = at_price(claim(CARS), &format!("{yuan}.00"));
    let plate = made["new_item"]["plate"].as_str().unwrap();
    let plate = format!("豫UD{}", &plate[plate.len() - 5..]);
    let made = with(made, "/new_item/fuel", json!("nev"));
    let made = with(made, "/new_item/engine_litres", Value::Null);
    with(made, "/new_item/plate", json!(plate))
}

/// An award for the new car of a claim, to somebody who claims nothing.
pub fn award_for(claim: &Value) -> String {
    let (nobody, vin) = (car(80_000), claim["new_item"]["vin"].as_str().unwrap());
    let person = nobody["consumer"]["id_number"].as_str().unwrap();
    format!("replacement,{person},{vin},2025-03-03")
}

/// Something that is wrong with a claim.
pub fn finding() -> Value {
    json!({ "code": "plate_unreadable", "field": "/new_item/plate", "message": "车牌照片不清" })
}

/// The body of a return for correction.
pub fn giving_back() -> Value {
    json!({ "days": 7, "defects": [finding()] })
}

/// The codes of `errors` of a problem.
pub fn error_codes(answer: &Response) -> Vec<String> {
    let errors = answer.json()["errors"].clone();
    let errors = errors.as_array().cloned().unwrap_or_default();
    let code = |e: &Value| e["code"].as_str().unwrap().to_owned();
    errors.iter().map(code).collect()
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

/// The claim of an answer that must be good, and its version.
pub fn seen(answer: Response) -> (Value, String) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let tag = answer.header("etag").unwrap().to_owned();
    (answer.json(), tag)
}

/// The code of a problem.
pub fn code(answer: &Response) -> (u16, String) {
    let body = answer.json();
    (
        answer.status,
        body["code"].as_str().unwrap_or_default().to_owned(),
    )
}

/// The names of the payments in a CSV file.
pub fn payments(csv: &str) -> Vec<String> {
    csv.lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap().to_owned())
        .collect()
}

/// Runs a test on both databases.
pub fn on_both(cap_yuan: &str, test: impl Fn(&mut Scene)) {
    for backend in Backend::ALL {
        let mut scene = Scene::new(backend, cap_yuan);
        test(&mut scene);
        scene.check_books();
    }
}
