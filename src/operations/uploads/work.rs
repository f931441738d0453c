//! Filing the lines of an upload: a few at a time, and only while there is room for everybody.
//!
//! Each line has an idempotency key that follows from the dealer, from what it says and from its
//! number. So whatever is cut off, by a crash or by another instance that takes the upload over, is
//! done once.

use std::time::Duration;

use aws_lc_rs::digest;
use futures_util::future::join_all;
use serde::Deserialize;

use super::{Message, form_of, opened};
use crate::admission::Room;
use crate::clock;
use crate::domain::claim::ClaimState;
use crate::domain::claim_form::ClaimForm;
use crate::domain::defect::Defect;
use crate::domain::ids::{ClaimId, ClientId, DealerId};
use crate::domain::intake::{IntakeError, read_claim};
use crate::domain::text::Lang;
use crate::domain::time::Timestamp;
use crate::journal::canonical::hex;
use crate::operations::submit::{self, SubmitError};
use crate::operations::{DealerCaller, Engine};
use crate::storage::uploads::{self as rows, LineRow, LineState, Settled, UploadRow};
use crate::storage::{StorageError, dialect};

/// Lines of one upload that are on their way at once.
const AT_ONCE: i64 = 4;
/// An upload at which nobody has worked for so long is left behind, in microseconds: half a minute.
const STALE: i64 = 30_000_000;
/// How long one waits at most before it beats again, while the queues are full.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How long one waits where nobody says how long.
const WAIT: Duration = Duration::from_secs(1);

/// The upload that `worker` should do next; `None` when there is none.
///
/// # Errors
/// The database's.
pub async fn take(engine: &Engine, worker: uuid::Uuid) -> Result<Option<UploadRow>, StorageError> {
    engine
        .write_db_in_background(move |conn| {
            // Compare and set, without a transaction: most looks find nothing.
            let now = dialect::now(conn)?;
            rows::take(conn, worker, now, Timestamp(now.0 - STALE))
        })
        .await
}

/// Files the lines of an upload until none waits, or until another worker has it.
///
/// # Errors
/// The database's; another worker goes on where this one ended.
pub async fn run(
    engine: &Engine,
    worker: uuid::Uuid,
    upload: UploadRow,
) -> Result<(), StorageError> {
    let caller = DealerCaller {
        dealer: upload.dealer,
        // Keys of lines belong to the dealer, whoever of its people uploads the file.
        client: ClientId(upload.dealer.0),
    };
    loop {
        let id = upload.id;
        let read = engine.write_db_in_background(move |conn| -> Result<_, StorageError> {
            let now = dialect::now(conn)?;
            if !rows::beat(conn, id, worker, now)? {
                return Ok(Vec::new());
            }
            rows::waiting(conn, id, AT_ONCE)
        });
        let waiting = read.await?;
        if waiting.is_empty() {
            return Ok(());
        }
        if !matches!(submit::glance(engine, &caller), Ok(Room::Ample)) {
            // Who stands at a counter goes first.
            tokio::time::sleep(WAIT).await;
            continue;
        }
        let Some(form) = form_of(engine, upload.dealer, &upload.programme) else {
            return Err(StorageError::Corrupt("the programme of an upload".into()));
        };
        let each = waiting
            .iter()
            .map(|line| file(engine, &caller, &form, &upload, line));
        let mut settled = Vec::new();
        let mut pause = None;
        for outcome in join_all(each).await {
            match outcome {
                Ok(line) => settled.push(line),
                Err(wait) => pause = pause.max(Some(wait)),
            }
        }
        let write = engine.write_db_in_background(move |conn| {
            conn.write(|conn| -> Result<(), StorageError> {
                let now = dialect::now(conn)?;
                rows::settle(conn, id, &settled, now)
            })
        });
        write.await?;
        if let Some(pause) = pause {
            tokio::time::sleep(pause.min(LONGEST_WAIT)).await;
        }
    }
}

