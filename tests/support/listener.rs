//! Who listens before the socket of a PostgreSQL server, in place of it.

use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use super::cluster::Cluster;
use super::folder::Folder;

/// The name that libpq gives the socket of the default port.
const SOCKET: &str = ".s.PGSQL.5432";

/// The listener; ends when it is dropped.
#[derive(Debug)]
pub struct Listener {
    folder: Folder,
    ended: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

impl Listener {
    /// Gives `each` every client that comes and the way to the server.
    pub fn before(cluster: &Cluster, each: impl Fn(UnixStream, &Path) + Send + 'static) -> Self {
        let folder = Folder::new();
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let server = cluster.socket().join(SOCKET);
        let ended = Arc::<AtomicBool>::default();
        let over = Arc::clone(&ended);
        let listening = std::thread::spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                each(client, &server);
            }
        });
        Self {
            folder,
            ended,
            listening: Some(listening),
        }
    }

    /// The folder of its socket.
    pub fn socket(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Wakes who listens.
        let _ = UnixStream::connect(self.folder.path().join(SOCKET));
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}
