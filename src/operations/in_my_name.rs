//! Whether a claim was filed in somebody's name: for who fears that his identity was used.

use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::admission::judge::person_hash;
use crate::clock;
use crate::domain::claim::ClaimState;
use crate::domain::formats::IdNumber;
use crate::domain::text::Text;
use crate::domain::time::Timestamp;
use crate::operations::claims::{open, versions_and_dealer};
use crate::operations::{Engine, ReadError};
use crate::storage::claim_persons::{self, Found};
use crate::storage::{Db, StorageError};

/// The most claims that are told.
const MOST: i64 = 50;
/// Entries of each journal that are looked through, of those that nobody has read yet.
const TAIL: i64 = 5_000;
/// Entries that are read on at a time.
const STEP: i64 = 1_000;

/// A claim in somebody's name: enough to know it by, and nothing else of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimInName {
    /// What its programme is called.
    pub programme: Text,
    /// When it was filed.
    pub submitted: Timestamp,
    /// With which dealer.
    pub dealer: String,
    /// Where it stands.
    pub state: ClaimState,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InName {
    /// The claims, the first first.
    pub claims: Vec<ClaimInName>,
    /// Up to when claims were looked at.
    pub upto: Timestamp,
}

/// A number in the one spelling that claims know. What is no number is as it was typed: it is
/// looked for all the same, and nobody has it.
pub fn normal_number(text: &str) -> String {
    let number = IdNumber::parse(text, clock::now().beijing_day());
    number.map_or_else(|_| text.trim().to_owned(), |n| n.as_str().to_owned())
}

/// The claims whose applicant has this number and this name. A number that nobody has, one that
/// has another name and one that is no number at all are told alike.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn ask(engine: &Engine, id_number: &str, name: &str) -> Result<InName, ReadError> {
    let now = clock::now();
    let person = person_hash(&engine.keys.vault, &normal_number(id_number));
    let (worker, name) = (engine.clone(), comparable(name));
    let found = engine
        .with_db(move |conn| -> Result<InName, StorageError> {
            let found = claim_persons::of_person(conn, &person, MOST, TAIL)?;
            let upto = found.upto.unwrap_or(now);
            let claims = of_name(&worker, conn, &found, &name)?;
            Ok(InName { claims, upto })
        })
        .await?;
    Ok(found)
}

fn of_name(
    engine: &Engine,
    conn: &mut Db,
    found: &Found,
    name: &str,
) -> Result<Vec<ClaimInName>, StorageError> {
    let mut claims = Vec::new();
    for claim in &found.claims {
        let draft = open(engine, claim)?;
        let theirs = comparable(&draft.consumer.name);
        if verify_slices_are_equal(theirs.as_bytes(), name.as_bytes()).is_err() {
            continue;
        }
        let (published, dealer) = versions_and_dealer(engine, conn, claim)?;
        claims.push(ClaimInName {
            programme: published.pack.title.clone(),
            submitted: claim.submitted,
            dealer: dealer.name.clone(),
            state: claim.state,
        });
    }
    Ok(claims)
}

/// A name as names are compared: without blanks, in small letters, and with one kind of the point
/// that stands between parts of a name.
fn comparable(name: &str) -> String {
    let point = |c: char| match c {
        '\u{2022}' | '\u{30FB}' | '\u{2027}' | '.' | '\u{FF0E}' => '\u{B7}',
        other => other,
    };
    name.chars()
        .filter(|c| !c.is_whitespace())
        .map(point)
        .flat_map(char::to_lowercase)
        .collect()
}

/// Reads the journals on, so that who asks need not; `false` where all of them have been read.
///
/// # Errors
/// The database's.
pub fn follow(conn: &mut Db) -> Result<bool, StorageError> {
    claim_persons::follow(conn, STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_name_meet() {
        let same = [
            "阿依努尔·买买提",
            "阿依努尔•买买提",
            " 阿依努尔 ・ 买买提 ",
            "阿依努尔．买买提",
        ];
        for name in same {
            assert_eq!(comparable(name), comparable(same[0]), "{name}");
        }
        assert_eq!(comparable("Li  Ming"), comparable("LI MING"));
        assert_ne!(comparable("王小明"), comparable("王晓明"));
    }
}
