//! Pools, dealers and people, made at the command line.

use super::{Service, Who};
use crate::model::command::{PEOPLE, Role};
use crate::model::programmes::PROGRAMMES;
use crate::model::reference::{Seen, exit};
use crate::support::claims::SELLER;
use crate::support::{Backend, Client, Server, TestDatabase};
use tradein::rehearse::generate::uscc;

/// Variables of the service.
#[derive(Debug, Clone, Default)]
pub struct Settings(pub Vec<(&'static str, &'static str)>);

impl Settings {
    pub(super) fn serve(&self, database: &TestDatabase) -> Server {
        database.serve_with(|command| {
            command.envs(self.0.iter().copied());
        })
    }
}

impl Service {
    /// With the pools that are open from the start.
    pub fn new(backend: Backend, settings: &Settings) -> Self {
        let database = TestDatabase::new(backend);
        load_programmes(&database);
        for programme in (0..PROGRAMMES.len()).filter(|p| PROGRAMMES[*p].open) {
            assert_eq!(open(&database, programme), exit(0));
        }
        let ids = PROGRAMMES.each_ref().map(|p| p.id);
        let dealer = database.add_dealer(SELLER, "济源测试商行", &ids);
        let account = [
            "dealer",
            "account",
            SELLER,
            "--number",
            "41050100040000001111",
            "--bank",
            "中原银行济源分行",
        ];
        database.run(&account);
        let other = database.add_dealer(&uscc(77), "济源另一商行", &ids);
        let mut people = vec![(Who::Dealer, dealer), (Who::OtherDealer, other)];
        for person in 0..PEOPLE {
            for role in Role::ALL {
                let login = format!("person-{person}");
                let credentials = database.add_staff(&login, role.as_str());
                people.push((Who::Staff(person, role), credentials));
            }
        }
        let auditor = database.add_staff("auditor", "auditor");
        let server = settings.serve(&database);
        let mut client = server.client();
        let mut token =
            |c: &crate::support::Credentials| client.token(&c.client_id, &c.client_secret);
        let tokens: Vec<(Who, String)> = people.iter().map(|(w, c)| (*w, token(c))).collect();
        Self {
            clients: clients(&server, &tokens),
            settings: settings.clone(),
            tokens,
            auditor: token(&auditor),
            server,
            filed: Vec::new(),
            batches: Vec::new(),
            imports: 0,
            applied: 0,
            database,
        }
    }
}

fn load_programmes(database: &TestDatabase) {
    let mut arguments = vec!["programme".to_owned(), "load".to_owned()];
    for programme in &PROGRAMMES {
        let file = database.data_dir().join(format!("{}.toml", programme.id));
        std::fs::write(&file, programme.pack()).unwrap();
        arguments.push(file.to_str().unwrap().to_owned());
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    database.run(&arguments);
}

pub(super) fn clients(server: &Server, tokens: &[(Who, String)]) -> Vec<(Who, Client)> {
    let client = server.client();
    let of = |(who, token): &(Who, String)| (*who, client.with_token(token));
    tokens.iter().map(of).collect()
}

pub(super) fn open(database: &TestDatabase, programme: usize) -> Seen {
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

pub(super) fn run(database: &TestDatabase, arguments: &[&str]) -> Seen {
    let code = database.output(arguments).status.code().unwrap();
    exit(u16::try_from(code).unwrap())
}
