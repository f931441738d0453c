//! A PostgreSQL schema for a demo or a measurement, removed afterwards.

use diesel::connection::SimpleConnection;

use super::StorageError;
use super::connection::Target;

/// Makes the schema.
///
/// # Errors
/// The database's.
pub fn create(url: &str, name: &str) -> Result<(), StorageError> {
    let mut conn = Target::Postgres(url.to_owned()).open()?;
    Ok(conn.batch_execute(&format!("CREATE SCHEMA \"{}\"", checked(name)?))?)
}

/// Removes the schema with everything in it.
///
/// # Errors
/// The database's.
pub fn drop(url: &str, name: &str) -> Result<(), StorageError> {
    let mut conn = Target::Postgres(url.to_owned()).open()?;
    Ok(conn.batch_execute(&format!("DROP SCHEMA \"{}\" CASCADE", checked(name)?))?)
}

/// Only names that this program makes: nothing that could end the quotes.
fn checked(name: &str) -> Result<&str, StorageError> {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.starts_with("tradein_") && name.chars().all(legal) {
        Ok(name)
    } else {
        Err(StorageError::Corrupt("a schema's name".into()))
    }
}
