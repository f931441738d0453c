//! The repository's own rules, run as a test: who may import whom, who reads the clock, how long
//! a file and a function may be. Each rule has a planted breach that it must find.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

use std::fs;
use std::path::Path;

/// Lines that a file may have.
const FILE_LINES: usize = 500;
/// Lines that a function may have, from its signature to its closing brace.
const FUNCTION_LINES: usize = 70;

/// A rule about words that only some places may use.
struct Ban {
    /// What is said about a breach.
    rule: &'static str,
    /// The words, as they stand in code.
    words: &'static [&'static str],
    /// Path prefixes below `src/` that the rule speaks about; an empty one is everywhere.
    inside: &'static str,
    /// Path prefixes below `src/` that may.
    except: &'static [&'static str],
    /// Also in comments and texts.
    in_comments: bool,
}

const BANS: &[Ban] = &[
    Ban {
        rule: "only src/storage knows diesel",
        // As the root of a path or an import: a fuel has this name, too.
        words: &["diesel::", "use diesel", "diesel_migrations"],
        inside: "",
        except: &["storage"],
        in_comments: false,
    },
    Ban {
        rule: "only src/http knows actix",
        words: &["actix_web", "actix_http", "actix_rt"],
        inside: "",
        except: &["http"],
        in_comments: false,
    },
    Ban {
        rule: "only src/papers knows object_store",
        words: &["object_store"],
        inside: "",
        except: &["papers"],
        in_comments: false,
    },
    Ban {
        rule: "only src/clock.rs reads the clock",
        words: &[
            "SystemTime::now",
            "Instant::now",
            "Utc::now",
            "Local::now",
            "UNIX_EPOCH.elapsed",
        ],
        inside: "",
        except: &["clock.rs"],
        in_comments: false,
    },
    Ban {
        rule: "the domain knows no outside",
        words: &[
            "crate::storage",
            "crate::http",
            "crate::operations",
            "crate::admission",
            "crate::journal",
            "crate::papers",
            "crate::registers",
            "crate::cli",
            "crate::clock",
            "std::fs",
            "std::net",
            "std::env",
            "tokio",
        ],
        inside: "domain",
        except: &[],
        in_comments: false,
    },
    Ban {
        rule: "the journal knows the domain only",
        words: &[
            "crate::storage",
            "crate::http",
            "crate::operations",
            "crate::admission",
            "crate::cli",
        ],
        inside: "journal",
        except: &[],
        in_comments: false,
    },
    Ban {
        rule: "banking knows the domain only",
        words: &[
            "crate::storage",
            "crate::http",
            "crate::operations",
            "crate::admission",
            "crate::journal",
            "crate::ledger",
            "crate::cli",
            "crate::clock",
            "crate::settings",
            "std::fs",
            "std::net",
            "std::env",
            "tokio",
        ],
        inside: "banking",
        except: &[],
        in_comments: false,
    },
    Ban {
        rule: "storage knows neither use cases nor HTTP",
        words: &[
            "crate::http",
            "crate::operations",
            "crate::admission",
            "crate::cli",
        ],
        inside: "storage",
        except: &[],
        in_comments: false,
    },
    Ban {
        rule: "use cases know no HTTP and no command line",
        words: &["crate::http", "crate::cli"],
        inside: "operations",
        except: &[],
        in_comments: false,
    },
    Ban {
        rule: "admission knows no HTTP and no command line",
        words: &["crate::http", "crate::cli"],
        inside: "admission",
        except: &[],
        in_comments: false,
    },
    Ban {
        rule: "webhooks know neither storage nor use cases nor HTTP routes",
        words: &[
            "crate::storage",
            "crate::http",
            "crate::operations",
            "crate::admission",
            "crate::cli",
        ],
        inside: "webhooks",
        except: &[],
        in_comments: false,
    },
    Ban {
        rule: "one import a line, so that these rules see it",
        words: &["crate::{"],
        inside: "",
        except: &[],
        in_comments: false,
    },
    Ban {
        rule: "no unsafe code",
        words: &["unsafe"],
        inside: "",
        except: &[],
        in_comments: false,
    },
    Ban {
        rule: "nothing is left to do in code",
        words: &[
            concat!("TO", "DO"),
            concat!("FIX", "ME"),
            concat!("X", "XX"),
            concat!("to", "do!"),
            concat!("unimpl", "emented!"),
        ],
        inside: "",
        except: &[],
        in_comments: true,
    },
];

/// Every breach in one file; `path` is below `src/`, with forward slashes.
fn breaches(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let code = without_comment_and_texts(line);
        for ban in BANS {
            if !below(path, ban.inside) || ban.except.iter().any(|place| below(path, place)) {
                continue;
            }
            let looked_at = if ban.in_comments { line } else { &code };
            for word in ban.words.iter().filter(|word| has_word(looked_at, word)) {
                found.push(format!("src/{path}:{number}: {}: {word}", ban.rule));
            }
        }
    }
    let lines = text.lines().count();
    if lines > FILE_LINES {
        found.push(format!(
            "src/{path}: a file of {lines} lines, {FILE_LINES} are allowed"
        ));
    }
    for (number, lines) in long_functions(text) {
        found.push(format!(
            "src/{path}:{number}: a function of {lines} lines, {FUNCTION_LINES} are allowed"
        ));
    }
    found
}

