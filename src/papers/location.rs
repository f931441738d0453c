//! Where papers are kept, as a setting says it.

use std::fmt;
use std::path::{Path, PathBuf};

use super::PaperStoreError;

/// A place for papers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket of a store that speaks the S3 protocol.
    Bucket {
        /// Its name.
        bucket: String,
        /// What precedes the names of objects: empty, or parts with `/` between them.
        prefix: String,
    },
}

impl Location {
    /// The folder that serves when no place is set.
    pub fn below(data_dir: &Path) -> Self {
        Location::Folder(data_dir.join("papers"))
    }

    /// Reads `file:///path`, a plain path, or `s3://bucket/prefix`.
    ///
    /// # Errors
    /// [`PaperStoreError::Location`].
    pub fn parse(text: &str) -> Result<Self, PaperStoreError> {
        let read = if let Some(path) = text.strip_prefix("file://") {
            folder_of_address(path)
        } else if let Some(rest) = text.strip_prefix("s3://") {
            bucket(rest)
        } else if text.contains("://") {
            Err("only file:// and s3:// are known")
        } else if text.is_empty() {
            Err("it is empty")
        } else {
            Ok(Location::Folder(PathBuf::from(text)))
        };
        read.map_err(|problem| PaperStoreError::Location {
            text: text.to_owned(),
            problem,
        })
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Folder(folder) => write!(f, "{}", folder.display()),
            Location::Bucket { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

fn folder_of_address(path: &str) -> Result<Location, &'static str> {
    if !path.starts_with('/') {
        return Err("a file address has three slashes, file:///path");
    }
    // Their meaning in addresses is not theirs in names of folders.
    if path.contains(['%', '?', '#']) {
        return Err("write a path with %, ? or # without file://");
    }
    Ok(Location::Folder(PathBuf::from(path)))
}

fn bucket(rest: &str) -> Result<Location, &'static str> {
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let letters = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
    if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(letters) {
        return Err("a bucket has 3 to 63 of a-z, 0-9, - and .");
    }
    let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
    let part = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
    };
    if !prefix.is_empty() && !prefix.split('/').all(part) {
        return Err("a prefix has letters, digits, -, . and _ between single slashes");
    }
    Ok(Location::Bucket {
        bucket: bucket.to_owned(),
        prefix: prefix.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s3(bucket: &str, prefix: &str) -> Location {
        Location::Bucket {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        }
    }

    #[test]
    fn reads_folders_and_buckets() {
        for (text, place) in [
            ("file:///srv/papers", Location::Folder("/srv/papers".into())),
            (
                "/srv/my papers#1",
                Location::Folder("/srv/my papers#1".into()),
            ),
            ("papers", Location::Folder("papers".into())),
            ("s3://tradein-papers", s3("tradein-papers", "")),
            ("s3://tradein-papers/", s3("tradein-papers", "")),
            ("s3://a.b/2026/henan_1/", s3("a.b", "2026/henan_1")),
        ] {
            assert_eq!(Location::parse(text).unwrap(), place, "{text}");
        }
        let default = Location::below(Path::new("data"));
        assert_eq!(default, Location::Folder("data/papers".into()));
    }

    #[test]
    fn refuses_what_is_no_place() {
        for text in [
            "",
            "file://srv/papers",
            "file://",
            "file:///a%20b",
            "http://store/bucket",
            "S3://bucket",
            "s3://",
            "s3:///prefix",
            "s3://ab",
            "s3://Bucket",
            "s3://user:secret@bucket/x",
            "s3://bucket/../x",
            "s3://bucket//x",
            "s3://bucket/x//",
            "s3://bucket/a b",
            "s3://bucket/发票",
        ] {
            let read = Location::parse(text);
            assert!(
                matches!(&read, Err(PaperStoreError::Location { text: named, .. }) if named == text),
                "{text}: {read:?}"
            );
        }
    }
}
