//! A PostgreSQL server of a test's own, for tests that kill it.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

/// Ends the server and removes its folder when the test lets go of its standard input, however it
/// ends: a test that is killed has no last word. The folder is named in the server's command line,
/// so that no process which only got its old number is hit.
const KEEPER: &str = r#"
    trap '' INT TERM HUP
    read -r _
    pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
    if [ -n "$pid" ] && grep -aq "$1/data" "/proc/$pid/cmdline" 2>/dev/null; then
        kill -CONT "$pid"
        kill -QUIT "$pid"
        while [ -d "/proc/$pid" ] && grep -aq . "/proc/$pid/cmdline" 2>/dev/null; do sleep 0.05; done
    fi
    rm -rf "$1"
"#;

/// The server. It listens on a unix socket only, and goes with the value.
#[derive(Debug)]
pub struct Cluster {
    binaries: PathBuf,
    /// Whose the server is: PostgreSQL refuses to run as root.
    owner: Option<&'static str>,
    folder: PathBuf,
    keeper: Child,
    held: Option<ChildStdin>,
}

impl Cluster {
    /// Makes it, with settings beside those that make it durable, and starts it.
    ///
    /// # Panics
    /// Where PostgreSQL is not installed.
    pub fn new(settings: &[(&str, &str)]) -> Self {
        let cluster = Self::empty();
        cluster.create(settings);
        cluster.start();
        cluster
    }

    /// A standby that follows another server, started.
    ///
    /// # Panics
    /// Where PostgreSQL is not installed.
    pub fn standby_of(primary: &Cluster) -> Self {
        let standby = Self::empty();
        let data = standby.data();
        primary.shell(&format!(
            "pg_basebackup --pgdata={} --write-recovery-conf --checkpoint=fast --no-sync",
            data.display()
        ));
        standby.listen();
        standby.start();
        standby
    }

    /// Only the folder of a server, with whoever tidies up.
    pub fn empty() -> Self {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        // A short name: the path of a unix socket may have 107 bytes.
        let name = format!("tradein_pg_{}_{count}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::DirBuilder::new().mode(0o700).create(&folder).unwrap();
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let cluster = Self {
            binaries: binaries(),
            owner: owner(),
            folder,
            held: keeper.stdin.take(),
            keeper,
        };
        if let Some(owner) = cluster.owner {
            succeed(Command::new("chown").arg(owner).arg(&cluster.folder));
        }
        cluster
    }

    fn create(&self, settings: &[(&str, &str)]) {
        let mut initdb = self.command("initdb");
        initdb.args(["--username", "tradein", "--auth", "trust", "--no-sync"]);
        initdb.args(["--encoding", "UTF8", "--locale", "C"]);
        succeed(&mut initdb);
        self.set("listen_addresses", "");
        self.listen();
        self.set("lc_messages", "C");
        for (name, value) in settings {
            self.set(name, value);
        }
    }

    /// Has it listen in its own folder, also where its settings are another server's.
    pub fn listen(&self) {
        self.set("unix_socket_directories", self.socket().to_str().unwrap());
    }

    /// Sets something from the next start on.
    pub fn set(&self, name: &str, value: &str) {
        let value = value.replace('\'', "''");
        self.set_text(&format!("{name} = '{value}'\n"));
    }

    /// Sets what a document says, from the next start on.
    pub fn set_text(&self, more: &str) {
        let path = self.data().join("postgresql.conf");
        let mut text = fs::read_to_string(&path).unwrap();
        text.push_str(more);
        fs::write(path, text).unwrap();
    }

    /// Has it read its settings again.
    pub fn reload(&self) {
        succeed(self.command("pg_ctl").args(["--silent", "reload"]));
    }

    /// Makes a standby a server of its own, and waits until it is.
    pub fn promote(&self) {
        succeed(
            self.command("pg_ctl")
                .args(["--silent", "--wait", "promote"]),
        );
    }

    /// Runs a script as its owner, with PostgreSQL's programs on the path and this server as theirs;
    /// gives what it printed.
    ///
    /// # Panics
    /// When it fails.
    pub fn shell(&self, script: &str) -> String {
        let mut command = self.as_owner("bash");
        let path = std::env::var("PATH").unwrap_or_default();
        let path = format!("{}:{path}", self.binaries.display());
        command.args(["-c", &format!("set -euo pipefail\n{script}")]);
        command.env("PATH", path).env("PGHOST", self.socket());
        command
            .env("PGUSER", "tradein")
            .env("PGDATABASE", "postgres");
        succeed(&mut command)
    }

    /// Asks it something; gives what `psql` prints of it.
    pub fn ask(&self, query: &str) -> String {
        let printed = self.shell(&format!("psql -XAtqc \"{query}\""));
        printed.trim().to_owned()
    }

    /// Waits until a question is answered so.
    pub fn until(&self, query: &str, answer: &str) {
        while self.ask(query) != answer {
            std::thread::yield_now();
        }
    }

    /// Starts it, and waits until it has recovered.
    pub fn start(&self) {
        let mut start = self.command("pg_ctl");
        start.arg("--log").arg(self.folder.join("data/server.log"));
        start.args(["--silent", "--wait", "start"]);
        // It wonders about what a killed server left; what matters stands in the log.
        start
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        assert!(start.status().unwrap().success(), "{}", self.log());
    }

    /// Ends it in an orderly way.
    pub fn stop(&self) {
        let mut stop = self.command("pg_ctl");
        succeed(stop.args(["--silent", "--wait", "--mode", "fast", "stop"]));
    }

    /// Ends it with all its processes at once (SIGKILL).
    pub fn kill(&self) {
        let first = fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let postmaster: u32 = first.lines().next().unwrap().parse().unwrap();
        // Stopped, it starts no more of them. Each has a process group of its own.
        signal("STOP", &[postmaster]);
        let mut all = children_of(postmaster);
        all.push(postmaster);
        signal("KILL", &all);
        while all.iter().any(|process| is_alive(*process)) {
            std::thread::yield_now();
        }
        // Until somebody has collected it, its number is taken, and the next one that starts would
        // think that it runs.
        for lock in ["data/postmaster.pid", ".s.PGSQL.5432.lock"] {
            fs::remove_file(self.folder.join(lock)).unwrap();
        }
    }

    /// As `TRADEIN_TEST_DATABASE_URL` would name it.
    pub fn url(&self) -> String {
        url_of(&self.socket())
    }

    /// The folder of its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.clone()
    }

