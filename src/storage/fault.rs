//! What a database error means for the caller: one tested classifier for both databases.

use diesel::result::{DatabaseErrorKind, Error};

/// What to do about a database error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Serialization failure, deadlock, lock time-out, busy: the same transaction may succeed now.
    Transient,
    /// The connection is gone, or the server is going: open another. After COMMIT the outcome is unknown.
    ConnectionLost,
    /// The database cannot take writes for now: disk full, read only, out of connections.
    Unavailable,
    /// A constraint refused: the database saw what a look before could not.
    Constraint,
    /// A fault in this program.
    Internal,
}

/// Classifies an error of diesel.
///
/// diesel names only serialization failures and the constraint classes; the rest
/// arrives as `Unknown` with the server's message, which is why every connection
/// asks for messages in English (`lc_messages = C`).
pub fn classify(error: &Error) -> Fault {
    match error {
        Error::DatabaseError(kind, info) => match kind {
            DatabaseErrorKind::SerializationFailure => Fault::Transient,
            DatabaseErrorKind::ClosedConnection => Fault::ConnectionLost,
            DatabaseErrorKind::ReadOnlyTransaction => Fault::Unavailable,
            DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::ForeignKeyViolation
            | DatabaseErrorKind::NotNullViolation
            | DatabaseErrorKind::CheckViolation => Fault::Constraint,
            _ => classify_message(info.message()),
        },
        Error::BrokenTransactionManager => Fault::ConnectionLost,
        _ => Fault::Internal,
    }
}

const TRANSIENT: &[&str] = &[
    "deadlock detected",
    "could not serialize access",
    "canceling statement due to lock timeout",
    "could not obtain lock",
    "database is locked",
    "database table is locked",
    "database schema is locked",
    // SQLite, after it has tried for long to begin a read beside those who write.
    "locking protocol",
];

const LOST: &[&str] = &[
    "terminating connection",
    "server closed the connection",
    "connection to server",
    "could not receive data from server",
    "could not send data to server",
    "no connection to the server",
    "connection not open",
    "ssl connection has been closed",
    "the database system is shutting down",
    "the database system is starting up",
    "the database system is in recovery mode",
    "canceling statement due to conflict with recovery",
];

const UNAVAILABLE: &[&str] = &[
    "no space left on device",
    "database or disk is full",
    "disk i/o error",
    // SQLite says so, too, when the disk could not be read.
    "database disk image is malformed",
    "read-only transaction",
    "attempt to write a readonly database",
    "unable to open database file",
    "sorry, too many clients already",
    "remaining connection slots are reserved",
    "out of memory",
    "canceling statement due to statement timeout",
];

fn classify_message(message: &str) -> Fault {
    let message = message.to_ascii_lowercase();
    let any = |list: &[&str]| list.iter().any(|part| message.contains(part));
    if any(TRANSIENT) {
        Fault::Transient
    } else if any(UNAVAILABLE) {
        Fault::Unavailable
    } else if any(LOST) {
        Fault::ConnectionLost
    } else {
        Fault::Internal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(message: &str) -> Error {
        Error::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message.to_owned()))
    }

    #[test]
    fn messages_of_both_databases_are_told_apart() {
        for (message, fault) in [
            ("deadlock detected", Fault::Transient),
            ("canceling statement due to lock timeout", Fault::Transient),
            ("database is locked", Fault::Transient),
            ("locking protocol", Fault::Transient),
            (
                "terminating connection due to administrator command",
                Fault::ConnectionLost,
            ),
            (
                "server closed the connection unexpectedly\n\tThis probably means",
                Fault::ConnectionLost,
            ),
            ("no connection to the server\n", Fault::ConnectionLost),
            (
                "FATAL:  the database system is starting up",
                Fault::ConnectionLost,
            ),
            (
                "could not extend file \"base/1/2\": No space left on device",
                Fault::Unavailable,
            ),
            ("database or disk is full", Fault::Unavailable),
            ("database disk image is malformed", Fault::Unavailable),
            (
                "FATAL:  sorry, too many clients already",
                Fault::Unavailable,
            ),
            ("syntax error at or near \"SELEC\"", Fault::Internal),
        ] {
            assert_eq!(classify(&unknown(message)), fault, "{message}");
        }
    }

    #[test]
    fn kinds_that_diesel_names_need_no_message() {
        let error = |kind| Error::DatabaseError(kind, Box::new(String::new()));
        assert_eq!(
            classify(&error(DatabaseErrorKind::UniqueViolation)),
            Fault::Constraint
        );
        assert_eq!(
            classify(&error(DatabaseErrorKind::SerializationFailure)),
            Fault::Transient
        );
        assert_eq!(
            classify(&error(DatabaseErrorKind::ClosedConnection)),
            Fault::ConnectionLost
        );
        assert_eq!(classify(&Error::NotFound), Fault::Internal);
    }
}
