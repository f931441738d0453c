//! The real program: commands that end, and a service that runs until it is dropped.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::database::TestDatabase;
use super::http::Client;

/// Of the settings: a file in which every rule of screening is off, for tests that file, or date, as
/// no honest dealer would.
pub const NO_SCREENING: (&str, &str) = (
    "TRADEIN_SCREENING",
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/no_screening.toml"),
);

/// Against a program that never starts; no test measures time.
const PATIENCE: Duration = Duration::from_secs(120);

/// What `dealer add` and `staff add --api` print.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// `client_id`
    pub client_id: String,
    /// `client_secret`
    pub client_secret: String,
}

impl TestDatabase {
    /// The program with the surroundings of this database: data folder, keys, `--database`.
    /// Nothing of the caller's own settings reaches it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare_command();
        if let Some(keys) = self.keys_file() {
            if !keys.exists() {
                let mut make = self.bare_command();
                make.args(["keys", "new", "--out"]).arg(&keys);
                finish(make);
            }
            command.env("TRADEIN_KEYS_FILE", keys);
        }
        command.env("TRADEIN_DATABASE_URL", self.url());
        command.args(arguments);
        command
    }

    fn bare_command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tradein"));
        command.current_dir(env!("CARGO_MANIFEST_DIR"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TRADEIN_") {
                command.env_remove(name);
            }
        }
        command.env("TRADEIN_DATA_DIR", self.data_dir());
        command.stdin(Stdio::null());
        command
    }

    /// Runs a command that must succeed and gives what it printed.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = finish(self.command(arguments));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that may fail.
    pub fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command that must succeed and print JSON.
    pub fn run_json(&self, arguments: &[&str]) -> Value {
        let text = self.run(arguments);
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {text}"))
    }

    /// Loads shipped packs.
    pub fn load_programmes(&self, ids: &[&str]) {
        let files: Vec<String> = ids
            .iter()
            .map(|id| format!("config/programmes/{id}.toml"))
            .collect();
        let mut arguments = vec!["programme", "load"];
        arguments.extend(files.iter().map(String::as_str));
        self.run(&arguments);
    }

    /// Opens a pool.
    pub fn create_pool(&self, name: &str, cap_yuan: &str, programmes: &[&str]) {
        let mut arguments = vec!["pool", "create", name, "--cap", cap_yuan];
        for id in programmes {
            arguments.extend(["--programme", id]);
        }
        self.run(&arguments);
    }

    /// Admits a dealer.
    pub fn add_dealer(&self, uscc: &str, name: &str, programmes: &[&str]) -> Credentials {
        let mut arguments = vec!["dealer", "add", "--uscc", uscc, "--name", name, "--json"];
        for id in programmes {
            arguments.extend(["--programme", id]);
        }
        credentials(&self.run_json(&arguments))
    }

    /// Creates a bureau user with API credentials.
    pub fn add_staff(&self, login: &str, role: &str) -> Credentials {
        let arguments = [
            "staff", "add", "--login", login, "--role", role, "--api", "--json",
        ];
        credentials(&self.run_json(&arguments))
    }

    /// Starts the service on a free port.
    pub fn serve(&self) -> Server {
        self.serve_with(|_| {})
    }

    /// Starts the service with more arguments or settings.
    pub fn serve_with(&self, change: impl FnOnce(&mut Command)) -> Server {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        change(&mut command);
        Server::start(command)
    }
}

fn credentials(answer: &Value) -> Credentials {
    let field = |name: &str| {
        let text = answer[name].as_str();
        text.unwrap_or_else(|| panic!("no {name} in {answer}"))
            .to_owned()
    };
    Credentials {
        client_id: field("client_id"),
        client_secret: field("client_secret"),
    }
}

fn finish(mut command: Command) -> Output {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}\n{}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    output
}

/// A running service; dropping it kills it.
#[derive(Debug)]
pub struct Server {
    child: Child,
    url: String,
    stderr: Arc<Mutex<String>>,
}

impl Server {
    /// Starts `command` and waits for its `listening on http://…` line.
    ///
    /// # Panics
    /// With what it wrote to standard error, when it ends before or says nothing.
    pub fn start(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = Arc::new(Mutex::new(String::new()));
        collect(child.stderr.take().unwrap(), Arc::clone(&stderr));
        let url = listening(child.stdout.take().unwrap()).recv_timeout(PATIENCE);
        // Made before the check, so that the child ends with it.
        let mut server = Self {
            child,
            url: String::new(),
            stderr,
        };
        match url {
            Ok(url) => server.url = url,
            Err(_) => {
                let status = server.kill();
                panic!(
                    "{command:?} does not listen ({status})\n{}",
                    server.stderr()
                );
            }
        }
        server
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A client without a token.
    pub fn client(&self) -> Client {
        Client::new(&self.url)
    }

    /// A client with a token for these credentials.
    pub fn client_of(&self, credentials: &Credentials) -> Client {
        let mut client = self.client();
        let token = client.token(&credentials.client_id, &credentials.client_secret);
        client.with_token(&token)
    }

    /// What it has written to standard error so far.
    pub fn stderr(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end (SIGTERM) without waiting.
    pub fn terminate(&self) {
        let script = format!("kill -TERM {}", self.child.id());
        let status = Command::new("sh").args(["-c", &script]).status().unwrap();
        assert!(status.success(), "kill: {status}");
    }

    /// Asks it to end and waits until it has.
    pub fn stop(&mut self) -> ExitStatus {
        self.terminate();
        self.child.wait().unwrap()
    }

    /// Ends it at once (SIGKILL), as a power cut would.
    pub fn kill(&mut self) -> ExitStatus {
        // It may have ended by itself.
        let _ = self.child.kill();
        self.child.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads standard output to its end and hands over the address; the channel closes without one
/// when the program ends before.
fn listening(stdout: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut sender = Some(sender);
        for line in BufReader::new(stdout).lines() {
            let Ok(line) = line else { return };
            let address = line.strip_prefix("listening on ").map(str::trim);
            if let (Some(url), Some(sender)) = (address, sender.take_if(|_| address.is_some())) {
                // Nobody waits any more when the test has failed meanwhile.
                let _ = sender.send(url.to_owned());
            }
        }
    });
    receiver
}

fn collect(from: impl Read + Send + 'static, into: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            let Ok(line) = line else { return };
            let mut text = into.lock().unwrap();
            text.push_str(&line);
            text.push('\n');
        }
    });
}
