//! Between the service and PostgreSQL's socket: knows where a statement begins and ends, and has
//! one fail in place of being carried out. The server itself says the error, so that both sides
//! agree on the state of the transaction.

use std::collections::HashMap;
use std::io::{self, BufReader, Error, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::fault::{Kind, Seen, Strike};
use crate::support::{Cluster, Listener};

/// With which every transaction that writes begins.
pub const BEGIN: &str = "BEGIN; LOCK TABLE key_moves";
/// With which it ends.
pub const COMMIT: &str = "COMMIT";

#[derive(Debug, Default)]
struct State {
    /// Whether statements are counted.
    counting: bool,
    strike: Option<Strike>,
    seen: Seen,
    /// Statements of those that the strike counts.
    alike: u64,
}

/// What is done with a statement.
enum Deed {
    Pass,
    Fail(Kind),
}

impl State {
    /// A statement comes, on a connection that is `writing` or not.
    fn meet(&mut self, text: &str, writing: bool) -> Deed {
        if !self.counting {
            return Deed::Pass;
        }
        let seen = &mut self.seen;
        seen.passed += 1;
        seen.begun += u64::from(text.starts_with(BEGIN));
        seen.statements.push(text.to_owned());
        let Some(strike) = self.strike else {
            return Deed::Pass;
        };
        self.alike += u64::from(text.starts_with(strike.of));
        let due = match strike.lasting {
            false => self.alike == strike.nth && text.starts_with(strike.of),
            // Only what writes, so that it is seen whether others go on; and what ends it ends it.
            true => self.alike >= strike.nth && writing && text != "ROLLBACK",
        };
        if !due {
            return Deed::Pass;
        }
        seen.struck += 1;
        Deed::Fail(strike.kind)
    }
}

/// The proxy; ends when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    listener: Listener,
    state: Arc<Mutex<State>>,
}

impl Proxy {
    /// Before the socket of a server.
    pub fn new(cluster: &Cluster) -> Self {
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        let listener = Listener::before(cluster, move |client, server| {
            let between = Between::new(client, UnixStream::connect(server).unwrap());
            let state = Arc::clone(&shared);
            // Either side ends a connection when it likes.
            std::thread::spawn(move || drop(between.serve(&state)));
        });
        Self { listener, state }
    }

    /// The folder of its socket.
    pub fn socket(&self) -> &Path {
        self.listener.socket()
    }

    /// Counts from now on, and strikes where something is to be struck.
    pub fn arm(&self, strike: Option<Strike>) {
        *self.state.lock().unwrap() = State {
            counting: true,
            strike,
            ..State::default()
        };
    }

    /// Lets everything pass again; says what was seen.
    pub fn release(&self) -> Seen {
        std::mem::take(&mut *self.state.lock().unwrap()).seen
    }
}

/// One connection.
struct Between {
    client: BufReader<UnixStream>,
    server: BufReader<UnixStream>,
}

impl Between {
    fn new(client: UnixStream, server: UnixStream) -> Self {
        let [client, server] = [client, server].map(BufReader::new);
        Self { client, server }
    }

    fn serve(mut self, state: &Mutex<State>) -> io::Result<()> {
        let mut first = vec![0; 4];
        self.client.read_exact(&mut first)?;
        let length = u32::from_be_bytes([first[0], first[1], first[2], first[3]]) as usize;
        first.resize(length, 0);
        self.client.read_exact(&mut first[4..])?;
        self.server.get_mut().write_all(&first)?;
        self.answer()?;
        let (mut writing, mut prepared) = (false, HashMap::new());
        loop {
            let (group, text) = statement(&mut self.client, &mut prepared)?;
            writing |= text.starts_with(BEGIN);
            // Whether one is prepared first depends on what the connection did before.
            let deed = match group.first() {
                Some(b'P') => Deed::Pass,
                _ => state.lock().unwrap().meet(&text, writing),
            };
            writing &= ![COMMIT, "ROLLBACK"].contains(&text.as_str());
            match deed {
                Deed::Pass => self.server.get_mut().write_all(&group)?,
                Deed::Fail(Kind::Lost) => {
                    self.server.get_mut().write_all(&group)?;
                    // It is carried out before the connection ends.
                    let _ = until_ready(&mut self.server);
                    return Ok(());
                }
                Deed::Fail(kind) => {
                    // One that waits for a lock has begun.
                    let begun = kind == Kind::LockTimeout && text.starts_with(BEGIN);
                    let failing = format!("{}{}", if begun { "BEGIN; " } else { "" }, sql(kind));
                    self.server.get_mut().write_all(&query(&failing))?;
                }
            }
            self.answer()?;
        }
    }

