//! One entry of a pool's journal: its canonical bytes, its hash, its public line.

use std::fmt;

use aws_lc_rs::digest;
use serde::Deserialize;

use super::canonical::{MAX_INTEGER, ObjectWriter, parse_hex32};
use crate::domain::claim::Bucket;
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;

const ENTRY_PREFIX: &str = "tradein.journal.v1\n";
const CLAIM_PREFIX: &str = "tradein.claim.v1\n";
const PRIVATE_PREFIX: &str = "tradein.private.v1\n";
/// An entry's object with the longest usual pool name fits without growing.
const USUAL_BYTES: usize = 640;

/// The `prev` of a pool's first entry.
pub const GENESIS: [u8; 32] = [0; 32];

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $word:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$item_doc])* $item,)*
        }

        impl $name {
            /// Every one.
            pub const ALL: &'static [$name] = &[$($name::$item),*];

            /// The word in the journal and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$item => $word),* }
            }

            /// The one that `text` names.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($word => Some($name::$item),)* _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// What an entry records.
    EntryKind {
        /// The pool opens with its first money: funding to free. `detail` is the remainder rule.
        Opened = "opened";
        /// More money: funding to free.
        ToppedUp = "topped_up";
        /// Money for another pool: free to funding.
        TransferredOut = "transferred_out";
        /// Money from another pool: funding to free.
        TransferredIn = "transferred_in";
        /// Money is set aside for won appeals: free to reserved.
        SetAside = "set_aside";
        /// Money that was set aside is given back: reserved to free.
        AsideReleased = "aside_released";
        /// A stage of the pool is stopped; `detail` names it: `intake`, `allocation`, `payout`.
        Frozen = "frozen";
        /// A stage goes on; `detail` names it.
        Resumed = "resumed";
        /// A payout batch is sealed; `detail` stands for its file, the amount what it pays.
        BatchSealed = "batch_sealed";
        /// A payout batch is released to the bank; `detail` as above.
        BatchReleased = "batch_released";
        /// A sealed payout batch is discarded, so nothing of it is sent; `detail` as above.
        BatchDiscarded = "batch_discarded";
        /// The seed of a sample is committed to; `detail` is its hash.
        SampleCommitted = "sample_committed";
        /// A sample is drawn; `detail` is the hash of what it was drawn from.
        SampleDrawn = "sample_drawn";
        /// The seed is revealed; `detail` is the seed.
        SampleRevealed = "sample_revealed";
        /// A claim is accepted and its money held: free to reserved.
        Reserved = "reserved";
        /// A claim is accepted into the line; the amount is what it asks for.
        Waiting = "waiting";
        /// A claim is accepted; its place is given when its papers are complete.
        Filed = "filed";
        /// A claim is refused.
        Refused = "refused";
        /// Money came to a waiting claim: free to reserved.
        Promoted = "promoted";
        /// A filed claim gets its place; `detail` is its state now.
        Placed = "placed";
        /// A paper came; `detail` is the claim's state now.
        Paper = "paper";
        /// The final invoice came; `detail` is the claim's state now, the amount what is given
        /// back: reserved to free.
        Invoiced = "invoiced";
        /// A reviewer took up a claim that needs no papers.
        ReviewBegun = "review_begun";
        /// A reviewer found a claim good.
        Recommended = "recommended";
        /// A claim is given back for correction.
        Returned = "returned";
        /// A claim is corrected; the amount is what is given back: reserved to free.
        Corrected = "corrected";
        /// A reviewer wants to reject a claim.
        RejectionProposed = "rejection_proposed";
        /// A claim is rejected: reserved to free.
        Rejected = "rejected";
        /// A second person sent a claim back to review.
        Reopened = "reopened";
        /// A second person approved: reserved to committed.
        Approved = "approved";
        /// A deadline passed: reserved to free, or nothing.
        Lapsed = "lapsed";
        /// A claim is taken back: reserved to free, or nothing when it held none.
        Withdrawn = "withdrawn";
        /// A withdrawal is taken back; `detail` is the claim's state now.
        WithdrawalUndone = "withdrawal_undone";
        /// The bureau ended a claim: its money to free.
        Voided = "voided";
        /// The goods went back before payment: the claim's money to free. `detail` says whether
        /// the person's place is `place_restored` or `place_used`.
        GoodsReturned = "goods_returned";
        /// A claim goes into a payout batch.
        Paying = "paying";
        /// The bank paid: committed to paid.
        Paid = "paid";
        /// A payment is not sent, because its batch was discarded: nothing moves.
        PaymentDiscarded = "payment_discarded";
        /// The bank sent a payment back: nothing, or paid to committed when it was paid before.
        PaymentReturned = "payment_returned";
        /// A paid claim must be paid back; `detail` says why: `register`; the goods went back with
        /// `place_restored` or `place_used`; its invoice was voided with `invoice_voided` or
        /// `invoice_voided_place_used`.
        ClawbackRaised = "clawback_raised";
        /// Some of it was paid back: paid to free.
        ClawbackSettled = "clawback_settled";
        /// A refusal is contested.
        Appealed = "appealed";
        /// An appeal was right; the amount comes from what was set aside.
        AppealWon = "appeal_won";
        /// An appeal was wrong.
        AppealLost = "appeal_lost";
        /// Something about a claim needs a look; nothing moves.
        Flagged = "flagged";
        /// Somebody looked; nothing moves.
        FlagCleared = "flag_cleared";
    }
}

