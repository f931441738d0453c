//! What is seen of the service.

use std::collections::BTreeSet;

use serde_json::Value;
use tradein::domain::money::Fen;

use super::{PROGRAMMES, Response, Seen, Service, Who};
use crate::model::command::Role;
use crate::model::reference::{Figures, Standing, problem};

impl Service {
    /// The public figures, in the order of [`PROGRAMMES`].
    pub fn figures(&mut self) -> Vec<Figures> {
        let answer = self.client(Who::Dealer).get("/v1/public/pools").json();
        let items = answer["items"].as_array().or(answer.as_array()).unwrap();
        let of = |pool: &str| items.iter().find(|item| item["name"] == pool);
        let open = PROGRAMMES.iter().filter_map(|p| of(p.pool));
        open.map(figures).collect()
    }

    /// Every claim as it stands.
    pub fn claims(&mut self) -> Vec<Standing> {
        let paths = self.filed.iter().map(|f| format!("/v1/claims/{}", f.id));
        let paths: Vec<String> = paths.collect();
        let client = self.client(Who::Staff(0, Role::Reviewer));
        paths
            .iter()
            .map(|path| standing(&client.get(path)))
            .collect()
    }

    /// What is owed back, in the order in which it was raised.
    pub(super) fn receivables(&mut self) -> Vec<Value> {
        let client = self.client(Who::Staff(0, Role::Finance));
        let page = client.get("/v1/receivables?limit=100").json();
        page["items"].as_array().unwrap().clone()
    }

    /// Of each receivable all of it, what came back, and what is on its way, in fen.
    pub fn owed(&mut self) -> Vec<[i64; 3]> {
        let told = |owed: &Value| ["amount", "settled", "pending"].map(|name| fen(&owed[name]));
        self.receivables().iter().map(told).collect()
    }

    /// Kind and amount of each entry of a pool's journal.
    pub fn journal(&mut self, programme: usize) -> Vec<(String, i64)> {
        let path = format!("/v1/public/journal/{}", PROGRAMMES[programme].pool);
        let answer = self.client(Who::Dealer).get(&path);
        if answer.status == 404 {
            return Vec::new();
        }
        let text = answer.text();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        let told = |line: Value| Some((line["kind"].as_str()?.to_owned(), fen(&line["amount"])));
        lines.filter_map(told).collect()
    }

    /// What is wrong with the books: the sums side by side, and every row with the journal.
    pub fn wrong_books(&mut self) -> Option<String> {
        let client = self.server.client();
        let mut auditor = client.with_token(&self.auditor);
        for Figures { pool, .. } in self.figures() {
            let path = format!("/v1/pools/{pool}/reconciliation");
            let sums = auditor.get(&path).json();
            if sums["equal"] != true {
                return Some(sums.to_string());
            }
        }
        let verified = self.database.output(&["verify", "--json"]);
        let said = String::from_utf8_lossy(&verified.stdout).into_owned();
        (!verified.status.success()).then_some(said)
    }
}

fn fen(value: &Value) -> i64 {
    match value.as_str() {
        Some(text) => Fen::parse_yuan(text).unwrap().fen(),
        None => value.as_i64().unwrap(),
    }
}

fn figures(view: &Value) -> Figures {
    let parts = ["cap", "free", "reserved", "committed", "paid", "set_aside"];
    Figures {
        pool: view["name"].as_str().unwrap().to_owned(),
        money: parts.map(|name| fen(&view[name])),
        waiting: usize::try_from(view["waiting"].as_u64().unwrap()).unwrap(),
        entries: usize::try_from(view["journal_seq"].as_u64().unwrap()).unwrap(),
    }
}

fn standing(answer: &Response) -> Standing {
    let claim = answer.json();
    let tag = answer.header("etag").unwrap().trim_matches('"');
    let flags = claim["flags"].as_array().unwrap().iter();
    let flags: BTreeSet<String> = flags.map(|f| f.as_str().unwrap().to_owned()).collect();
    let payment = &claim["payment"];
    let payment = payment["end_to_end_id"].as_str().map(|name| {
        let attempt = name.rsplit('/').next().unwrap().parse().unwrap();
        let state = payment["state"].as_str().unwrap().to_owned();
        (
            attempt,
            fen(&payment["amount"]),
            fen(&payment["set_off"]),
            state,
        )
    });
    Standing {
        claim: (
            claim["state"].as_str().unwrap().to_owned(),
            fen(&claim["amount"]),
            claim["position"].as_i64(),
        ),
        revision: tag.parse().unwrap(),
        deadline: !claim["deadline"].is_null(),
        flags,
        payment,
    }
}

/// A problem with the codes of its errors.
fn refused(answer: &Response) -> Seen {
    let body = answer.json();
    let mut seen = problem(answer.status, body["code"].as_str().unwrap());
    let errors = body["errors"].as_array().into_iter().flatten();
    let mut codes: Vec<String> = errors
        .map(|error| error["code"].as_str().unwrap().to_owned())
        .collect();
    codes.sort();
    seen.codes.extend(codes);
    seen
}

/// An answer with a claim, or a problem.
pub(super) fn of(answer: &Response) -> Seen {
    if answer.status >= 400 {
        return refused(answer);
    }
    if answer.status == 204 {
        return crate::model::reference::exit(204);
    }
    let body = answer.json();
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
        ..Seen::default()
    }
}

/// An answer with some numbers, or a problem.
pub(super) fn of_sums(answer: &Response, names: &[&str]) -> Seen {
    if answer.status >= 400 {
        return refused(answer);
    }
    let body = answer.json();
    Seen {
        status: answer.status,
        state: body["state"].as_str().unwrap_or_default().to_owned(),
        numbers: names.iter().map(|name| fen(&body[*name])).collect(),
        ..Seen::default()
    }
}
