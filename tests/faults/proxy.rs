//! Between the service and PostgreSQL's socket: passes everything on, and cuts the connection of
//! the writer of claims after so many bytes of one transaction.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::support::{Cluster, Listener};

/// A way through the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the service to the server.
    There,
    /// From the server to the service.
    Back,
}

/// The message from which on bytes are counted, both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// With which a transaction that writes begins.
    Begin,
    /// With which it ends.
    Commit,
}

impl Mark {
    /// Whether what the service sends begins with it. The service sends nothing before it has
    /// the answer to what it sent before, so messages begin where reads do.
    fn begins(self, bytes: &[u8]) -> bool {
        match self {
            Mark::Begin => {
                bytes.starts_with(b"Q") && holds(bytes, b"BEGIN; LOCK TABLE key_moves IN ROW SHARE")
            }
            Mark::Commit => bytes == b"Q\0\0\0\x0bCOMMIT\0",
        }
    }
}

/// What only the writer says, when it opens its connection.
const WRITER: &[u8] = b"SET enable_seqscan = off";

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

/// Where a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// From where on bytes are counted.
    pub mark: Mark,
    /// Which way.
    pub way: Way,
    /// After how many.
    pub after: usize,
    /// Whether nobody is let in afterwards, until [`Proxy::disarm`].
    pub shut: bool,
}

#[derive(Debug, Default)]
struct State {
    cut: Option<Cut>,
    marked: bool,
    /// Bytes since the mark, there and back.
    passed: [usize; 2],
    was_cut: bool,
    shut: bool,
}

impl State {
    /// How many of these bytes of the writer pass, and whether they are the last.
    fn pass(&mut self, way: Way, bytes: &[u8]) -> (usize, bool) {
        let Some(cut) = self.cut else {
            return (bytes.len(), false);
        };
        if way == Way::There && !self.marked && cut.mark.begins(bytes) {
            self.marked = true;
            self.passed = [0, 0];
        }
        if !self.marked {
            return (bytes.len(), false);
        }
        let passed = &mut self.passed[way as usize];
        let left = cut.after.saturating_sub(*passed);
        if way == cut.way && bytes.len() >= left {
            self.cut = None;
            (self.was_cut, self.shut) = (true, cut.shut);
            return (left, true);
        }
        *passed += bytes.len();
        (bytes.len(), false)
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
            if !shared.lock().unwrap().shut {
                connect(client, UnixStream::connect(server).unwrap(), &shared);
            }
        });
        Self { listener, state }
    }

    /// The folder of its socket.
    pub fn socket(&self) -> &Path {
        self.listener.socket()
    }

    /// Cuts the writer's connection the next time that it comes so far.
    pub fn arm(&self, cut: Cut) {
        *self.state.lock().unwrap() = State {
            cut: Some(cut),
            ..State::default()
        };
    }

    /// Cuts nothing any more and lets everybody in; says whether it has cut.
    pub fn disarm(&self) -> bool {
        std::mem::take(&mut *self.state.lock().unwrap()).was_cut
    }

    /// Bytes since the mark, there and back.
    pub fn passed(&self) -> [usize; 2] {
        self.state.lock().unwrap().passed
    }
}

/// Passes bytes both ways until either side ends.
fn connect(client: UnixStream, server: UnixStream, state: &Arc<Mutex<State>>) {
    let writer = Arc::new(AtomicBool::new(false));
    let other = |stream: &UnixStream| stream.try_clone().unwrap();
    for (way, from, to) in [
        (Way::There, other(&client), other(&server)),
        (Way::Back, server, client),
    ] {
        let (writer, state) = (Arc::clone(&writer), Arc::clone(state));
        std::thread::spawn(move || pump((from, to), way, &writer, &state));
    }
}

fn pump(
    (mut from, mut to): (UnixStream, UnixStream),
    way: Way,
    writer: &AtomicBool,
    state: &Mutex<State>,
) {
    // More than any message of one claim.
    let mut room = vec![0; 1 << 18];
    loop {
        // An error ends it as the end does.
        let count = from.read(&mut room).unwrap_or_default();
        let bytes = &room[..count];
        if way == Way::There && holds(bytes, WRITER) {
            writer.store(true, Ordering::Relaxed);
        }
        let (count, last) = match writer.load(Ordering::Relaxed) && !bytes.is_empty() {
            true => state.lock().unwrap().pass(way, bytes),
            false => (bytes.len(), false),
        };
        let passed = to.write_all(&bytes[..count]);
        if last || bytes.is_empty() || passed.is_err() {
            // The other thread ends by this, too.
            let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
            return;
        }
    }
}
