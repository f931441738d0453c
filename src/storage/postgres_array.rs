//! Arrays as PostgreSQL reads them in binary, each written into one buffer of the right
//! size. diesel's own grows its buffer element by element, which for a batch of sealed
//! claims costs more than everything else about the statement.

use std::io::Write as _;

use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Array;

/// The types of elements, by their OIDs (`pg_type.dat`; they never change).
#[derive(Debug, Clone, Copy)]
enum Element {
    Bytes = 17,
    Int = 20,
    Text = 25,
}

/// Dimensions, flags, element type, length, lower bound: four bytes each.
const HEADER: usize = 20;

/// A one-dimensional array.
#[derive(Debug)]
pub(super) struct PostgresArray(Vec<u8>);

impl PostgresArray {
    /// `bytea[]`
    pub(super) fn bytes<'a>(values: impl Iterator<Item = Option<&'a [u8]>> + Clone) -> Self {
        Self::of(Element::Bytes, values)
    }

    /// `text[]`
    pub(super) fn text<'a>(values: impl Iterator<Item = Option<&'a str>> + Clone) -> Self {
        Self::of(Element::Text, values.map(|v| v.map(str::as_bytes)))
    }

    /// `bigint[]`
    pub(super) fn ints(values: impl Iterator<Item = Option<i64>> + Clone) -> Self {
        Self::of(Element::Int, values.map(|v| v.map(i64::to_be_bytes)))
    }

    fn of<B: AsRef<[u8]>>(
        element: Element,
        values: impl Iterator<Item = Option<B>> + Clone,
    ) -> Self {
        let size = |v: Option<B>| 4 + v.map_or(0, |v| v.as_ref().len());
        let (count, size) = values
            .clone()
            .fold((0, HEADER), |(n, sum), v| (n + 1, sum + size(v)));
        let mut out = Vec::with_capacity(size);
        for word in [1, 0, element as i32, count, 1] {
            out.extend_from_slice(&i32::to_be_bytes(word));
        }
        for value in values {
            match value {
                Some(value) => {
                    let value = value.as_ref();
                    // PostgreSQL takes no value near 2 GiB, and no request comes near it.
                    out.extend_from_slice(&(value.len() as i32).to_be_bytes());
                    out.extend_from_slice(value);
                }
                None => out.extend_from_slice(&i32::to_be_bytes(-1)),
            }
        }
        Self(out)
    }
}

impl<T> ToSql<Array<T>, Pg> for PostgresArray {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&self.0)?;
        Ok(IsNull::No)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_nulls_are_written_with_their_lengths() {
        let array = PostgresArray::text([Some("ab"), None].into_iter());
        let expected = [
            [0, 0, 0, 1],
            [0, 0, 0, 0],
            [0, 0, 0, 25],
            [0, 0, 0, 2],
            [0, 0, 0, 1],
            [0, 0, 0, 2],
        ];
        let expected = [&expected.concat()[..], b"ab", &[255; 4]].concat();
        assert_eq!(array.0, expected);
        assert_eq!(array.0.capacity(), expected.len());
    }

    #[test]
    fn numbers_take_eight_bytes() {
        let array = PostgresArray::ints([Some(-2)].into_iter());
        assert_eq!(array.0[HEADER..HEADER + 4], [0, 0, 0, 8]);
        assert_eq!(array.0[HEADER + 4..], (-2_i64).to_be_bytes());
    }
}
