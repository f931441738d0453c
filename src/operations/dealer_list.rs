//! Dealers as the bureau looks for them.

use std::collections::HashMap;

use crate::domain::ids::DealerId;
use crate::operations::Engine;
use crate::operations::denial::{ActError, Ended};
use crate::storage::dealers;

/// What is looked for; what is empty narrows nothing.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// A part of the name or of the credit code.
    pub text: String,
    /// `active`, `suspended` or `removed`.
    pub status: String,
    /// A programme that the dealer is admitted to.
    pub programme: String,
}

/// A dealer in a list.
#[derive(Debug, Clone)]
pub struct DealerLine {
    /// Unified social credit code.
    pub uscc: String,
    /// Name.
    pub name: String,
    /// `active`, `suspended` or `removed`.
    pub status: String,
    /// The programmes that it is admitted to.
    pub programmes: Vec<String>,
}

/// The dealers that are looked for, by credit code. There are some thousands at most.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn list(engine: &Engine, search: Search) -> Result<Vec<DealerLine>, ActError> {
    let done = engine.with_db(move |conn| -> Result<Vec<DealerLine>, Ended> {
        let mut admitted: HashMap<DealerId, Vec<String>> = HashMap::new();
        for (dealer, programme) in dealers::all_programmes(conn)? {
            admitted.entry(dealer).or_default().push(programme);
        }
        let all = dealers::all(conn)?.into_iter().map(|dealer| DealerLine {
            programmes: admitted.remove(&dealer.id).unwrap_or_default(),
            uscc: dealer.uscc,
            name: dealer.name,
            status: dealer.status,
        });
        Ok(all.filter(|dealer| matches(dealer, &search)).collect())
    });
    done.await.map_err(Ended::into_act)
}

fn matches(dealer: &DealerLine, search: &Search) -> bool {
    let text = search.text.to_lowercase();
    let named =
        dealer.name.to_lowercase().contains(&text) || dealer.uscc.to_lowercase().contains(&text);
    let stands = search.status.is_empty() || dealer.status == search.status;
    let takes_part = search.programme.is_empty() || dealer.programmes.contains(&search.programme);
    named && stands && takes_part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dealer_is_found_by_what_is_known_of_it() {
        let dealer = DealerLine {
            uscc: "91419001MA0000001N".to_owned(),
            name: "济源 Auto 示范店".to_owned(),
            status: "active".to_owned(),
            programmes: vec!["cars".to_owned()],
        };
        let found = |text: &str, status: &str, programme: &str| {
            let search = Search {
                text: text.to_owned(),
                status: status.to_owned(),
                programme: programme.to_owned(),
            };
            matches(&dealer, &search)
        };
        assert!(found("", "", ""));
        assert!(found("示范", "active", "cars"));
        assert!(found("auto", "", ""));
        assert!(found("ma0000001", "", ""));
        assert!(!found("别家", "", ""));
        assert!(!found("", "removed", ""));
        assert!(!found("", "", "phones"));
    }
}
