//! A bureau that pays dealers, with two of them, and the rows behind it.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use serde_json::{Value, json};
use tradein::rehearse::generate::uscc;

use crate::support::claims::{SELLER, claim, with};
use crate::support::{Backend, Client, Response, Server, TestDatabase};

/// The dealer is paid, and two papers come first.
pub const GOODS: &str = "national-appliance-2025";
/// Its pool.
pub const POOL: &str = "goods";
/// The account of the first dealer.
pub const ACCOUNT: &str = "41050100040000001111";
/// The smallest document that is taken for a paper.
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

/// Everybody at work, each with a token.
pub struct Desk {
    pub dealer: Client,
    pub other: Client,
    pub reviewer: Client,
    pub approver: Client,
    pub finance: Client,
    pub second_finance: Client,
    pub auditor: Client,
    pub operator: Client,
    pub second_operator: Client,
    pub server: Server,
    pub database: TestDatabase,
}

/// The credit code of the second dealer.
pub fn other_uscc() -> String {
    uscc(2)
}

impl Desk {
    /// A pool of 100,000 yuan.
    pub fn new(backend: Backend) -> Self {
        let database = TestDatabase::new(backend);
        database.load_programmes(&[GOODS]);
        database.create_pool(POOL, "100000", &[GOODS]);
        Self::of(database)
    }

    /// People and dealers for a database with a pool.
    pub fn of(database: TestDatabase) -> Self {
        let dealer = database.add_dealer(SELLER, "济源示例商行", &[GOODS]);
        let other = database.add_dealer(&other_uscc(), "济源另一商行", &[GOODS]);
        let staff = [
            ("reviewer", "reviewer"),
            ("approver", "approver"),
            ("finance", "finance"),
            ("finance-2", "finance"),
            ("auditor", "auditor"),
            ("operator", "operator"),
            ("operator-2", "operator"),
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
            second_operator,
        ] = staff.map(|credentials| server.client_of(&credentials));
        Self {
            dealer: server.client_of(&dealer),
            other: server.client_of(&other),
            reviewer,
            approver,
            finance,
            second_finance,
            auditor,
            operator,
            second_operator,
            server,
            database,
        }
    }

    /// The first dealer's account, set by the owner of the machine.
    pub fn with_account(self) -> Self {
        set_account(&self.database, SELLER, ACCOUNT);
        self
    }

    /// A claim of the first dealer that was approved; its id.
    pub fn approved(&mut self) -> String {
        let id = held(&mut self.dealer, &claim(GOODS));
        self.approve(&id);
        id
    }

    /// A claim of the second dealer that was approved; its id.
    pub fn approved_of_other(&mut self) -> String {
        let id = held(&mut self.other, &of_other(claim(GOODS)));
        for_review(&mut self.other, &id);
        self.decide(&id);
        id
    }

    /// Papers, recommendation, approval.
    pub fn approve(&mut self, id: &str) {
        for_review(&mut self.dealer, id);
        self.decide(id);
    }