/// Files one line, or says how long it waits before it is tried again.
async fn file(
    engine: &Engine,
    caller: &DealerCaller,
    form: &ClaimForm,
    upload: &UploadRow,
    line: &LineRow,
) -> Result<Settled, Duration> {
    let number = line.line;
    let defective = |messages: Vec<Message>| Settled {
        line: number,
        state: LineState::Defective,
        claim: None,
        messages: serde_json::to_string(&messages).ok(),
    };
    let malformed = |defects: Vec<Defect>| defective(messages_of(defects));
    let document = match opened(engine, upload.id, line) {
        Ok(typed) => form.document(&typed),
        Err(error) => {
            tracing::error!(%error, "a line of an upload does not open");
            return Ok(defective(Vec::new()));
        }
    };
    let intake = match read_claim(&document, clock::now().beijing_day()) {
        Ok(intake) => intake,
        Err(IntakeError::Malformed(defects)) => return Ok(malformed(defects)),
        Err(IntakeError::Unreadable(_)) => return Ok(defective(Vec::new())),
    };
    let key = key(upload.dealer, number, &document);
    match submit::submit(engine, caller, &key, intake, Lang::Zh).await {
        Ok(answer) => answered(number, &answer).ok_or(WAIT),
        Err(SubmitError::Malformed(defects)) => Ok(malformed(defects)),
        Err(
            SubmitError::Overloaded {
                retry_after_seconds,
            }
            | SubmitError::DealerRate {
                retry_after_seconds,
            },
        ) => Err(Duration::from_secs(u64::from(retry_after_seconds))),
        Err(SubmitError::KeyReused | SubmitError::Unavailable | SubmitError::Broken) => Err(WAIT),
    }
}

fn messages_of(defects: Vec<Defect>) -> Vec<Message> {
    let message = |defect: Defect| Message {
        field: defect.field,
        code: defect.code.as_str().to_owned(),
    };
    defects.into_iter().map(message).collect()
}

/// What a verdict makes of a line.
fn answered(line: i64, answer: &[u8]) -> Option<Settled> {
    #[derive(Deserialize)]
    struct Verdict {
        id: ClaimId,
        state: ClaimState,
        reasons: Vec<Message>,
    }
    let verdict: Verdict = serde_json::from_slice(answer).ok()?;
    let refused = verdict.state == ClaimState::Refused;
    Some(Settled {
        line,
        state: if refused {
            LineState::Refused
        } else {
            LineState::Filed
        },
        claim: Some(verdict.id),
        messages: refused
            .then(|| serde_json::to_string(&verdict.reasons).ok())
            .flatten(),
    })
}

/// The idempotency key of a line.
fn key(dealer: DealerId, line: i64, document: &[u8]) -> String {
    let content = digest::digest(&digest::SHA256, document);
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"tradein.upload.line.v1\n");
    context.update(dealer.0.as_bytes());
    context.update(&line.to_be_bytes());
    context.update(content.as_ref());
    format!("upload-{}", hex(context.finish().as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_follows_from_dealer_line_and_content() {
        let dealer = DealerId(uuid::Uuid::from_u128(1));
        let same = key(dealer, 2, b"x");
        assert_eq!(same, key(dealer, 2, b"x"));
        assert!(same.len() <= 128 && same.bytes().all(|b| b.is_ascii_graphic()));
        assert_ne!(same, key(dealer, 3, b"x"));
        assert_ne!(same, key(dealer, 2, b"y"));
        assert_ne!(same, key(DealerId(uuid::Uuid::from_u128(2)), 2, b"x"));
    }

    #[test]
    fn a_verdict_settles_a_line() {
        let answer = br#"{"id":"0199a7b0-1111-7222-8333-444455556666","state":"refused",
            "reasons":[{"code":"seller_mismatch","field":"/invoice/seller_uscc","message":"x"}]}"#;
        let settled = answered(7, answer).unwrap();
        assert_eq!((settled.line, settled.state), (7, LineState::Refused));
        let messages = settled.messages.unwrap();
        assert_eq!(
            messages,
            r#"[{"field":"/invoice/seller_uscc","code":"seller_mismatch"}]"#
        );
        assert!(answered(7, b"{}").is_none());
    }
}
