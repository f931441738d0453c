//! A bureau at work, with everybody who calls a route that writes, and whatever strikes between the
//! service and its database.

use std::io::ErrorKind;

use serde_json::{Value, json};
use tradein::domain::money::Fen;
use tradein::http::routes::is_for_people;
use tradein::operations::pools::NewPool;
use tradein::operations::{credentials, dealers, packs, pools, reconcile};
use tradein::rehearse::generate::uscc;
use tradein::storage::Target;

use super::content::Tables;
use super::disk::Disk;
use super::fault::{Kind, Seen, Strike};
use super::people::{self, is_done};
use super::proxy::Proxy;
use crate::support::claims::{SELLER, at_price, claim, with};
use crate::support::{
    Backend, Client, Cluster, Credentials, NO_SCREENING, Response, Server, TestDatabase,
};

/// Cars; one paper is due.
pub const REVIEW: &str = "test-no-papers";
/// The same for what is approved and paid, so that nobody else's claims are in a batch.
pub const PAYOUT: &str = "test-payout";
/// The same for bulk approvals.
pub const BULK: &str = "test-bulk";
/// Claims may be opened before there is an invoice, and need one paper.
pub const COUNTER: &str = "test-counter-invoice";
/// Every programme; its pool has its name.
pub const PROGRAMMES: [&str; 4] = [REVIEW, PAYOUT, BULK, COUNTER];
/// The largest sum, in yuan, that one person moves alone.
pub const ALONE: &str = "100000.00";

const PACK: &str = include_str!("../data/packs/no-papers.toml");
const COUNTER_PACK: &str = include_str!("../data/packs/counter-invoice.toml");
/// What the pack has more here: refusals are contested, and one paper is due.
const MORE: &str = r#"
[appeals]
days = 15
basis = { document = "rules", clause = "13" }

[[paper]]
name = "delivery_receipt"
title = { zh = "送货凭证", en = "Receipt of delivery" }
days = 30
basis = { document = "rules", clause = "14" }
"#;
/// What is sent while it is read: where that fails it breaks off, and its reader misses the end.
const STREAMED: &str = "/bureau/audit/export";
/// In place of a status, of an answer that breaks off.
pub const CUT: u16 = 0;
/// The smallest document that is taken for one.
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Dealer,
    /// A dealer that files nothing.
    Second,
    Reviewer,
    Approver,
    SecondApprover,
    Finance,
    SecondFinance,
    Operator,
    SecondOperator,
    Auditor,
}

impl Who {
    /// Logins and roles of those of the bureau, in their order.
    pub const STAFF: [(&str, &str); 8] = [
        ("reviewer", "reviewer"),
        ("approver", "approver"),
        ("approver-2", "approver"),
        ("finance", "finance"),
        ("finance-2", "finance"),
        ("operator", "operator"),
        ("operator-2", "operator"),
        ("auditor", "auditor"),
    ];
}

