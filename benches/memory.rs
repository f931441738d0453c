//! Resident memory of this process over time. Linux only; elsewhere it reads as nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tradein::clock;

/// Looks at the memory until it is asked what it saw.
pub struct Watch {
    ended: Arc<AtomicBool>,
    thread: JoinHandle<Vec<(i64, f64)>>,
}

impl Watch {
    pub fn start() -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let asked = ended.clone();
        let thread = std::thread::spawn(move || {
            let mut seen = Vec::new();
            while !asked.load(Ordering::Relaxed) {
                seen.push((clock::now().0, resident_mb()));
                std::thread::sleep(Duration::from_millis(100));
            }
            seen
        });
        Self { ended, thread }
    }

    /// Megabytes at the beginning, in the middle and at the end of this time, in microseconds of
    /// the system's clock; the beginning is a tenth in, when there is something to do.
    pub fn stop(self, (from, to): (i64, i64)) -> [f64; 3] {
        self.ended.store(true, Ordering::Relaxed);
        let seen = self.thread.join().unwrap_or_default();
        [0.1, 0.5, 1.0].map(|share| {
            let at = from + ((to - from) as f64 * share) as i64;
            let nearest = seen.iter().min_by_key(|(when, _)| when.abs_diff(at));
            nearest.map_or(0.0, |(_, mb)| *mb)
        })
    }
}

fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kb.unwrap_or(0.0) / 1024.0
}
