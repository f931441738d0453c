//! A server beside its caller: for the demo and for measurements in one process.

use std::io;
use std::sync::mpsc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::Server;
use crate::operations::Engine;

/// A server on a free port, on a thread and a runtime of its own, as `serve` runs it.
pub struct Background {
    url: String,
    end: oneshot::Sender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl Background {
    /// Starts it, and returns once it listens.
    ///
    /// # Errors
    /// [`io::ErrorKind::Other`] when it does not come to listen.
    pub fn start(engine: Engine) -> io::Result<Self> {
        let (end, ended) = oneshot::channel();
        let (ready, address) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()?;
            runtime.block_on(async move {
                let server = Server::bind(engine, "127.0.0.1:0")?;
                // Whoever starts it waits for the address, or sees the channel closed.
                let _heard = ready.send(server.address());
                server.run(async { ended.await.unwrap_or(()) }).await
            })
        });
        let address = address
            .recv()
            .map_err(|_| io::Error::other("the service did not start"))?;
        Ok(Self {
            url: format!("http://{address}"),
            end,
            thread,
        })
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Answers what was taken, and ends.
    ///
    /// # Errors
    /// The server's own, and [`io::ErrorKind::Other`] when it ended by a panic.
    pub fn stop(self) -> io::Result<()> {
        // A service that ended by itself is reported by its result.
        let _heard = self.end.send(());
        let ended = self.thread.join();
        ended.map_err(|_| io::Error::other("the service ended by a panic"))?
    }
}
