//! The real program on one database, driven by the same commands.

mod requests;
mod scene;
mod sight;

use serde_json::{Value, json};
use tradein::storage::Target;
use tradein::storage::key_moves::advance;

use super::command::{Award, Command, Deed, Office, Who};
use super::programmes::{Claim, PROGRAMMES, cars, yuan};
use super::reference::{Seen, exit};
use crate::support::{Backend, Client, Response, Server, TestDatabase};

pub use scene::Settings;

/// A claim that has been filed.
#[derive(Debug)]
struct Filed {
    id: String,
    number: String,
    claim: Claim,
    answer: Vec<u8>,
}

/// The program on one database.
#[derive(Debug)]
pub struct Service {
    /// Declared first, so that it ends before its database goes.
    server: Server,
    settings: Settings,
    tokens: Vec<(Who, String)>,
    clients: Vec<(Who, Client)>,
    auditor: String,
    filed: Vec<Filed>,
    batches: Vec<String>,
    imports: usize,
    applied: usize,
    database: TestDatabase,
}

impl Service {
    /// On which database.
    pub fn backend(&self) -> Backend {
        self.database.backend()
    }

    /// Does it, and says what was seen.
    pub fn apply(&mut self, command: &Command) -> Seen {
        self.move_keys();
        match command {
            Command::Open(programme) => scene::open(&self.database, *programme),
            Command::File(claim) => self.file(claim),
            Command::Replay(index) => {
                let claim = self.filed[*index].claim.clone();
                self.file_with_key_of(*index, &claim)
            }
            Command::Reuse(index, claim) => self.file_with_key_of(*index, claim),
            Command::Act(who, index, off, deed) => self.act(*who, *index, *off, deed),
            Command::Run(who, office) => self.run(*who, office),
            Command::TopUp(programme, yuan) => {
                let (pool, yuan) = (PROGRAMMES[*programme].pool, yuan.to_string());
                scene::run(&self.database, &["pool", "top-up", pool, &yuan])
            }
            Command::Import(award, serial) => self.import(*award, *serial),
            Command::Overdue(index) => self.overdue(*index),
            Command::Restart => {
                self.restart();
                exit(0)
            }
        }
    }

    /// Moves keys to the cold table before every third command, so that what is looked for is now
    /// in one table and now in the other.
    fn move_keys(&mut self) {
        self.applied += 1;
        if self.applied.is_multiple_of(3) {
            let mut conn = Target::parse(self.database.url()).unwrap().open().unwrap();
            advance(&mut conn, None, 1_000).unwrap();
        }
    }

    fn client(&mut self, who: Who) -> &mut Client {
        let found = self.clients.iter_mut().find(|(w, _)| *w == who);
        &mut found.unwrap().1
    }

    fn file(&mut self, claim: &Claim) -> Seen {
        let key = key(self.filed.len());
        let answer = self.client(Who::Dealer).file(&key, &claim.body());
        let seen = sight::of(&answer);
        if answer.status == 201 {
            let body = answer.json();
            let text = |name: &str| body[name].as_str().unwrap().to_owned();
            self.filed.push(Filed {
                id: text("id"),
                number: text("number"),
                claim: claim.clone(),
                answer: answer.body,
            });
        }
        seen
    }

    fn file_with_key_of(&mut self, index: usize, claim: &Claim) -> Seen {
        let answer = self.client(Who::Dealer).file(&key(index), &claim.body());
        let same = answer.body == self.filed[index].answer;
        Seen {
            same_bytes: (answer.status == 201).then_some(same),
            ..sight::of(&answer)
        }
    }

    /// A national award for the new car of this number.
    fn import(&mut self, award: Award, serial: u64) -> Seen {
        let body = cars(serial);
        let text = |pointer: &str| body.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        let (person, vin) = (text("/consumer/id_number"), text("/new_item/vin"));
        let lines = format!(
            "kind,id_number,vin,awarded_on\n{},{person},{vin},2025-02-03\n",
            award.as_str()
        );
        self.imports += 1;
        let name = format!("awards-{}.csv", self.imports);
        let path = self.database.data_dir().join(name);
        std::fs::write(&path, lines).unwrap();
        let arguments = ["register", "import", path.to_str().unwrap(), "--json"];
        let imported = self.database.run_json(&arguments);
        Seen {
            numbers: vec![imported["flagged"].as_i64().unwrap()],
            ..exit(0)
        }
    }

    /// The deadline of a claim comes, if it has one, and the service sees to it by its clock.
    fn overdue(&mut self, index: usize) -> Seen {
        let path = format!("/v1/claims/{}", self.filed[index].id);
        let mut look = self.client(Who::Dealer).get(&path);
        if !look.json()["deadline"].is_null() {
            let number = &self.filed[index].number;
            let come = format!("UPDATE claims SET deadline_us = 1 WHERE number = '{number}'");
            self.database.execute(&come);
            for _ in 0..1_200 {
                look = self.client(Who::Dealer).get(&path);
                if look.json()["deadline"].is_null() {
                    break;
                }
                std::thread::sleep(std::time::Duration::from_millis(25));
            }
        }
        sight::of(&look)
    }

    fn restart(&mut self) {
        let status = self.server.stop();
        assert!(status.success(), "{status}\n{}", self.server.stderr());
        self.server = self.settings.serve(&self.database);
        self.clients = scene::clients(&self.server, &self.tokens);
    }
}

fn key(index: usize) -> String {
    format!("model-{index:06}")
}
