//! `tradein programme check FILE…`: every mistake in programme packs, at its place.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use crate::domain::policy::read_pack;

/// Lints packs and writes a line for each mistake, `file:line:column: what is wrong`, and for
/// each good pack `file: ok ID sha256:…`, with a note where its figures are second hand.
///
/// Gives whether every file is a good pack.
///
/// # Errors
/// When `out` cannot be written. A file that cannot be read is a mistake, not an error.
pub fn check(files: &[PathBuf], out: &mut impl Write) -> io::Result<bool> {
    let mut good = true;
    for file in files {
        let name = file.display();
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) => {
                writeln!(out, "{name}: cannot be read: {error}")?;
                good = false;
                continue;
            }
        };
        match read_pack(&text) {
            Ok(pack) => {
                writeln!(out, "{name}: ok {} {}", pack.id, pack.digest())?;
                if let Some(advice) = pack.grade.advice() {
                    writeln!(out, "{name}: note: grade {}: {advice}", pack.grade)?;
                }
            }
            Err(problems) => {
                good = false;
                for problem in problems {
                    let (line, column) = (problem.line, problem.column);
                    writeln!(out, "{name}:{line}:{column}: {}", problem.message)?;
                }
            }
        }
    }
    Ok(good)
}
