//! Admitting dealers.

use crate::clock;
use crate::domain::formats::Uscc;
use crate::domain::ids::DealerId;
use crate::operations::OperationError;
use crate::operations::credentials::{Issued, issue};
use crate::storage::admin::{self, Owner};
use crate::storage::{Db, catalogue};

/// Admits a dealer to programmes and makes credentials for it. A dealer that is known by
/// its credit code keeps its name and claims and gets further programmes and credentials.
///
/// # Errors
/// [`OperationError::Refused`] for a malformed credit code, an empty name, or a programme
/// that is not published.
pub fn add(
    conn: &mut Db,
    uscc: &str,
    name: &str,
    programmes: &[String],
) -> Result<(DealerId, Issued), OperationError> {
    let refuse = |sentence: String| Err(OperationError::Refused(sentence));
    let Ok(uscc) = Uscc::parse(uscc) else {
        return refuse(format!(
            "{uscc} is no unified social credit code (GB 32100)"
        ));
    };
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        return refuse("a dealer's name has 1 to 200 characters".into());
    }
    conn.write(|conn| {
        let rows = catalogue::load(conn)?;
        for programme in programmes {
            if rows.versions.iter().all(|v| v.programme != *programme) {
                return Err(OperationError::Refused(format!(
                    "programme {programme} is not published: tradein programme load FILE"
                )));
            }
        }
        let id = match admin::find_dealer(conn, uscc.as_str())? {
            Some(id) => id,
            None => {
                let id = DealerId(clock::new_uuid());
                admin::insert_dealer(conn, id, uscc.as_str(), name, clock::now())?;
                id
            }
        };
        for programme in programmes {
            admin::admit_dealer(conn, id, programme)?;
        }
        let issued = issue(conn, Owner::Dealer(id))?;
        catalogue::touch(conn)?;
        Ok((id, issued))
    })
}

/// Suspends a dealer, or ends the suspension: it files nothing new, its claims stand.
///
/// # Errors
/// [`OperationError::Refused`] when there is no such dealer.
pub fn set_suspended(conn: &mut Db, uscc: &str, suspended: bool) -> Result<(), OperationError> {
    conn.write(|conn| {
        let Some(id) = admin::find_dealer(conn, uscc)? else {
            return Err(OperationError::Refused(format!(
                "there is no dealer {uscc}"
            )));
        };
        admin::set_dealer_status(conn, id, if suspended { "suspended" } else { "active" })?;
        catalogue::touch(conn)?;
        Ok(())
    })
}