impl EntryKind {
    /// Whether the entry brings a claim into the journal.
    pub const fn is_submission(self) -> bool {
        matches!(
            self,
            EntryKind::Reserved | EntryKind::Waiting | EntryKind::Filed | EntryKind::Refused
        )
    }

    /// Whether the entry is about the pool and no claim.
    pub const fn is_about_pool(self) -> bool {
        matches!(
            self,
            EntryKind::Opened
                | EntryKind::ToppedUp
                | EntryKind::TransferredOut
                | EntryKind::TransferredIn
                | EntryKind::SetAside
                | EntryKind::AsideReleased
                | EntryKind::Frozen
                | EntryKind::Resumed
                | EntryKind::BatchSealed
                | EntryKind::BatchReleased
                | EntryKind::BatchDiscarded
                | EntryKind::SampleCommitted
                | EntryKind::SampleDrawn
                | EntryKind::SampleRevealed
        )
    }
}

words! {
    /// Who caused an entry.
    EntryActor {
        /// A dealer.
        Dealer = "dealer";
        /// A user of the bureau.
        Staff = "staff";
        /// Whoever runs the service, at its command line.
        Operator = "operator";
        /// The engine itself.
        System = "system";
    }
}

/// One entry, without its own hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The pool's name.
    pub pool: String,
    /// 1, 2, 3 … in the pool.
    pub seq: i64,
    /// When it was admitted.
    pub at: Timestamp,
    /// What happened.
    pub kind: EntryKind,
    /// Who caused it.
    pub actor: EntryActor,
    /// A small public word, where the kind has one: the remainder rule (`strict` or `fit`) of
    /// an opened pool, or the state that a claim is in now.
    pub detail: Option<String>,
    /// The commitment to the claim's number, see [`claim_commitment`].
    pub claim: Option<[u8; 32]>,
    /// The place among the accepted claims of the pool: 1, 2, 3 ….
    pub position: Option<i64>,
    /// The amount moved, or asked for while waiting.
    pub amount: Fen,
    /// From where to where the amount moved, if it moved.
    pub moved: Option<(Bucket, Bucket)>,
    /// The commitment to the private record, see [`private_commitment`].
    pub private: [u8; 32],
    /// The hash of the entry before; [`GENESIS`] for the first.
    pub prev: [u8; 32],
}

impl Entry {
    /// SHA-256 over `"tradein.journal.v1\n"` and the canonical public object.
    pub fn hash(&self) -> [u8; 32] {
        sha256(&[self.object(ENTRY_PREFIX, None).as_bytes()])
    }

    /// The public line: the canonical object with its `hash`, no line end.
    pub fn line(&self, hash: &[u8; 32]) -> String {
        self.object("", Some(hash))
    }

    fn object(&self, prefix: &str, hash: Option<&[u8; 32]>) -> String {
        let mut out = ObjectWriter::new(prefix, USUAL_BYTES);
        out.text("actor", self.actor.as_str());
        out.text("amount", &self.amount.to_string());
        out.text("at", &self.at.to_rfc3339_micros());
        match &self.claim {
            Some(claim) => out.hex("claim", claim),
            None => out.null("claim"),
        }
        out.optional_text("detail", self.detail.as_deref());
        out.optional_text("from", self.moved.map(|(from, _)| from.as_str()));
        if let Some(hash) = hash {
            out.hex("hash", hash);
        }
        out.text("kind", self.kind.as_str());
        out.text("pool", &self.pool);
        out.optional_integer("position", self.position);
        out.hex("prev", &self.prev);
        out.hex("private", &self.private);
        out.integer("seq", self.seq);
        out.optional_text("to", self.moved.map(|(_, to)| to.as_str()));
        out.integer("v", 1);
        out.finish()
    }

    /// Reads a public line and the hash it states, without checking the hash.
    ///
    /// # Errors
    /// [`LineError`] unless `line` is, byte for byte, what [`Entry::line`] writes.
    pub fn parse_line(line: &str) -> Result<(Self, [u8; 32]), LineError> {
        let raw: RawEntry = serde_json::from_str(line).map_err(|_| LineError::Malformed)?;
        let (entry, hash) = raw.typed().ok_or(LineError::Malformed)?;
        if entry.line(&hash) != line {
            return Err(LineError::NotCanonical);
        }
        Ok((entry, hash))
    }
}

