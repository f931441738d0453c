//! Readers beside a load: the same questions again and again, at a steady rate whatever the
//! service does, on connections of their own.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use hyper::Method;
use hyper::body::Bytes;
use hyper::header::HeaderValue;
use serde::{Deserialize, Serialize};

use super::client::{Call, Connection, Target};
use super::plan::RehearseError;
use super::tally::{latencies, milliseconds};
use crate::clock;

/// Connections of a reader: as many answers may be outstanding.
const CONNECTIONS: u64 = 32;
const PATIENCE: Duration = Duration::from_secs(60);

/// What a reader asks. With a body it is a POST, without one a GET.
#[derive(Debug, Clone)]
pub struct Question {
    /// Path and query.
    pub path: String,
    /// JSON.
    pub body: Option<String>,
    /// Whose address a proxy would name; limits on addresses count by it.
    pub from: Option<String>,
}

/// What a reader saw.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Reading {
    /// Questions asked.
    pub asked: u64,
    /// Those without an answer, or with another one than 200.
    pub failed: u64,
    /// Half of the answers came within this time of the moment at which their question was due.
    pub p50_ms: f64,
    /// Ninety-nine in a hundred.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
}

struct Shared {
    questions: Vec<Question>,
    rate: f64,
    next: AtomicU64,
    ended: Arc<AtomicBool>,
    seen: Mutex<(Histogram<u64>, u64)>,
}

/// Asks `questions` in turn, `rate` of them a second, until `ended`. Blocks; the thread should be
/// another one than that of a load, so that its work delays no reading.
///
/// # Errors
/// [`RehearseError`] when it cannot begin.
pub fn read_on(
    url: &str,
    questions: Vec<Question>,
    rate: f64,
    ended: Arc<AtomicBool>,
) -> Result<Reading, RehearseError> {
    if questions.is_empty() || !(rate.is_finite() && rate > 0.0) {
        return Err(RehearseError::Empty("no questions"));
    }
    let target = Target::parse(url)?;
    let shared = Arc::new(Shared {
        questions,
        rate,
        next: AtomicU64::new(0),
        ended,
        seen: Mutex::new((latencies(), 0)),
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| RehearseError::Io {
            what: "no runtime".to_owned(),
            source,
        })?;
    let start = clock::monotonic_ns();
    runtime.block_on(async {
        let workers: Vec<_> = (0..CONNECTIONS)
            .map(|_| Connection::new(target.clone(), PATIENCE))
            .map(|connection| tokio::spawn(work(Arc::clone(&shared), connection, start)))
            .collect();
        for worker in workers {
            if let Err(error) = worker.await {
                std::panic::resume_unwind(error.into_panic());
            }
        }
    });
    let (latency_ns, failed) = &*shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
    let quantile = |q| milliseconds(latency_ns.value_at_quantile(q));
    Ok(Reading {
        asked: latency_ns.len() + failed,
        failed: *failed,
        p50_ms: quantile(0.5),
        p99_ms: quantile(0.99),
        max_ms: milliseconds(latency_ns.max()),
    })
}

async fn work(shared: Arc<Shared>, mut connection: Connection, start: u64) {
    loop {
        let index = shared.next.fetch_add(1, Ordering::Relaxed);
        let due = start + (index as f64 * 1e9 / shared.rate) as u64;
        if let Some(early) = due.checked_sub(clock::monotonic_ns()) {
            tokio::time::sleep(Duration::from_nanos(early)).await;
        }
        let question = usize::try_from(index).ok().and_then(|index| {
            let count = shared.questions.len();
            shared.questions.get(index % count)
        });
        let Some(question) = question.filter(|_| !shared.ended.load(Ordering::Relaxed)) else {
            return;
        };
        let good = ask(question, &mut connection).await;
        let took = clock::monotonic_ns().saturating_sub(due);
        let mut seen = shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if good {
            seen.0.saturating_record(took);
        } else {
            seen.1 += 1;
        }
    }
}

async fn ask(question: &Question, connection: &mut Connection) -> bool {
    let from = question.from.as_deref().map(HeaderValue::from_str);
    let Ok(from) = from.transpose() else {
        return false;
    };
    let headers: Vec<_> = from
        .map(|from| ("x-forwarded-for", from))
        .into_iter()
        .collect();
    let body = question.body.clone();
    let call = Call {
        method: if body.is_some() {
            Method::POST
        } else {
            Method::GET
        },
        path: &question.path,
        content_type: "application/json",
        headers: &headers,
        body: body.map(Bytes::from).unwrap_or_default(),
    };
    matches!(connection.send(&call).await, Ok(answer) if answer.status == hyper::StatusCode::OK)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    use super::*;

    /// Answers 200 to a POST that names an address, 404 to anything else, after a while.
    fn answer(mut stream: TcpStream) -> Option<()> {
        let mut bytes = [0; 4_096];
        loop {
            let length = stream.read(&mut bytes).ok().filter(|n| *n > 0)?;
            let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
            std::thread::sleep(Duration::from_millis(20));
            let good = text.starts_with("POST /ask ")
                && text.contains("x-forwarded-for: 198.18.0.1\r\n")
                && text.ends_with("{\"a\":1}");
            let status = if good { "200 OK" } else { "404 Not Found" };
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(head.as_bytes()).ok()?;
        }
    }

    #[test]
    fn questions_take_turns_and_what_is_not_answered_well_is_counted() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                std::thread::spawn(move || answer(stream.unwrap()));
            }
        });
        let question = |body: Option<&str>| Question {
            path: "/ask".to_owned(),
            body: body.map(str::to_owned),
            from: body.map(|_| "198.18.0.1".to_owned()),
        };
        let ended = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&ended);
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(500));
            end.store(true, Ordering::Relaxed);
        });
        let questions = vec![question(Some("{\"a\":1}")), question(None)];
        let seen = read_on(&url, questions, 200.0, ended).unwrap();
        assert!(seen.asked >= 20, "{seen:?}");
        assert!(seen.failed.abs_diff(seen.asked / 2) <= 1, "{seen:?}");
        assert!(seen.p50_ms >= 20.0, "{seen:?}");
        let nothing = read_on(&url, Vec::new(), 1.0, Arc::default());
        assert!(matches!(nothing, Err(RehearseError::Empty(_))));
    }
}
