//! The two places where papers are kept, with what lies there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tradein::papers::{Location, PaperStore};

use crate::folder::Folder;
use crate::s3::{S3, SECRET};

/// An empty place of its own.
pub enum Place {
    /// The store is the folder `papers` inside.
    Folder(Folder),
    /// The store is below `/papers/henan/`.
    Bucket(S3),
}

/// Where the objects of a bucket are.
const BELOW: &str = "/papers/henan/";

/// Runs a test on each place.
pub fn on_each(test: impl AsyncFn(&Place)) {
    for place in [Place::Folder(Folder::new()), Place::Bucket(S3::start())] {
        block_on(test(&place));
    }
}

pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(work)
}

impl Place {
    pub fn store(&self) -> PaperStore {
        match self {
            Place::Folder(folder) => {
                let place = Location::Folder(folder.path().join("papers"));
                PaperStore::open(&place, |_| None)
            }
            Place::Bucket(s3) => {
                let place = Location::parse("s3://papers/henan").unwrap();
                PaperStore::open(&place, s3.variables(SECRET))
            }
        }
        .unwrap()
    }

    /// Everything that lies there, by name.
    pub fn at_rest(&self) -> BTreeMap<String, Vec<u8>> {
        match self {
            Place::Folder(folder) => {
                let mut found = BTreeMap::new();
                let root = folder.path().join("papers");
                files(&root, &root, &mut found);
                found
            }
            Place::Bucket(s3) => s3.objects(|objects| {
                let below = |(path, bytes): (&String, &Vec<u8>)| {
                    let name = path.strip_prefix(BELOW).expect("a path of this store");
                    (name.to_owned(), bytes.clone())
                };
                objects.iter().map(below).collect()
            }),
        }
    }

    /// Puts other bytes in the place of an object.
    pub fn replace(&self, object: &str, bytes: &[u8]) {
        match self {
            Place::Folder(folder) => {
                fs::write(folder.path().join("papers").join(object), bytes).unwrap();
            }
            Place::Bucket(s3) => {
                s3.objects(|objects| objects.insert(format!("{BELOW}{object}"), bytes.to_vec()));
            }
        }
    }
}

fn files(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(root, &path, found);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            found.insert(name.to_owned(), fs::read(&path).unwrap());
        }
    }
}
