//! Connections on which nobody asks for anything any more, and those that read no answer.
//!
//! The HTTP library cuts a connection whose first request does not come, and one that is idle
//! between two requests; but a single byte of a second request ends the idle time, and nothing
//! then bounds how long the rest may take. Nor does anything there bound how long an answer may
//! lie unread. Both are bounded here, on the socket itself.

use std::any::Any;
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use actix_web::web::Bytes;
use socket2::{SockRef, Socket};

use crate::clock;

/// How long what was sent may lie unread or unacknowledged.
const UNREAD_PATIENCE: Duration = Duration::from_secs(30);
/// How often connections are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Answers of so many bytes are sent in more than one piece.
const LARGE: u64 = 64 * 1024;

/// The connections of a server.
#[derive(Debug, Default)]
pub struct Connections(Mutex<Vec<Weak<Connection>>>);

/// One of them: its socket once more, and what goes on there.
#[derive(Debug)]
pub struct Connection {
    socket: Socket,
    /// Requests that are being answered.
    answering: AtomicU32,
    /// The microsecond since the start of the process from which on nothing was answered.
    quiet_since: AtomicU64,
}

/// A request that is being answered; when it is dropped it no longer is.
#[derive(Debug)]
pub struct Answering(Arc<Connection>);

impl Connections {
    /// Takes up a connection that was made: for `HttpServer::on_connect`.
    pub fn take_up(&self, stream: &dyn Any, data: &mut Extensions) {
        let Some(stream) = stream.downcast_ref::<TcpStream>() else {
            return;
        };
        let socket = SockRef::from(stream);
        if let Err(error) = socket.set_tcp_user_timeout(Some(UNREAD_PATIENCE)) {
            tracing::debug!(%error, "a connection has no time-out for what is not read");
        }
        // Without a descriptor more the connection is served all the same.
        let Ok(socket) = socket.try_clone() else {
            return;
        };
        let connection = Arc::new(Connection {
            socket,
            answering: AtomicU32::new(0),
            quiet_since: AtomicU64::new(now()),
        });
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(Arc::downgrade(&connection));
        drop(all);
        data.insert(connection);
    }

    /// Cuts whatever is quiet for longer than `patience`, until it is aborted.
    pub async fn cut_quiet_ones(&self, patience: Duration) {
        let patience = micros(patience);
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = now();
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|connection| {
                let Some(connection) = connection.upgrade() else {
                    return false;
                };
                let quiet = connection.quiet_since.load(Ordering::Relaxed);
                let answering = connection.answering.load(Ordering::Relaxed) > 0;
                if answering || now.saturating_sub(quiet) <= patience {
                    return true;
                }
                // The library sees an end and closes; it may have done so by itself.
                let _closed = connection.socket.shutdown(Shutdown::Both);
                false
            });
        }
    }
}

impl Answering {
    /// A request on its connection; `None` where there is no socket, as in tests.
    pub fn begin(request: &HttpRequest) -> Option<Self> {
        let connection = Arc::clone(request.conn_data::<Arc<Connection>>()?);
        connection.answering.fetch_add(1, Ordering::Relaxed);
        Some(Self(connection))
    }

    /// Goes on until the body is sent, where that takes more than a moment.
    pub fn until_sent(self, body: BoxBody) -> BoxBody {
        match body.size() {
            BodySize::Stream => {}
            BodySize::Sized(bytes) if bytes > LARGE => {}
            BodySize::None | BodySize::Sized(_) => return body,
        }
        BoxBody::new(Sending { body, _of: self })
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.quiet_since.store(now(), Ordering::Relaxed);
        self.0.answering.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A body on its way.
struct Sending {
    body: BoxBody,
    _of: Answering,
}

impl MessageBody for Sending {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}

fn now() -> u64 {
    micros(clock::since_start())
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
