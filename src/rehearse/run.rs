//! The load itself: workers with a connection each take the next claim, send it and note what came.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::Method;
use hyper::body::Bytes;
use hyper::header::HeaderValue;
use indicatif::ProgressBar;

use super::answer::{excerpt, read};
use super::client::{Answer, Call, Connection, NoAnswer, Target};
use super::generate::Generator;
use super::history::{Outcome, Record};
use super::plan::{Pace, Plan, RehearseError, Volume};
use super::report::Report;
use super::seller::Seller;
use super::tally::{Done, Tally};
use crate::clock;

/// What a closed loop with an end in time may send a second, for the size of the stock.
const FAST: u64 = 20_000;
/// An open loop's claim counts as late from here on; a timer alone may be off by a millisecond.
const LATE_NS: u64 = 2_000_000;

/// Runs a rehearsal to its end on a thread of its own, and moves `progress` along.
///
/// # Errors
/// [`RehearseError`] when it cannot begin. Once it has begun, whatever goes wrong is an outcome.
pub fn run(plan: &Plan, progress: &ProgressBar) -> Result<Report, RehearseError> {
    let begin = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|source| RehearseError::Io {
                what: "no runtime".to_owned(),
                source,
            })?;
        runtime.block_on(rehearse(plan, progress))
    };
    // A thread of its own, because the caller's may belong to a runtime already.
    std::thread::scope(|scope| match scope.spawn(begin).join() {
        Ok(report) => report,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}

/// What all workers share.
struct Shared {
    generator: Generator,
    sellers: Vec<Seller>,
    stock: Vec<Bytes>,
    next: AtomicU64,
    /// How many of the claims so far warm up.
    warming: AtomicU64,
    warm_up_ns: u64,
    volume: Volume,
    pace: Pace,
    attempts: u32,
    tally: Tally,
    progress: ProgressBar,
}

async fn rehearse(plan: &Plan, progress: &ProgressBar) -> Result<Report, RehearseError> {
    let targets = check(plan)?;
    let connection = |index: usize| {
        let target = targets.get(index % targets.len()).cloned();
        target.map(|target| Connection::new(target, plan.timeout))
    };
    let generator = Generator::new(plan.profile.clone(), plan.seed);
    let mut sellers = Vec::with_capacity(plan.dealers.len());
    let mut renewals = Vec::with_capacity(plan.dealers.len());
    for access in &plan.dealers {
        if let Some(mut first) = connection(0) {
            let (seller, renew_after) = Seller::sign_in(access, &generator, &mut first).await?;
            sellers.push(seller);
            renewals.push((renew_after, first));
        }
    }
    let mut connections: Vec<Connection> = (0..plan.connections).filter_map(connection).collect();
    for connection in &mut connections {
        let opened = connection.open().await;
        opened.map_err(|cause| RehearseError::Unreachable {
            url: connection.url().to_owned(),
            cause: cause.to_string(),
        })?;
    }
    let stock = stock(plan, &generator, &sellers);
    let warm_up_ns = u64::try_from(plan.warm_up.as_nanos()).unwrap_or(u64::MAX);
    let start = clock::monotonic_ns();
    let shared = Arc::new(Shared {
        stock,
        generator,
        sellers,
        next: AtomicU64::new(0),
        warming: AtomicU64::new(0),
        warm_up_ns,
        volume: plan.volume,
        pace: plan.pace,
        attempts: plan.attempts.max(1),
        tally: Tally::new(plan.keep_history, start + warm_up_ns),
        progress: progress.clone(),
    });
    let renewals: Vec<_> = renewals
        .into_iter()
        .enumerate()
        .map(|(index, (renew_after, connection))| {
            let shared = Arc::clone(&shared);
            tokio::spawn(async move {
                if let Some(seller) = shared.sellers.get(index) {
                    seller.renew(renew_after, connection).await;
                }
            })
        })
        .collect();
    let workers: Vec<_> = connections
        .into_iter()
        .map(|connection| tokio::spawn(work(Arc::clone(&shared), connection, start)))
        .collect();
    for worker in workers {
        if let Err(error) = worker.await {
            std::panic::resume_unwind(error.into_panic());
        }
    }
    for renewal in renewals {
        renewal.abort();
    }
    Ok(shared.tally.report(plan))
}

fn check(plan: &Plan) -> Result<Vec<Target>, RehearseError> {
    let empty = |what| Err(RehearseError::Empty(what));
    if plan.urls.is_empty() {
        return empty("no address");
    }
    if plan.dealers.is_empty() {
        return empty("no dealer");
    }
    if plan.connections == 0 {
        return empty("no connection");
    }
    if matches!(plan.pace, Pace::Open { rate } if !(rate.is_finite() && rate > 0.0)) {
        return empty("the rate must be above zero");
    }
    let counted = matches!(plan.volume, Volume::Claims(_)) && plan.warm_up.is_zero();
    if plan.pace == Pace::AtOnce && !counted {
        return empty("what is sent at once has a number and no warming up");
    }
    plan.urls.iter().map(|url| Target::parse(url)).collect()
}

fn stock(plan: &Plan, generator: &Generator, sellers: &[Seller]) -> Vec<Bytes> {
    let expected = match (plan.volume, plan.pace) {
        (Volume::Claims(claims), _) => claims,
        (Volume::Duration(time), Pace::Open { rate }) => (time.as_secs_f64() * rate) as u64,
        (Volume::Duration(time), _) => time.as_secs().saturating_mul(FAST),
    };
    (0..expected.min(plan.stock))
        .map(|index| body(generator, sellers, index))
        .collect()
}

/// Dealers take turns.
fn seller_of(sellers: &[Seller], index: u64) -> Option<&Seller> {
    sellers.get((index % (sellers.len() as u64).max(1)) as usize)
}

fn body(generator: &Generator, sellers: &[Seller], index: u64) -> Bytes {
    let uscc = seller_of(sellers, index).map_or("", |seller| &seller.uscc);
    Bytes::from(generator.body(index, uscc))
}

async fn work(shared: Arc<Shared>, mut connection: Connection, start: u64) {
    loop {
        let index = shared.next.fetch_add(1, Ordering::Relaxed);
        let Some(intended) = wait_for_turn(&shared, index, start).await else {
            return;
        };
        shared.file(index, intended, &mut connection).await;
    }
}

/// Waits until claim `index` is to be sent and gives that moment; `None` when all is sent.
async fn wait_for_turn(shared: &Shared, index: u64, start: u64) -> Option<u64> {
    let now = clock::monotonic_ns();
    let intended = match shared.pace {
        Pace::Closed => now,
        Pace::Open { rate } => start + (index as f64 * 1e9 / rate) as u64,
        Pace::AtOnce => start,
    };
    let since = intended - start;
    if since < shared.warm_up_ns {
        shared.warming.fetch_add(1, Ordering::Relaxed);
    } else {
        let over = match shared.volume {
            Volume::Claims(claims) => index - shared.warming.load(Ordering::Relaxed) >= claims,
            Volume::Duration(time) => u128::from(since - shared.warm_up_ns) >= time.as_nanos(),
        };
        if over {
            return None;
        }
    }
    if intended > now {
        tokio::time::sleep(Duration::from_nanos(intended - now)).await;
    } else if now - intended > LATE_NS && shared.pace != Pace::AtOnce {
        shared.tally.late();
    }
    Some(intended)
}

impl Shared {
    /// Sends a claim until it has a verdict or its attempts are used up, and notes what came.
    async fn file(&self, index: u64, intended: u64, connection: &mut Connection) {
        let key = self.generator.key(index);
        let sent_ns = clock::monotonic_ns();
        let mut attempt = 1;
        let answer = loop {
            let answer = self.send(index, &key, connection).await;
            match pause_before_retry(&answer, attempt) {
                Some(pause) if attempt < self.attempts => tokio::time::sleep(pause).await,
                _ => break answer,
            }
            attempt += 1;
        };
        let answered_ns = clock::monotonic_ns();
        let unreachable = matches!(answer, Err(NoAnswer::Connect(_)));
        let done = done(key, sent_ns, answered_ns, &answer);
        self.tally.note(done, intended);
        match self.volume {
            Volume::Claims(_) => self.progress.inc(1),
            Volume::Duration(_) => self
                .progress
                .set_position(self.progress.elapsed().as_secs()),
        }
        if unreachable {
            // A service that is gone would otherwise use up all claims in no time.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn send(
        &self,
        index: u64,
        key: &str,
        connection: &mut Connection,
    ) -> Result<Answer, NoAnswer> {
        let stocked = usize::try_from(index).ok().and_then(|i| self.stock.get(i));
        let body = stocked
            .cloned()
            .unwrap_or_else(|| body(&self.generator, &self.sellers, index));
        let authorization = seller_of(&self.sellers, index).map(Seller::authorization);
        let call = Call {
            method: Method::POST,
            path: "/v1/claims",
            content_type: "application/json",
            headers: &[
                (
                    "authorization",
                    authorization.unwrap_or_else(|| HeaderValue::from_static("")),
                ),
                (
                    "idempotency-key",
                    HeaderValue::from_str(key).map_err(NoAnswer::Request)?,
                ),
            ],
            body,
        };
        connection.send(&call).await
    }
}

/// How long to wait before the same claim is sent again; `None` when that brings nothing.
fn pause_before_retry(answer: &Result<Answer, NoAnswer>, attempt: u32) -> Option<Duration> {
    match answer {
        Ok(answer) => match read(answer).0 {
            Outcome::Overloaded | Outcome::RateLimited => {
                Some(Duration::from_secs(answer.retry_after.unwrap_or(1)))
            }
            _ => None,
        },
        Err(_) => Some(Duration::from_millis(50 << attempt.min(5))),
    }
}

fn done(key: String, sent_ns: u64, answered_ns: u64, answer: &Result<Answer, NoAnswer>) -> Done {
    let (status, outcome, verdict, failure) = match answer {
        Ok(answer) => {
            let (outcome, verdict) = read(answer);
            let failure = verdict
                .is_none()
                .then(|| format!("{} {}", answer.status.as_u16(), excerpt(&answer.body)));
            (Some(answer.status.as_u16()), outcome, verdict, failure)
        }
        Err(cause) => (None, Outcome::Failed, None, Some(cause.to_string())),
    };
    let record = Record {
        sent_ns,
        answered_ns,
        key,
        status,
        outcome,
        position: verdict.as_ref().and_then(|v| v.position),
        amount: verdict.as_ref().map(|v| v.amount.to_string()),
        number: verdict.as_ref().map(|v| v.number.to_string()),
    };
    Done {
        record,
        failure,
        told_when: matches!(answer, Ok(answer) if answer.retry_after.is_some()),
    }
}