/// Whether `path` is `place` or lies below it.
fn below(path: &str, place: &str) -> bool {
    place.is_empty()
        || path == place
        || path == format!("{place}.rs")
        || path
            .strip_prefix(place)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// Whether `word` stands in `line` and is not a part of a longer name.
fn has_word(line: &str, word: &str) -> bool {
    let name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let longer_before = line[..at].ends_with(name) && word.starts_with(name);
        let longer_behind = line[at + word.len()..].starts_with(name) && word.ends_with(name);
        !longer_before && !longer_behind
    })
}

/// The code of a line: texts emptied, what stands behind `//` cut off. Texts over several lines
/// are not understood, which only ever finds too much.
fn without_comment_and_texts(line: &str) -> String {
    let mut code = String::new();
    let mut rest = line.chars().peekable();
    let mut in_text = false;
    while let Some(c) = rest.next() {
        match c {
            '\\' if in_text => drop(rest.next()),
            // A quote as a character literal opens no text.
            '\'' if !in_text && rest.peek() == Some(&'"') => drop(rest.next()),
            '"' => in_text = !in_text,
            _ if in_text => {}
            '/' if rest.peek() == Some(&'/') => break,
            _ => code.push(c),
        }
    }
    code
}

/// First line and length of every function that is too long. In code that rustfmt laid out, a
/// function ends at the first closing brace with the indentation of its signature.
fn long_functions(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let signature = line.trim_start();
        let begins = has_word(&without_comment_and_texts(line), "fn")
            && ["fn ", "pub ", "pub(", "async ", "const ", "extern "]
                .iter()
                .any(|word| signature.starts_with(word));
        if !begins || line.ends_with(';') || line.ends_with('}') {
            continue;
        }
        let end = lines[start + 1..].iter().position(|other| {
            indentation(other) == indentation(line)
                && (other.trim_start().starts_with('}') && !other.ends_with('{')
                    || other.ends_with(';'))
        });
        let length = end.map_or(lines.len() - start, |end| end + 2);
        if length > FUNCTION_LINES {
            found.push((start + 1, length));
        }
    }
    found
}

/// Calls `visit` with the path below `root` and the text of every Rust file.
fn walk(root: &Path, folder: &Path, visit: &mut impl FnMut(&str, &str)) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            walk(root, &path, visit);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            visit(
                &name.replace('\\', "/"),
                &fs::read_to_string(&path).unwrap(),
            );
        }
    }
}

#[test]
fn the_source_keeps_its_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut files, mut found) = (0, Vec::new());
    walk(&root, &root, &mut |path, text| {
        files += 1;
        found.extend(breaches(path, text));
    });
    assert!(files > 10, "only {files} files were looked at");
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn every_ban_finds_its_planted_breach() {
    for ban in BANS {
        for word in ban.words {
            let path = match ban.inside {
                "" => "settings.rs".to_owned(),
                folder => format!("{folder}/planted.rs"),
            };
            // A path goes on at once behind its colons.
            let behind = if word.ends_with(char::is_alphanumeric) {
                "::"
            } else {
                ""
            };
            let planted = format!("fn a() {{}}\nimpl From<{word}{behind}something> for B {{}}\n");
            let found = breaches(&path, &planted);
            let expected = format!("src/{path}:2: {}: {word}", ban.rule);
            assert!(found.contains(&expected), "{expected} in {found:?}");
            for place in ban.except {
                let allowed = breaches(&format!("{place}/inner.rs"), &planted);
                assert!(!allowed.iter().any(|b| b.contains(ban.rule)), "{allowed:?}");
            }
            let comment = format!("// {word} is spoken about\nlet text = \"{word}\";\n");
            assert_eq!(
                breaches(&path, &comment).len(),
                if ban.in_comments { 2 } else { 0 }
            );
        }
    }
}

#[test]
fn a_part_of_a_longer_name_is_no_breach() {
    for line in [
        "use my_tokio::x;",
        "let unsafe_words = 1;",
        "pub diesel: NaiveDate,",
        "my_diesel::x()",
        "MyInstant::now()",
    ] {
        assert_eq!(
            breaches("domain/a.rs", line),
            Vec::<String>::new(),
            "{line}"
        );
    }
}

#[test]
fn what_stands_behind_a_text_is_still_code() {
    let line = r#"let a = '"'; let b = "x // \" y"; let c = Instant::now(); // "Utc::now""#;
    let found = breaches("settings.rs", line);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("Instant::now"), "{found:?}");
}

#[test]
fn finds_a_planted_long_file() {
    let fits = "// line\n".repeat(FILE_LINES);
    assert!(breaches("a.rs", &fits).is_empty());
    assert_eq!(breaches("a.rs", &(fits + "// line\n")).len(), 1);
}

#[test]
fn finds_planted_long_functions() {
    let body = |lines: usize| "        let a = 1;\n".repeat(lines);
    let function = |signature: &str, lines: usize| {
        format!(
            "impl A {{\n    fn short(&self) {{\n    }}\n\n    {signature}{}    }}\n}}\n",
            body(lines)
        )
    };
    for signature in [
        "fn a() {\n",
        "pub async fn a(&self) {\n",
        "pub(super) const fn a() -> u8\n    where\n        A: B,\n    {\n",
        "fn a(\n        b: u8,\n    ) -> u8 {\n",
    ] {
        let more = signature.matches('\n').count();
        let fits = function(signature, FUNCTION_LINES - 1 - more);
        assert_eq!(long_functions(&fits), [], "{signature}");
        let long = function(signature, FUNCTION_LINES - more);
        assert_eq!(
            long_functions(&long),
            [(5, FUNCTION_LINES + 1)],
            "{signature}"
        );
    }
    let declared = format!("trait T {{\n    fn a(&self);\n\n{}}}\n", body(90));
    assert_eq!(long_functions(&declared), []);
}