/// A call as it is sent, once or again.
#[derive(Debug, Clone)]
pub struct Call {
    /// Whose token it bears; a page's has a cookie in its place.
    pub who: Who,
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Call {
    /// A POST without a body.
    pub fn bare(who: Who, path: impl Into<String>) -> Self {
        Self {
            who,
            method: "POST",
            path: path.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// A POST of JSON.
    pub fn json(who: Who, path: impl Into<String>, body: &Value) -> Self {
        Self::bare(who, path).bearing("application/json", body.to_string())
    }

    /// With a body.
    pub fn bearing(mut self, content: &str, body: impl Into<Vec<u8>>) -> Self {
        self.headers.push(("content-type", content.to_owned()));
        self.body = body.into();
        self
    }

    /// With another header.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// By another method.
    pub fn by(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }
}

/// What strikes.
pub enum Saboteur {
    Proxy(Proxy),
    Disk(Disk),
}

/// What worlds on one kind of database have in common.
pub struct Ground {
    pub backend: Backend,
    pub saboteur: Saboteur,
    cluster: Option<Cluster>,
}

impl Ground {
    pub fn new(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => Self {
                backend,
                saboteur: Saboteur::Disk(Disk::new()),
                cluster: None,
            },
            Backend::Postgres => {
                // Nothing is killed here but sessions.
                let cluster = Cluster::new(&[("fsync", "off")]);
                Self {
                    backend,
                    saboteur: Saboteur::Proxy(Proxy::new(&cluster)),
                    cluster: Some(cluster),
                }
            }
        }
    }

    /// Counts what an error of this kind meets, and strikes where one is to be struck.
    pub fn arm(&self, kind: Kind, strike: Option<Strike>) {
        match &self.saboteur {
            Saboteur::Proxy(proxy) => proxy.arm(strike),
            Saboteur::Disk(disk) => disk.arm(kind, strike),
        }
    }

    /// Lets everything pass again.
    pub fn release(&self) -> Seen {
        match &self.saboteur {
            Saboteur::Proxy(proxy) => proxy.release(),
            Saboteur::Disk(disk) => disk.release(),
        }
    }
}

/// A service on a fresh database.
pub struct World {
    pub tables: Tables,
    /// Programs, in the order of [`Who`].
    clients: Vec<Client>,
    /// A connection on which people send what they do at pages.
    pub browser: Client,
    /// Tokens of sessions, in the order of [`Who`].
    pub sessions: Vec<String>,
    pub server: Server,
    pub database: TestDatabase,
    /// For names that nothing else has.
    count: u64,
}

impl World {
    pub fn new(ground: &Ground) -> Self {
        let database = match &ground.cluster {
            Some(cluster) => TestDatabase::on(cluster),
            None => TestDatabase::new(Backend::Sqlite),
        };
        let credentials = populate(&database);
        let sessions = people::signed_in(&database);
        let server = database.serve_with(|command| {
            command.env(NO_SCREENING.0, NO_SCREENING.1);
            command.env("TRADEIN_TWO_PERSONS_ABOVE", ALONE);
            command.env("TRADEIN_WEBHOOKS_SANDBOX", "true");
            command.env("TRADEIN_WORKERS", "1");
            // Nobody is held back for where he comes from.
            command.env("TRADEIN_TRUSTED_PROXIES", "127.0.0.1");
            match (&ground.saboteur, &ground.cluster) {
                (Saboteur::Proxy(proxy), Some(cluster)) => {
                    let (real, ours) = (cluster.socket(), proxy.socket());
                    let url = database
                        .url()
                        .replace(real.to_str().unwrap(), ours.to_str().unwrap());
                    command.env("TRADEIN_DATABASE_URL", url);
                }
                (Saboteur::Disk(disk), _) => disk.load_into(command),
                (Saboteur::Proxy(_), None) => unreachable!(),
            }
        });
        let clients = credentials.iter().map(|one| server.client_of(one));
        let mut world = Self {
            tables: Tables::of(&database),
            clients: clients.collect(),
            browser: server.client(),
            sessions,
            server,
            database,
            count: 1000,
        };
        // What only the first claim of a dealer in a pool makes is there before anything is compared.
        for programme in PROGRAMMES {
            world.file(programme);
        }
        world
    }

    /// A number that nothing else has.
    pub fn number(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// Sends a call.
    pub fn send(&mut self, call: &Call) -> Response {
        let headers: Vec<_> = call.headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let client = match is_for_people(&call.path) {
            true => &mut self.browser,
            false => &mut self.clients[call.who as usize],
        };
        let answer = client.try_call(call.method, &call.path, &headers, &call.body);
        match answer {
            Err(error) if call.path == STREAMED && error.kind() == ErrorKind::UnexpectedEof => {
                Response {
                    status: CUT,
                    headers: Vec::new(),
                    body: Vec::new(),
                }
            }
            answer => answer.unwrap_or_else(|error| panic!("{call:?}: {error}")),
        }
    }

    /// Sends a call that must be answered with success.
    pub fn done(&mut self, call: &Call) -> Response {
        let answer = self.send(call);
        assert!(
            is_done(&answer),
            "{call:?}: {} {}\n{}",
            answer.status,
            answer.text(),
            self.server.stderr()
        );
        answer
    }

    /// Reads something that must be there.
    pub fn read(&mut self, who: Who, path: &str) -> Response {
        self.done(&Call::bare(who, path).by("GET"))
    }

    /// A fresh claim, as it is sent.
    pub fn body(&self, programme: &str) -> Value {
        if programme != COUNTER {
            let body = claim("henan-car-replacement-2025");
            return with(body, "/programme", json!(programme));
        }
        let body = at_price(claim("national-appliance-2025"), "5000.00");
        let body = with(body, "/programme", json!(COUNTER));
        let body = with(body, "/new_item/category", json!("fridge"));
        with(body, "/new_item/energy_level", json!(1))
    }

    /// A call that files it, under a fresh key.
    pub fn filing(&mut self, body: &Value) -> Call {
        let key = format!("injected-{}", self.number());
        Call::json(Who::Dealer, "/v1/claims", body).with("idempotency-key", key)
    }

    /// Files a fresh claim; its id.
    pub fn file(&mut self, programme: &str) -> String {
        let body = self.body(programme);
        self.file_body(&body)
    }

    /// Files a claim that must find money; its id.
    pub fn file_body(&mut self, body: &Value) -> String {
        let call = self.filing(body);
        let claim = self.done(&call).json();
        assert_ne!(claim["state"], "refused", "{claim}");
        claim["id"].as_str().unwrap().to_owned()
    }

    /// A call that acts on a claim as it stands.
    pub fn acting(&mut self, who: Who, id: &str, verb: &str, body: Option<&Value>) -> Call {
        let look = self.read(Who::Dealer, &format!("/v1/claims/{id}"));
        let tag = look.header("etag").unwrap().to_owned();
        let path = format!("/v1/claims/{id}/{verb}");
        let call = match body {
            Some(body) => Call::json(who, path, body),
            None => Call::bare(who, path),
        };
        call.with("if-match", tag)
    }

    /// Does it.
    pub fn act(&mut self, who: Who, id: &str, verb: &str, body: Option<&Value>) {
        let call = self.acting(who, id, verb, body);
        self.done(&call);
    }

    /// A call that sends the paper that a claim needs.
    pub fn paper(&mut self, id: &str) -> Call {
        self.acting(Who::Dealer, id, "papers/delivery_receipt", None)
            .by("PUT")
            .bearing("application/pdf", PDF)
    }

    /// A fresh claim that a reviewer may decide about.
    pub fn in_review(&mut self, programme: &str) -> String {
        let body = self.body(programme);
        self.body_in_review(&body)
    }

    /// The same with this content.
    pub fn body_in_review(&mut self, body: &Value) -> String {
        let id = self.file_body(body);
        let paper = self.paper(&id);
        self.done(&paper);
        id
    }

    /// A claim that was recommended.
    pub fn recommended(&mut self, programme: &str) -> String {
        let id = self.in_review(programme);
        self.act(Who::Reviewer, &id, "recommend", None);
        id
    }

    /// A claim that was approved.
    pub fn approved(&mut self, programme: &str) -> String {
        let id = self.recommended(programme);
        self.act(Who::Approver, &id, "approve", None);
        id
    }

    /// What `verify` and the sums say against the books.
    pub fn wrong_books(&self) -> Option<String> {
        let verified = self.database.output(&["verify", "--json"]);
        if !verified.status.success() {
            return Some(String::from_utf8_lossy(&verified.stdout).into_owned());
        }
        let target = Target::parse(self.database.url()).unwrap();
        let sums = reconcile::every_pool(&mut target.open().unwrap()).unwrap();
        let unequal = sums.iter().find(|pool| !pool.equal);
        unequal.map(|pool| format!("the sums differ: {pool:?}"))
    }
}

/// Packs, pools, dealers and staff; the credentials in the order of [`Who`].
fn populate(database: &TestDatabase) -> Vec<Credentials> {
    let mut conn = Target::parse(database.url()).unwrap().open().unwrap();
    conn.migrate().unwrap();
    pools::ensure_no_pool(&mut conn).unwrap();
    for programme in [REVIEW, PAYOUT, BULK] {
        let pack = PACK.replace(REVIEW, programme);
        packs::load(&mut conn, &format!("{pack}{MORE}")).unwrap();
    }
    packs::load(&mut conn, COUNTER_PACK).unwrap();
    for programme in PROGRAMMES {
        let pool = NewPool {
            name: programme.to_owned(),
            cap: Fen::from_yuan(100_000_000),
            programmes: vec![programme.to_owned()],
            remainder: None,
            opens: None,
            closes: None,
        };
        pools::create(&mut conn, &pool).unwrap();
    }
    let programmes = PROGRAMMES.map(str::to_owned);
    let known = |issued: credentials::Issued| Credentials {
        client_id: issued.client_id,
        client_secret: issued.client_secret,
    };
    let mut all = Vec::new();
    for code in [SELLER, &uscc(2)] {
        let added = dealers::add(&mut conn, code, &format!("示例商行{code}"), &programmes);
        all.push(known(added.unwrap().1));
    }
    for (login, role) in Who::STAFF {
        let added = credentials::add_staff(&mut conn, login, role, true).unwrap();
        all.push(known(added.credentials.unwrap()));
    }
    all
}
