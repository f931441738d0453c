//! The real program on one database, driven by the same commands.

use serde_json::Value;
use tradein::domain::money::Fen;

use super::command::{Claim, Command, PROGRAMMES};
use super::reference::{Figures, Seen, Standing, exit};
use crate::support::claims::SELLER;
use crate::support::{Backend, Client, Response, Server, TestDatabase};

/// A claim that has been filed.
#[derive(Debug)]
struct Filed {
    id: String,
    claim: Claim,
    answer: Vec<u8>,
}

/// The program on one database.
#[derive(Debug)]
pub struct Service {
    /// Declared first, so that it ends before its database goes.
    server: Server,
    client: Client,
    token: String,
    filed: Vec<Filed>,
    database: TestDatabase,
}

impl Service {
    /// With the pools that are open from the start.
    pub fn new(backend: Backend) -> Self {
        let database = TestDatabase::new(backend);
        let ids = PROGRAMMES.each_ref().map(|p| p.id);
        database.load_programmes(&ids);
        let credentials = database.add_dealer(SELLER, "济源测试商行", &ids);
        for programme in (0..PROGRAMMES.len()).filter(|p| PROGRAMMES[*p].open) {
            assert_eq!(open(&database, programme), exit(0));
        }
        let server = database.serve();
        let mut client = server.client();
        let token = client.token(&credentials.client_id, &credentials.client_secret);
        Self {
            client: client.with_token(&token),
            server,
            token,
            filed: Vec::new(),
            database,
        }
    }

    /// On which database.
    pub fn backend(&self) -> Backend {
        self.database.backend()
    }

    /// Does it, and says what was seen.
    pub fn apply(&mut self, command: &Command) -> Seen {
        match command {
            Command::Open(programme) => open(&self.database, *programme),
            Command::File(claim) => self.file(claim),
            Command::Replay(index) => {
                let claim = self.filed[*index].claim.clone();
                self.file_with_key_of(*index, &claim)
            }
            Command::Reuse(index, claim) => self.file_with_key_of(*index, claim),
            Command::Withdraw(index, off) => self.withdraw(*index, *off),
            Command::TopUp(programme, yuan) => {
                let (pool, yuan) = (PROGRAMMES[*programme].pool, yuan.to_string());
                run(&self.database, &["pool", "top-up", pool, &yuan])
            }
            Command::Restart => {
                let status = self.server.stop();
                assert!(status.success(), "{status}\n{}", self.server.stderr());
                self.server = self.database.serve();
                self.client = self.server.client().with_token(&self.token);
                exit(0)
            }
        }
    }

    fn file(&mut self, claim: &Claim) -> Seen {
        let answer = self.client.file(&key(self.filed.len()), &claim.body());
        let seen = seen(&answer);
        if answer.status == 201 {
            self.filed.push(Filed {
                id: answer.json()["id"].as_str().unwrap().to_owned(),
                claim: claim.clone(),
                answer: answer.body,
            });
        }
        seen
    }

    fn file_with_key_of(&mut self, index: usize, claim: &Claim) -> Seen {
        let answer = self.client.file(&key(index), &claim.body());
        let same = answer.body == self.filed[index].answer;
        Seen {
            same_bytes: (answer.status == 201).then_some(same),
            ..seen(&answer)
        }
    }

    fn withdraw(&mut self, index: usize, off: i64) -> Seen {
        let path = format!("/v1/claims/{}", self.filed[index].id);
        let tag = format!("\"{}\"", self.revision(&path) + off);
        let headers = [("if-match", tag.as_str())];
        let answer = self
            .client
            .call("POST", &format!("{path}/withdraw"), &headers, b"");
        seen(&answer)
    }

    fn revision(&mut self, path: &str) -> i64 {
        let answer = self.client.get(path);
        let tag = answer.header("etag").unwrap();
        tag.trim_matches('"').parse().unwrap()
    }

    /// The public figures, in the order of [`PROGRAMMES`].
    pub fn figures(&mut self) -> Vec<Figures> {
        let answer = self.client.get("/v1/public/pools").json();
        let items = answer["items"].as_array().or(answer.as_array()).unwrap();
        let of = |pool: &str| items.iter().find(|item| item["name"] == pool);
        PROGRAMMES
            .iter()
            .filter_map(|p| of(p.pool))
            .map(figures)
            .collect()
    }

    /// Every claim as it stands.
    pub fn claims(&mut self) -> Vec<Standing> {
        let paths = self.filed.iter().map(|f| format!("/v1/claims/{}", f.id));
        let mut standing = Vec::new();
        for path in paths.collect::<Vec<_>>() {
            let claim = self.client.get(&path).json();
            let state = claim["state"].as_str().unwrap().to_owned();
            standing.push((state, claim["position"].as_i64(), self.revision(&path)));
        }
        standing
    }

    /// The books agree with themselves.
    pub fn verify(&self) {
        let verified = self.database.run_json(&["verify", "--json"]);
        assert_eq!(verified["ok"], true, "{verified}");
    }
}

fn key(index: usize) -> String {
    format!("model-{index:06}")
}

fn open(database: &TestDatabase, programme: usize) -> Seen {
    let terms = &PROGRAMMES[programme];
    let cap = terms.cap_yuan.to_string();
    let arguments = [
        "pool",
        "create",
        terms.pool,
        "--cap",
        &cap,
        "--programme",
        terms.id,
        "--remainder",
        terms.remainder,
    ];
    run(database, &arguments)
}

fn run(database: &TestDatabase, arguments: &[&str]) -> Seen {
    let code = database.output(arguments).status.code().unwrap();
    exit(u16::try_from(code).unwrap())
}

fn fen(value: &Value) -> i64 {
    Fen::parse_yuan(value.as_str().unwrap()).unwrap().fen()
}

fn figures(view: &Value) -> Figures {
    Figures {
        pool: view["name"].as_str().unwrap().to_owned(),
        cap: fen(&view["cap"]),
        free: fen(&view["free"]),
        reserved: fen(&view["reserved"]),
        waiting: usize::try_from(view["waiting"].as_u64().unwrap()).unwrap(),
    }
}

fn seen(answer: &Response) -> Seen {
    let body = answer.json();
    if answer.status >= 400 {
        return super::reference::problem(answer.status, body["code"].as_str().unwrap());
    }
    let reasons = body["reasons"].as_array().into_iter().flatten();
    let mut codes: Vec<String> = reasons
        .map(|reason| reason["code"].as_str().unwrap().to_owned())
        .collect();
    codes.sort();
    Seen {
        status: answer.status,
        state: body["state"].as_str().unwrap().to_owned(),
        amount: fen(&body["amount"]),
        position: body["position"].as_i64(),
        codes,
        same_bytes: None,
    }
}
