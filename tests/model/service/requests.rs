//! Deeds as requests.

use super::{
    Client, Deed, Office, PROGRAMMES, Response, Seen, Service, Value, Who, json, sight, yuan,
};
use crate::model::command::{Money, Role};
use crate::model::programmes::Claim;

/// The smallest document that is taken for one.
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

impl Service {
    pub(super) fn act(&mut self, who: Who, index: usize, off: i64, deed: &Deed) -> Seen {
        let path = format!("/v1/claims/{}", self.filed[index].id);
        let look = self.client(Who::Dealer).get(&path);
        let tag = look.header("etag").unwrap().trim_matches('"').to_owned();
        let tag = format!("\"{}\"", tag.parse::<i64>().unwrap() + off);
        let filed = self.filed[index].claim.clone();
        let client = self.client(who);
        let answer = match deed {
            Deed::Paper(paper) => {
                let headers = [
                    ("if-match", tag.as_str()),
                    ("content-type", "application/pdf"),
                ];
                client.call("PUT", &format!("{path}/papers/{paper}"), &headers, PDF)
            }
            _ => {
                let (verb, body) = request(who, &filed, deed);
                post(client, &format!("{path}/{verb}"), &tag, body.as_ref())
            }
        };
        sight::of(&answer)
    }

    pub(super) fn run(&mut self, who: Who, office: &Office) -> Seen {
        match office {
            Office::Next => {
                let answer = self.client(who).call("POST", "/v1/review/next", &[], b"");
                self.taken(&answer)
            }
            Office::Flag(index) => {
                let path = format!("/v1/claims/{}/flags", self.filed[*index].id);
                let body = json!({ "code": "look", "why": "核查" });
                sight::of(&self.client(who).post(&path, &body))
            }
            Office::Clear(index, code) => {
                let path = format!("/v1/claims/{}/flags/{code}/clear", self.filed[*index].id);
                sight::of(&self.client(who).post(&path, &json!({ "why": "已核查" })))
            }
            Office::Seal(programme, limit) => {
                let body = json!({ "pool": PROGRAMMES[*programme].pool, "limit": limit });
                let answer = self.client(who).post("/v1/payout-batches", &body);
                if answer.status == 201 {
                    let id = answer.json()["id"].as_str().unwrap().to_owned();
                    self.batches.push(id);
                }
                sight::of_sums(&answer, &["lines", "gross", "set_off", "total"])
            }
            Office::Release(batch) => {
                let path = format!("/v1/payout-batches/{}/release", self.batches[*batch]);
                let answer = self.client(who).call("POST", &path, &[], b"");
                sight::of_sums(&answer, &["total"])
            }
            Office::Discard(batch) => {
                let path = format!("/v1/payout-batches/{}/discard", self.batches[*batch]);
                let answer = self.client(who).call("POST", &path, &[], b"");
                sight::of_sums(&answer, &["total"])
            }
            Office::Outcomes(outcomes) => self.outcomes(who, outcomes),
            Office::PayIn(owed, fen, reference) => {
                let id = self.receivables()[*owed]["id"].as_str().unwrap().to_owned();
                let body = json!({ "amount": yuan(*fen), "reference": format!("R-{reference}") });
                let path = format!("/v1/receivables/{id}/paid-in");
                let answer = self.client(who).post(&path, &body);
                sight::of_sums(&answer, &["amount", "settled", "pending"])
            }
            Office::Stage(programme, stage, stop) => {
                let verb = if *stop { "freeze" } else { "resume" };
                let body = json!({ "stage": stage.as_str(), "why": "核查" });
                self.on_pool(who, *programme, verb, &body)
            }
            Office::Money(programme, money, fen) => {
                let (verb, to) = match money {
                    Money::TopUp => ("top-up", None),
                    Money::SetAside => ("set-aside", None),
                    Money::ReleaseAside => ("release-aside", None),
                    Money::TransferTo(other) => ("transfer", Some(PROGRAMMES[*other].pool)),
                };
                let mut body = json!({ "amount": yuan(*fen), "reference": "示范区财〔2025〕1号" });
                if let Some(to) = to {
                    body["to"] = json!(to);
                }
                self.on_pool(who, *programme, verb, &body)
            }
        }
    }

    fn on_pool(&mut self, who: Who, programme: usize, verb: &str, body: &Value) -> Seen {
        let path = format!("/v1/pools/{}/{verb}", PROGRAMMES[programme].pool);
        sight::of_sums(&self.client(who).post(&path, body), &[])
    }

    /// The claim that a reviewer was given, by its place in the order of filing.
    fn taken(&self, answer: &Response) -> Seen {
        let seen = sight::of(answer);
        if answer.status != 200 {
            return seen;
        }
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        let index = self.filed.iter().position(|f| f.id == id).unwrap();
        Seen {
            numbers: vec![index as i64],
            ..seen
        }
    }

    fn outcomes(&mut self, who: Who, outcomes: &[(usize, usize, bool)]) -> Seen {
        let mut file = String::from("end_to_end_id,outcome,reason\n");
        for (claim, attempt, paid) in outcomes {
            let number = &self.filed[*claim].number;
            let word = if *paid { "paid," } else { "returned,AC04" };
            file += &format!("{number}/{attempt},{word}\n");
        }
        let headers = [("content-type", "text/csv")];
        let path = "/v1/payout-outcomes";
        let answer = self
            .client(who)
            .call("POST", path, &headers, file.as_bytes());
        let counts = ["paid", "returned", "unknown", "repeated", "conflicting"];
        sight::of_sums(&answer, &counts)
    }
}

/// The verb of a deed, and what is sent with it.
fn request(who: Who, filed: &Claim, deed: &Deed) -> (&'static str, Option<Value>) {
    let finding = json!({ "code": "unclear", "field": "/invoice/number", "message": "看不清" });
    match deed {
        Deed::Withdraw => ("withdraw", None),
        Deed::Undo => ("undo-withdrawal", None),
        Deed::Invoice(number, yuan) => {
            let claim = Claim {
                opened: false,
                invoice: *number,
                yuan: *yuan,
                ..filed.clone()
            };
            ("invoice", Some(claim.body()["invoice"].clone()))
        }
        Deed::Correct(claim) => ("correction", Some(claim.body())),
        Deed::GoodsReturned => ("goods-returned", None),
        Deed::Appeal => ("appeal", Some(json!({ "message": "材料清楚" }))),
        Deed::Recommend => ("recommend", None),
        Deed::Return => ("return", Some(json!({ "days": 7, "defects": [finding] }))),
        Deed::Reject if who.role() == Some(Role::Approver) => ("reject", None),
        Deed::Reject => ("reject", Some(finding)),
        Deed::Reopen => ("reopen", None),
        Deed::Approve => ("approve", None),
        Deed::Void => ("void", Some(finding)),
        Deed::Decide(won) => {
            let mut decision = finding;
            decision["decision"] = json!(if *won { "won" } else { "lost" });
            ("appeal/decision", Some(decision))
        }
        Deed::Paper(_) => unreachable!("a paper is sent as it is"),
    }
}

fn post(client: &mut Client, path: &str, tag: &str, body: Option<&Value>) -> Response {
    let mut headers = vec![("if-match", tag)];
    if body.is_some() {
        headers.push(("content-type", "application/json"));
    }
    let body = body.map(Value::to_string).unwrap_or_default();
    client.call("POST", path, &headers, body.as_bytes())
}