    /// Recommendation and approval.
    pub fn decide(&mut self, id: &str) {
        let tag = look(&mut self.reviewer, id).1;
        let answer = act(&mut self.reviewer, id, "recommend", &tag);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let tag = answer.header("etag").unwrap().to_owned();
        let answer = act(&mut self.approver, id, "approve", &tag);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// The state of a claim.
    pub fn state(&mut self, id: &str) -> String {
        let claim = look(&mut self.auditor, id).0;
        claim["state"].as_str().unwrap().to_owned()
    }

    /// Seals a batch.
    pub fn seal(&mut self) -> Value {
        let body = json!({ "pool": POOL });
        let sealed = self.finance.post("/v1/payout-batches", &body);
        assert_eq!(sealed.status, 201, "{}", sealed.text());
        sealed.json()
    }

    /// Releases a batch; returns its CSV file.
    pub fn release(&mut self, batch: &Value) -> String {
        let path = format!("/v1/payout-batches/{}", batch["id"].as_str().unwrap());
        let released = post(&mut self.second_finance, &format!("{path}/release"));
        assert_eq!(released.status, 200, "{}", released.text());
        let file = self.finance.get(&format!("{path}/file?format=csv"));
        assert_eq!(file.status, 200, "{}", file.text());
        file.text()
    }

    /// Imports outcomes, `id,paid,` or `id,returned,AC04` a line.
    pub fn outcomes(&mut self, lines: &[String]) -> Value {
        let text = format!("end_to_end_id,outcome,reason\n{}\n", lines.join("\n"));
        let headers = [("content-type", "text/csv")];
        let path = "/v1/payout-outcomes";
        let answer = self.finance.call("POST", path, &headers, text.as_bytes());
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// Changes rows behind the service's back.
    pub fn sql(&self, statement: &str) {
        let done = match self.database.backend() {
            Backend::Sqlite => {
                let file = self.database.file();
                let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
                conn.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
                conn.batch_execute(statement)
            }
            Backend::Postgres => PgConnection::establish(self.database.url())
                .unwrap()
                .batch_execute(statement),
        };
        done.unwrap_or_else(|error| panic!("{statement}: {error}"));
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

/// Sets the account of a dealer on the command line.
pub fn set_account(database: &TestDatabase, uscc: &str, number: &str) -> String {
    database.run(&[
        "dealer",
        "account",
        uscc,
        "--number",
        number,
        "--bank",
        "济源示例银行",
    ])
}

/// The claim with the second dealer as its seller.
pub fn of_other(claim: Value) -> Value {
    with(claim, "/invoice/seller_uscc", json!(other_uscc()))
}

/// A claim of exactly 1,000 yuan: 20 % of 5,000 yuan, taken off at the till.
pub fn of_1000(seller: &str) -> Value {
    let claim = with(claim(GOODS), "/invoice/seller_uscc", json!(seller));
    let claim = with(claim, "/new_item/energy_level", json!(1));
    let claim = with(claim, "/invoice/total", json!("5000.00"));
    with(claim, "/invoice/paid", json!("4000.00"))
}

/// Files a claim under a fresh key.
pub fn file(client: &mut Client, claim: &Value) -> Response {
    let key = format!("desk-{}", uuid::Uuid::now_v7().simple());
    client.file(&key, claim)
}

/// Files a claim that must be held; its id.
pub fn held(client: &mut Client, claim: &Value) -> String {
    let answer = file(client, claim);
    assert_eq!(answer.status, 201, "{}", answer.text());
    let verdict = answer.json();
    assert_eq!(verdict["state"], "reserved", "{verdict}");
    verdict["id"].as_str().unwrap().to_owned()
}

/// Sends every paper that is due.
pub fn for_review(client: &mut Client, id: &str) {
    let (claim, mut tag) = look(client, id);
    for due in claim["due"].as_array().unwrap() {
        let path = format!("/v1/claims/{id}/papers/{}", due["paper"].as_str().unwrap());
        let headers = [
            ("if-match", tag.as_str()),
            ("content-type", "application/pdf"),
        ];
        let answer = client.call("PUT", &path, &headers, PDF);
        assert_eq!(answer.status, 200, "{}", answer.text());
        tag = answer.header("etag").unwrap().to_owned();
    }
}

/// A claim and its version.
pub fn look(client: &mut Client, id: &str) -> (Value, String) {
    let answer = client.get(&format!("/v1/claims/{id}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let tag = answer.header("etag").unwrap().to_owned();
    (answer.json(), tag)
}

/// An act on a claim that is at version `tag`.
pub fn act(client: &mut Client, id: &str, verb: &str, tag: &str) -> Response {
    let path = format!("/v1/claims/{id}/{verb}");
    client.call("POST", &path, &[("if-match", tag)], b"")
}

/// A POST without a body.
pub fn post(client: &mut Client, path: &str) -> Response {
    client.call("POST", path, &[], b"")
}

/// A PUT of JSON.
pub fn put(client: &mut Client, path: &str, body: &Value) -> Response {
    let headers = [("content-type", "application/json")];
    client.call("PUT", path, &headers, body.to_string().as_bytes())
}

/// A good answer's body.
pub fn good(answer: Response) -> Value {
    assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
    answer.json()
}

/// The status and code of a problem.
pub fn code(answer: &Response) -> (u16, String) {
    let body = answer.json();
    let code = body["code"].as_str().unwrap_or_default();
    (answer.status, code.to_owned())
}

/// A cell of every line of a CSV file.
pub fn column(csv: &str, name: &str) -> Vec<String> {
    let mut lines = csv.lines();
    let mut names = lines.next().unwrap().split(',');
    let at = names.position(|n| n == name).unwrap();
    let cell = |line: &str| line.split(',').nth(at).unwrap().to_owned();
    lines.map(cell).collect()
}

/// Fen in an amount as answers write it.
pub fn fen(amount: &Value) -> i64 {
    let text = amount.as_str().unwrap();
    tradein::domain::money::Fen::parse_yuan(text).unwrap().fen()
}

/// Runs a test on both databases, and looks that the books agree afterwards.
pub fn on_both(test: impl Fn(&mut Desk)) {
    for backend in Backend::ALL {
        let mut desk = Desk::new(backend).with_account();
        test(&mut desk);
        desk.check_books();
    }
}