/// Why a line is not a journal entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Not an entry: a field is missing, unknown or of another form.
    #[error("the line is not a journal entry")]
    Malformed,
    /// An entry, but not written in the one canonical way.
    #[error("the line is not in canonical form")]
    NotCanonical,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry<'a> {
    #[serde(borrow)]
    actor: &'a str,
    amount: &'a str,
    at: &'a str,
    claim: Option<&'a str>,
    detail: Option<String>,
    from: Option<Bucket>,
    hash: &'a str,
    kind: &'a str,
    pool: String,
    position: Option<i64>,
    prev: &'a str,
    private: &'a str,
    seq: i64,
    to: Option<Bucket>,
    v: u8,
}

impl RawEntry<'_> {
    fn typed(self) -> Option<(Entry, [u8; 32])> {
        let exact = |value: i64| (0..=MAX_INTEGER).contains(&value);
        if self.v != 1 || !exact(self.seq) || !self.position.is_none_or(exact) {
            return None;
        }
        let entry = Entry {
            pool: self.pool,
            seq: self.seq,
            at: Timestamp::parse_rfc3339(self.at)?,
            kind: EntryKind::parse(self.kind)?,
            actor: EntryActor::parse(self.actor)?,
            detail: self.detail,
            claim: match self.claim {
                Some(text) => Some(parse_hex32(text)?),
                None => None,
            },
            position: self.position,
            amount: Fen::parse_yuan(self.amount).ok()?,
            moved: match (self.from, self.to) {
                (Some(from), Some(to)) => Some((from, to)),
                (None, None) => None,
                _ => return None,
            },
            private: parse_hex32(self.private)?,
            prev: parse_hex32(self.prev)?,
        };
        Some((entry, parse_hex32(self.hash)?))
    }
}

/// What stands for a claim in public: SHA-256 over `"tradein.claim.v1\n"`, the claim's nonce
/// and its number. Only who holds the receipt, which carries the nonce, can connect the two.
pub fn claim_commitment(nonce: &[u8; 16], number: &str) -> [u8; 32] {
    sha256(&[CLAIM_PREFIX.as_bytes(), nonce, number.as_bytes()])
}

/// What stands for an entry's private record in public: SHA-256 over `"tradein.private.v1\n"`,
/// a nonce and the record's canonical JSON.
pub fn private_commitment(nonce: &[u8; 16], record_jcs: &str) -> [u8; 32] {
    sha256(&[PRIVATE_PREFIX.as_bytes(), nonce, record_jcs.as_bytes()])
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            pool: "jiyuan-2025".to_owned(),
            seq: 1,
            at: Timestamp(1_741_150_800_000_000),
            kind: EntryKind::Opened,
            actor: EntryActor::Operator,
            detail: Some("strict".to_owned()),
            claim: None,
            position: None,
            amount: Fen::from_yuan(14_000),
            moved: Some((Bucket::Funding, Bucket::Free)),
            private: [1; 32],
            prev: GENESIS,
        }
    }

    #[test]
    fn a_line_comes_back() {
        let entry = entry();
        let hash = entry.hash();
        let line = entry.line(&hash);
        assert_eq!(Entry::parse_line(&line), Ok((entry, hash)));
    }

    #[test]
    fn another_spelling_of_the_same_entry_is_not_taken() {
        let line = entry().line(&entry().hash());
        for (from, to) in [
            ("14000.00", "14000.0"),
            ("05:00:00.000000Z", "05:00:00.000000+00:00"),
            ("\"v\":1", "\"v\": 1"),
            ("\"claim\":null,", ""),
            ("jiyuan", "j\\u0069yuan"),
        ] {
            let changed = line.replace(from, to);
            assert_ne!(changed, line, "{from} is in {line}");
            assert_eq!(
                Entry::parse_line(&changed),
                Err(LineError::NotCanonical),
                "{changed}"
            );
        }
        for changed in [
            line.replace("\"v\":1", "\"v\":2"),
            line.replace("\"v\":1", "\"v\":1,\"w\":1"),
            line.replace("\"to\":\"free\"", "\"to\":null"),
            line.replace("operator", "nobody"),
            line.replace("\"seq\":1", "\"seq\":9007199254740992"),
            line.replace("\"seq\":1", "\"seq\":1.0"),
            line.replace("\"v\":1", "\"v\":1,\"v\":1"),
            format!("{line}{line}"),
        ] {
            assert_eq!(
                Entry::parse_line(&changed),
                Err(LineError::Malformed),
                "{changed}"
            );
        }
    }

    #[test]
    fn words_come_back() {
        for kind in EntryKind::ALL {
            assert_eq!(EntryKind::parse(kind.as_str()), Some(*kind));
        }
        for actor in EntryActor::ALL {
            assert_eq!(EntryActor::parse(actor.as_str()), Some(*actor));
        }
    }

    #[test]
    fn commitments_do_not_meet() {
        let claim = claim_commitment(&[1; 16], "JY25-0000123-7");
        assert_ne!(claim, claim_commitment(&[2; 16], "JY25-0000123-7"));
        assert_ne!(claim, claim_commitment(&[1; 16], "JY25-0000124-7"));
        assert_ne!(claim, private_commitment(&[1; 16], "JY25-0000123-7"));
    }
}