    /// Hands on what the server says until it is ready again, or gone.
    fn answer(&mut self) -> io::Result<()> {
        let (said, ended) = match until_ready(&mut self.server) {
            Ok(said) => (said, false),
            Err((said, _)) => (said, true),
        };
        self.client.get_mut().write_all(&said)?;
        match ended {
            false => Ok(()),
            true => Err(ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// What fails with an error of this kind, as the server words it.
fn sql(kind: Kind) -> String {
    let (state, message) = match kind {
        Kind::Serialization => (
            "40001",
            "could not serialize access due to concurrent update",
        ),
        Kind::Deadlock => ("40P01", "deadlock detected"),
        Kind::LockTimeout => ("55P03", "canceling statement due to lock timeout"),
        Kind::Full => (
            "53100",
            "could not extend file \"base/5/16402\": No space left on device",
        ),
        Kind::Strange => ("XX000", "cache lookup failed for relation 16402"),
        Kind::Shutdown => return "SELECT pg_terminate_backend(pg_backend_pid())".to_owned(),
        Kind::Lost | Kind::Broken | Kind::Busy => panic!("no statement fails with {kind:?}"),
    };
    format!(
        "DO $strike$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}', MESSAGE = '{message}'; END $strike$"
    )
}

/// A message of a simple query.
fn query(sql: &str) -> Vec<u8> {
    let mut message = vec![b'Q'];
    let length = u32::try_from(4 + sql.len() + 1).unwrap();
    message.extend(length.to_be_bytes());
    message.extend(sql.as_bytes());
    message.push(0);
    message
}

/// One message: its type, and all its bytes.
fn message(from: &mut impl Read) -> io::Result<(u8, Vec<u8>)> {
    let mut bytes = vec![0; 5];
    from.read_exact(&mut bytes)?;
    let length = u32::from_be_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]) as usize;
    let whole = length.checked_add(1).filter(|whole| *whole >= 5);
    let whole = whole.ok_or_else(|| Error::from(ErrorKind::InvalidData))?;
    bytes.resize(whole, 0);
    from.read_exact(&mut bytes[5..])?;
    Ok((bytes[0], bytes))
}

/// Everything that a client sends before it waits for an answer, and what it says; `prepared`
/// are its statements by their names.
fn statement(
    client: &mut impl Read,
    prepared: &mut HashMap<String, String>,
) -> io::Result<(Vec<u8>, String)> {
    let (mut group, mut text) = (Vec::new(), String::new());
    loop {
        let (kind, bytes) = message(client)?;
        let said = bytes[5..].split(|byte| *byte == 0);
        let mut said = said.map(|part| String::from_utf8_lossy(part).into_owned());
        let (first, second) = (said.next(), said.next());
        match (kind, first, second) {
            (b'Q', Some(query), _) => text = query,
            (b'P', Some(name), Some(query)) => {
                text.clone_from(&query);
                prepared.insert(name, query);
            }
            (b'B', _, Some(name)) if text.is_empty() => {
                text = prepared.get(&name).cloned().unwrap_or(name);
            }
            _ => {}
        }
        group.extend(bytes);
        if matches!(kind, b'Q' | b'S' | b'X') {
            return Ok((group, text));
        }
    }
}

/// What the server says until it is ready; with the error what it said before it was gone.
fn until_ready(server: &mut impl Read) -> Result<Vec<u8>, (Vec<u8>, Error)> {
    let mut said = Vec::new();
    loop {
        match message(server) {
            Ok((kind, bytes)) => {
                said.extend(bytes);
                if kind == b'Z' {
                    return Ok(said);
                }
            }
            Err(error) => return Err((said, error)),
        }
    }
}
