//! The service under callgrind, and the switch that makes it count.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::Fallible;
use crate::place::Place;

/// Says what to install where something is missing.
pub fn check_tools() -> Fallible<()> {
    for tool in ["valgrind", "callgrind_control"] {
        let mut command = Command::new(tool);
        let command = command.arg("--version").stdout(Stdio::null());
        if command.stderr(Stdio::null()).status().is_err() {
            return Err(format!("no {tool} here: apt-get install valgrind").into());
        }
    }
    Ok(())
}

/// A service that runs until it is dropped.
pub struct Service {
    child: Child,
    address: String,
    out: String,
}

impl Service {
    /// Starts it with one request thread. It does not count yet.
    pub fn start(place: &Place) -> Fallible<Self> {
        let out = place.path("callgrind.out");
        let mut command = place.command("valgrind");
        let mut child = command
            .args(["--tool=callgrind", "--instr-atstart=no", "--quiet"])
            .arg(format!("--callgrind-out-file={out}"))
            .args([env!("CARGO_BIN_EXE_tradein"), "serve"])
            .args(["--listen", "127.0.0.1:0"])
            .env("TRADEIN_WORKERS", "1")
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(place.path("stderr"))?)
            .spawn()?;
        let stdout = child.stdout.take().ok_or("no stdout")?;
        // Made before it is looked at, so that the child ends with it.
        let mut service = Self {
            child,
            address: String::new(),
            out,
        };
        for line in BufReader::new(stdout).lines() {
            if let Some(address) = line?.strip_prefix("listening on http://") {
                address.trim().clone_into(&mut service.address);
                return Ok(service);
            }
        }
        let said = std::fs::read_to_string(place.path("stderr"))?;
        Err(format!("the service does not start under valgrind: {said}").into())
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// From now on it counts, or no longer.
    pub fn count(&self, on: bool) -> Fallible<()> {
        let word = if on { "on" } else { "off" };
        let output = Command::new("callgrind_control")
            .args(["-i", word, &self.child.id().to_string()])
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        if output.status.success() && said.contains("OK") {
            return Ok(());
        }
        Err(format!("callgrind_control -i {word}: {said}").into())
    }

    /// Ends it; what was counted.
    pub fn stop(mut self) -> Fallible<String> {
        let kill = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()?;
        let ended = self.child.wait()?;
        if !kill.success() || !ended.success() {
            return Err(format!("the service ended by {ended}").into());
        }
        Ok(std::fs::read_to_string(&self.out)?)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}
