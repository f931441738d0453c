//! A server of its own, with every write on the disk before it is acknowledged, behind the same
//! HTTP: a script for each claim, pipelined as far as claims wait, which is the best it can do.

mod resp;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tradein::admission::{Reply, Submission};
use tradein::clock;
use tradein::domain::claim::ClaimState;
use tradein::domain::time::Timestamp;
use tradein::operations::Engine;
use tradein::storage::pools;

use self::resp::{Connection, Reply as Said};
use crate::answered::{Decided, answered};
use crate::scene::Fallible;
use crate::workers::Decide;

const SCRIPT: &str = include_str!("file_claim.lua");
const CONNECTIONS: usize = 2;

/// Whether there is a server to start.
pub fn is_installed() -> bool {
    let asked = Command::new("redis-server").arg("--version").output();
    asked.is_ok_and(|output| output.status.success())
}

/// A server that ends with this value.
pub struct Server {
    child: Child,
    socket: PathBuf,
}

impl Server {
    /// Starts it in a directory of its own.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start(directory: &Path) -> Fallible<Self> {
        std::fs::create_dir_all(directory)?;
        let socket = directory.join("redis.sock");
        let child = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "yes"])
            .args(["--appendfsync", "always", "--daemonize", "no"])
            .arg("--unixsocket")
            .arg(&socket)
            .arg("--dir")
            .arg(directory)
            .stdout(Stdio::null())
            .spawn()?;
        let server = Self { child, socket };
        for _ in 0..200 {
            if Connection::open(&server.socket).is_ok() {
                return Ok(server);
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        Err("redis-server does not answer".into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// A script for each claim.
pub struct Redis {
    engine: Engine,
    conn: Connection,
    digest: String,
    pool: String,
    series: String,
}

impl Redis {
    /// Fills the pool and makes workers.
    ///
    /// # Errors
    /// Redis'.
    pub fn workers(engine: &Engine, server: &Server, pool: &str) -> Fallible<Vec<Self>> {
        let row = pools::all(&mut *engine.database.get()?)?
            .into_iter()
            .find(|p| p.name == pool)
            .ok_or("no pool")?;
        let mut conn = Connection::open(&server.socket)?;
        conn.push(&[b"SET", b"free", row.free.to_string().as_bytes()]);
        conn.push(&[b"SET", b"waiting", b"0"]);
        conn.push(&[b"SCRIPT", b"LOAD", SCRIPT.as_bytes()]);
        let Some(Said::Text(digest)) = conn.flush()?.pop() else {
            return Err("redis did not take the script".into());
        };
        let worker = |_| {
            Ok(Self {
                engine: engine.clone(),
                conn: Connection::open(&server.socket)?,
                digest: digest.clone(),
                pool: row.name.clone(),
                series: row.series.clone(),
            })
        };
        (0..CONNECTIONS).map(worker).collect()
    }

    fn push(&mut self, submission: &Submission) {
        let claim = submission.claim.to_string();
        let amount = submission.judged.amount.to_string();
        let asks = &submission.judged.keys;
        let count = (asks.len() + 1).to_string();
        let judged: &[u8] = match submission.judged.reasons.is_empty() {
            true => b"",
            false => b"refused",
        };
        let mut words: Vec<&[u8]> = vec![
            b"EVALSHA",
            self.digest.as_bytes(),
            count.as_bytes(),
            &submission.answer_key,
        ];
        words.extend(asks.iter().map(|ask| &ask.hash[..]));
        words.extend([
            claim.as_bytes(),
            amount.as_bytes(),
            &submission.content.sealed,
            judged,
        ]);
        self.conn.push(&words);
    }

    fn read(&self, submission: &Submission, said: &Said) -> Reply {
        let Some((state, ordinal, place)) = verdict(said) else {
            eprintln!("redis: {said:?}");
            return Reply::Unavailable;
        };
        let decided = Decided {
            state,
            ordinal,
            position: (state != ClaimState::Refused).then_some(place),
            seq: ordinal,
            at: Timestamp(clock::now().0),
            hash: [0; 32],
        };
        let pool = (&*self.pool, &*self.series);
        answered(&self.engine, pool, submission, decided)
    }
}

impl Decide for Redis {
    const MOST: usize = 512;

    fn decide(&mut self, claims: &[Box<Submission>]) -> Vec<Reply> {
        for claim in claims {
            self.push(claim);
        }
        match self.conn.flush() {
            Ok(said) => {
                let pairs = claims.iter().zip(&said);
                pairs.map(|(claim, said)| self.read(claim, said)).collect()
            }
            Err(error) => {
                eprintln!("redis: {error}");
                claims.iter().map(|_| Reply::Unavailable).collect()
            }
        }
    }
}

fn verdict(said: &Said) -> Option<(ClaimState, i64, i64)> {
    let Said::List(items) = said else {
        return None;
    };
    match items.as_slice() {
        [Said::Text(state), Said::Int(ordinal), Said::Int(place)] => {
            Some((ClaimState::parse(state)?, *ordinal, *place))
        }
        _ => None,
    }
}
