//! The server: listening, cutting slow clients, and ending without losing an answer.

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::Server as Running;
use actix_web::web::Data;
use tokio::sync::watch;
use tokio::time::timeout;

use super::rate::{Limits, Rates};
use super::state::Shared;
use super::{app, jobs, metrics};
use crate::operations::Engine;

/// How long the head of a request may take to arrive.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
/// How long a client may take to close.
const CLOSE_PATIENCE: Duration = Duration::from_secs(5);
/// How long requests that were taken may take once the server is ending, in seconds.
const DRAIN_SECONDS: u64 = 30;
/// How long webhooks that are on their way may take once the server is ending, and whoever still waits
/// for the database. What is cut off is sent again by the next server; nobody was told anything of what
/// the database has not said to be done.
const END_PATIENCE: Duration = Duration::from_secs(15);
/// Connections that the system keeps waiting for us at an opening.
const BACKLOG: u32 = 4096;

/// A server that listens and does not answer yet.
pub struct Server {
    engine: Engine,
    shared: Data<Shared>,
    address: SocketAddr,
    running: Running,
}

impl Server {
    /// Listens on `listen`, such as `127.0.0.1:8080`; port 0 takes a free one.
    ///
    /// # Errors
    /// The system's: an address that cannot be read, is taken or is not ours.
    pub fn bind(engine: Engine, listen: &str) -> io::Result<Self> {
        metrics::install();
        let workers = match engine.settings.workers {
            0 => std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
            some => some,
        };
        let shared = Data::new(Shared::new(engine.clone(), Limits::new(&Rates::default())));
        let serving = shared.clone();
        let connecting = shared.clone();
        let server = HttpServer::new(move || app(serving.clone()))
            .workers(workers)
            .backlog(BACKLOG)
            .keep_alive(engine.settings.idle)
            .client_request_timeout(HEAD_PATIENCE)
            .client_disconnect_timeout(CLOSE_PATIENCE)
            .shutdown_timeout(DRAIN_SECONDS)
            .tcp_nodelay(true)
            .on_connect(move |stream, data| connecting.connections.take_up(stream, data))
            .disable_signals()
            .bind(listen)?;
        // A name may stand for several addresses; the first is the one that is told.
        let address = server.addrs().first().copied();
        let address = address.ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
        Ok(Self {
            engine,
            shared,
            address,
            running: server.run(),
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `shutdown` resolves; then takes no more connections, answers the requests
    /// it has, and lets the engine finish what it has taken.
    ///
    /// # Errors
    /// The system's.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let handle = self.running.handle();
        let upkeep = tokio::spawn(metrics::upkeep());
        let cutter = {
            let (shared, idle) = (self.shared.clone(), self.engine.settings.idle);
            tokio::spawn(async move {
                shared
                    .connections
                    .cut_quiet_ones(idle + HEAD_PATIENCE)
                    .await;
            })
        };
        let live = self.shared.clone();
        let reader = {
            let engine = self.engine.clone();
            tokio::spawn(async move { live.live.run(engine).await })
        };
        let (stop_jobs, stopping) = watch::channel(false);
        let mut jobs = tokio::spawn(jobs::run(self.engine.clone(), stopping));
        let stop = async {
            shutdown.await;
            tracing::info!("stopping: requests that were taken are answered first");
            // A stream never ends by itself.
            reader.abort();
            self.shared.live.end();
            handle.stop(true).await;
            std::future::pending::<()>().await;
        };
        let ended = tokio::select! {
            ended = self.running => ended,
            () = stop => Ok(()),
        };
        upkeep.abort();
        cutter.abort();
        // Nobody listens any more when the jobs have ended by themselves.
        let _heard = stop_jobs.send(true);
        let engine = self.engine;
        // It blocks until its writers have ended.
        let writers = tokio::task::spawn_blocking(move || engine.stop());
        let (jobs_ended, stopped) = tokio::join!(
            timeout(END_PATIENCE, &mut jobs),
            timeout(END_PATIENCE, writers)
        );
        if jobs_ended.is_err() {
            jobs.abort();
        }
        match stopped {
            Ok(stopped) => ended.and(stopped.map_err(io::Error::other)),
            Err(_) => {
                tracing::warn!(
                    "stopped while the database does not answer: outcomes are not known"
                );
                ended
            }
        }
    }
}

/// Serves on `listen` until `shutdown` resolves, and says where on stdout.
///
/// # Errors
/// The system's.
pub async fn serve(
    engine: Engine,
    listen: &str,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let server = Server::bind(engine, listen)?;
    println!("listening on http://{}", server.address());
    server.run(shutdown).await
}

/// Resolves when the process is asked to end by SIGTERM or SIGINT. Both are heard from the
/// call on, not only once the future is polled: whoever reads the address may end us at once.
///
/// # Errors
/// The system's, when a signal cannot be heard.
///
/// # Panics
/// Outside a runtime.
pub fn shutdown_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}
