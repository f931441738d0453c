//! A fresh database for one test, on either backend.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};

use super::cluster::Cluster;
use super::folder::{Folder, unique_name};

/// The variable that names a PostgreSQL server for tests.
pub const SERVER_VARIABLE: &str = "TRADEIN_TEST_DATABASE_URL";

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file.
    Sqlite,
    /// A database on the server that `TRADEIN_TEST_DATABASE_URL` names.
    Postgres,
}

impl Backend {
    /// Both.
    pub const ALL: [Backend; 2] = [Backend::Sqlite, Backend::Postgres];
}

/// A fresh, empty database with a data folder of its own; both go when it is dropped.
#[derive(Debug)]
pub struct TestDatabase {
    backend: Backend,
    url: String,
    server: Option<(String, String)>,
    folder: Folder,
}

impl TestDatabase {
    /// Makes it.
    ///
    /// # Panics
    /// When a PostgreSQL database is asked for and no server is named: a test that needs one
    /// never passes without it.
    pub fn new(backend: Backend) -> Self {
        let folder = Folder::new();
        let (url, server) = match backend {
            Backend::Sqlite => {
                let file = folder.path().join("tradein.db");
                (format!("sqlite://{}", file.display()), None)
            }
            Backend::Postgres => {
                let server = server_url();
                let (url, name) = create_on(&server);
                (url, Some((server, name)))
            }
        };
        Self {
            backend,
            url,
            server,
            folder,
        }
    }

    /// Makes one on a server of the test's own, with which it goes.
    pub fn on(cluster: &Cluster) -> Self {
        Self {
            backend: Backend::Postgres,
            url: create_on(&cluster.url()).0,
            server: None,
            folder: Folder::new(),
        }
    }

    /// Which kind.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// As `--database` takes it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Goes on with the same keys and papers where a copy of this database stands.
    ///
    /// # Panics
    /// Unless it is one of [`TestDatabase::on`]: others know which they drop in the end.
    pub fn move_to(&mut self, url: String) {
        assert!(self.backend == Backend::Postgres && self.server.is_none());
        self.url = url;
    }

    /// The folder for `TRADEIN_DATA_DIR`.
    pub fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    /// Where the keys of a PostgreSQL installation lie; SQLite keeps its own.
    pub fn keys_file(&self) -> Option<PathBuf> {
        match self.backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(self.folder.path().join("keys.toml")),
        }
    }

    /// Runs SQL of the test's own, where a test moves the clocks of claims or breaks rows.
    pub fn execute(&self, statement: &str) {
        match self.backend {
            Backend::Sqlite => {
                let path = self.file();
                let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                // The service may be writing.
                conn.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
                conn.batch_execute(statement).unwrap();
            }
            Backend::Postgres => {
                let mut conn = PgConnection::establish(&self.url).unwrap();
                conn.batch_execute(statement).unwrap();
            }
        }
    }

    /// The file of an SQLite database.
    ///
    /// # Panics
    /// On PostgreSQL.
    pub fn file(&self) -> PathBuf {
        assert_eq!(self.backend, Backend::Sqlite);
        self.folder.path().join("tradein.db")
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.server {
            let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            if std::thread::panicking() {
                // A second panic would hide the first.
                let _ = try_on_server(server, &statement);
            } else {
                run_on_server(server, &statement);
            }
        }
    }
}

/// The server that tests use.
pub fn server_url() -> String {
    std::env::var(SERVER_VARIABLE).unwrap_or_else(|_| {
        panic!("{SERVER_VARIABLE} is not set: run the tests with `bash tests/run.sh`")
    })
}

/// Makes a database; gives its URL and name.
fn create_on(server: &str) -> (String, String) {
    let name = unique_name();
    run_on_server(
        server,
        &format!("CREATE DATABASE {name} TEMPLATE template0"),
    );
    (with_database(server, &name), name)
}

fn run_on_server(server: &str, statement: &str) {
    try_on_server(server, statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
}

fn try_on_server(server: &str, statement: &str) -> Result<(), String> {
    let mut connection = PgConnection::establish(server).map_err(|e| e.to_string())?;
    connection
        .batch_execute(statement)
        .map_err(|e| e.to_string())
}

/// The URL `server` with another database in it.
pub fn with_database(server: &str, name: &str) -> String {
    let (scheme, rest) = server
        .split_once("://")
        .unwrap_or_else(|| panic!("{SERVER_VARIABLE} must look like postgres://…: {server}"));
    let (place, query) = match rest.split_once('?') {
        Some((place, query)) => (place, format!("?{query}")),
        None => (rest, String::new()),
    };
    let authority = place
        .split_once('/')
        .map_or(place, |(authority, _)| authority);
    format!("{scheme}://{authority}/{name}{query}")
}
