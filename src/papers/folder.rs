//! Papers in a folder of this machine.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use object_store::local::LocalFileSystem;

use super::PaperStoreError;
use crate::own_files;

/// Opens the folder, which is made if need be and then entered by its owner only; with its path
/// from the root on.
pub(super) fn open(folder: &Path) -> Result<(LocalFileSystem, PathBuf), PaperStoreError> {
    let root = make(folder).map_err(|error| PaperStoreError::Open(error.into()))?;
    let store = LocalFileSystem::new_with_prefix(&root)
        .map_err(|error| PaperStoreError::Open(error.into()))?
        .with_fsync(true);
    Ok((store, root))
}

fn make(folder: &Path) -> io::Result<PathBuf> {
    let missing = folder
        .ancestors()
        .take_while(|place| !place.as_os_str().is_empty() && !place.exists())
        .count();
    own_files::make_folder(folder)?;
    let root = folder.canonicalize()?;
    if missing > 0 {
        sync_all(root.ancestors().take(missing + 1))?;
    }
    Ok(root)
}

/// Makes the folders down to an object durable. The store does so for those that it makes itself,
/// but another upload may have made them a moment ago and not have them on disk yet.
pub(super) async fn sync(root: &Path, object: &str) -> Result<(), PaperStoreError> {
    let object = root.join(object);
    let root = root.to_owned();
    tokio::task::spawn_blocking(move || {
        let inside = object.ancestors().skip(1);
        sync_all(inside.take_while(|place| place.starts_with(&root)))
    })
    .await
    .map_err(io::Error::other)
    .flatten()
    .map_err(|error| {
        PaperStoreError::Unavailable(object_store::Error::Generic {
            store: "folder",
            source: error.into(),
        })
    })
}

fn sync_all<'a>(mut folders: impl Iterator<Item = &'a Path>) -> io::Result<()> {
    folders.try_for_each(|place| File::open(place)?.sync_all())
}