    /// What it has written to its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.data().join("server.log")).unwrap_or_default()
    }

    /// Where its data lies.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// One of PostgreSQL's programs on this cluster, as its owner.
    fn command(&self, program: &str) -> Command {
        let mut command = self.as_owner(self.binaries.join(program));
        command.arg("--pgdata").arg(self.data());
        command
    }

    fn as_owner(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = match self.owner {
            Some(owner) => {
                let mut command = Command::new("runuser");
                command.args(["-u", owner, "--"]).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.current_dir("/");
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.held.take());
        let _ = self.keeper.wait();
    }
}

/// The URL of a server whose socket lies in `folder`.
pub fn url_of(folder: &Path) -> String {
    format!(
        "postgres:///postgres?host={}&user=tradein",
        folder.display()
    )
}

/// The newest folder with PostgreSQL's programs, found as `tests/run.sh` finds it.
fn binaries() -> PathBuf {
    let mut candidates = Vec::new();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let initdb = std::env::split_paths(&path)
        .map(|folder| folder.join("initdb"))
        .find(|program| program.exists());
    // The real place: initdb finds the other programs beside itself.
    candidates.extend(initdb.and_then(|p| Some(fs::canonicalize(p).ok()?.parent()?.to_owned())));
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        let folder = String::from_utf8_lossy(&output.stdout);
        candidates.push(PathBuf::from(folder.trim()));
    }
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            Some((version, path.join("bin")))
        })
        .collect();
    versions.sort();
    candidates.extend(versions.into_iter().rev().map(|(_, folder)| folder));
    let all = ["initdb", "pg_ctl", "postgres"];
    candidates
        .into_iter()
        .find(|folder| all.iter().all(|program| folder.join(program).exists()))
        .expect("PostgreSQL is not installed: `bash tests/run.sh` does it")
}

/// Who else runs the server where this is root.
fn owner() -> Option<&'static str> {
    let says = |program: &str, argument: &str| {
        let output = Command::new(program).arg(argument).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success().then_some(text)
    };
    let is_root = says("id", "-u").as_deref() == Some("0");
    let postgres = says("id", "postgres").is_some();
    is_root.then_some(if postgres { "postgres" } else { "nobody" })
}

fn succeed(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn signal(name: &str, processes: &[u32]) {
    let numbers: Vec<String> = processes.iter().map(u32::to_string).collect();
    let script = format!("kill -{name} {}", numbers.join(" "));
    let mut command = Command::new("sh");
    // One that is going by itself does not matter.
    let _ = command.args(["-c", &script]).stderr(Stdio::null()).status();
}

/// State and parent of a process.
fn state_of(process: u32) -> Option<(char, u32)> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name before may have blanks and brackets in it.
    let mut words = text.rsplit_once(')')?.1.split_whitespace();
    let state = words.next()?.chars().next()?;
    Some((state, words.next()?.parse().ok()?))
}

fn is_alive(process: u32) -> bool {
    state_of(process).is_some_and(|(state, _)| state != 'Z')
}

fn children_of(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let name = entry.ok()?.file_name();
        name.to_str()?.parse().ok()
    });
    processes
        .filter(|process| state_of(*process).is_some_and(|(_, of)| of == parent))
        .collect()
}
