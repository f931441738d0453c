//! Where the instructions are spent: the self costs of callgrind's file, by the source that they
//! come from. What the compiler put into another function still counts for its own source.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::Fallible;

/// What was counted, by source and function.
#[derive(Debug)]
pub struct Profile {
    claims: u64,
    total: u64,
    allocations: u64,
    modules: HashMap<String, u64>,
    functions: HashMap<(String, String), u64>,
}

/// Names that the file gives a number when they come first.
#[derive(Default)]
struct Names(HashMap<String, String>);

impl Names {
    /// `(12) name` is a new one, `(12)` one that was there.
    fn resolve(&mut self, text: &str) -> String {
        let Some((number, name)) = text.split_once(')') else {
            return text.to_owned();
        };
        let name = name.trim();
        if name.is_empty() {
            return self.0.get(number).cloned().unwrap_or_default();
        }
        self.0.insert(number.to_owned(), name.to_owned());
        name.to_owned()
    }
}

impl Profile {
    /// Reads what callgrind wrote while `claims` claims were answered.
    pub fn read(text: &str, claims: usize) -> Fallible<Self> {
        let mut profile = Self {
            claims: u64::try_from(claims)?,
            total: 0,
            allocations: 0,
            modules: HashMap::new(),
            functions: HashMap::new(),
        };
        let (mut files, mut functions, mut objects) = <(Names, Names, Names)>::default();
        let (mut file, mut function, mut object) = <(String, String, String)>::default();
        let mut callee = String::new();
        // The line behind `calls=` is what the callee spent.
        let mut of_callee = false;
        for line in text.lines() {
            match line.split_once('=') {
                Some(("fl" | "fi" | "fe", name)) => file = files.resolve(name),
                Some(("fn", name)) => function = functions.resolve(name),
                Some(("ob", name)) => object = objects.resolve(name),
                Some(("cfi" | "cfl", name)) => drop(files.resolve(name)),
                Some(("cfn", name)) => callee = functions.resolve(name),
                Some(("cob", name)) => drop(objects.resolve(name)),
                Some(("calls", calls)) => {
                    of_callee = true;
                    if allocates(&callee) && !is_allocator(&function) {
                        let calls = calls.split(' ').next().unwrap_or("0");
                        profile.allocations += calls.parse::<u64>()?;
                    }
                }
                _ if !line.starts_with(|c: char| c.is_ascii_digit() || "+-*".contains(c)) => {}
                _ if std::mem::take(&mut of_callee) => {}
                _ => {
                    let cost = line.split(' ').nth(1).unwrap_or("0").parse()?;
                    profile.add(&module(&file, &function, &object), &function, cost);
                }
            }
        }
        if profile.total == 0 {
            return Err("callgrind counted nothing".into());
        }
        Ok(profile)
    }

    fn add(&mut self, module: &str, function: &str, cost: u64) {
        self.total += cost;
        *self.modules.entry(module.to_owned()).or_default() += cost;
        let key = (module.to_owned(), function.to_owned());
        *self.functions.entry(key).or_default() += cost;
    }

    /// Instructions a claim.
    pub fn instructions(&self) -> u64 {
        self.total / self.claims
    }

    /// Allocations a claim, of the program and of the libraries in it.
    pub fn allocations(&self) -> u64 {
        self.allocations / self.claims
    }

    /// The sources from 1 % on, and the dearest functions.
    pub fn table(&self, functions: usize) -> String {
        let mut text = String::from("\n  share  a claim  source\n");
        let mut rest = 0;
        for (module, cost) in sorted(&self.modules) {
            if *cost * 100 < self.total {
                rest += cost;
            } else {
                self.line(&mut text, *cost, module);
            }
        }
        self.line(&mut text, rest, "all others");
        text.push_str("\n  share  a claim  function, by itself\n");
        for ((module, function), cost) in sorted(&self.functions).into_iter().take(functions) {
            self.line(&mut text, *cost, &format!("{function} ({module})"));
        }
        text
    }

    fn line(&self, text: &mut String, cost: u64, what: &str) {
        let share = cost as f64 * 100.0 / self.total as f64;
        // Writing to a text cannot fail.
        let _written = writeln!(text, "{share:5.1} % {:8}  {what}", cost / self.claims);
    }
}

/// Whether a function is the allocator's, or that of the C library, which its libraries use.
fn is_allocator(function: &str) -> bool {
    let name = function.split('\'').next().unwrap_or(function);
    let name = name.trim_start_matches('_');
    name.starts_with("mi_") || ["malloc", "calloc", "realloc"].contains(&name)
}

/// Whether it gives memory.
fn allocates(function: &str) -> bool {
    is_allocator(function) && function.contains("alloc")
}

fn sorted<K>(costs: &HashMap<K, u64>) -> Vec<(&K, &u64)>
where
    K: Ord,
{
    let mut sorted: Vec<_> = costs.iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    sorted
}

/// The module of the program, the crate or the library that a source belongs to.
fn module(file: &str, function: &str, object: &str) -> String {
    // Most of it is assembly without lines.
    if function.starts_with("aws_lc_") {
        return "aws-lc-sys".to_owned();
    }
    let own = format!("{}/", env!("CARGO_MANIFEST_DIR"));
    let own = file.strip_prefix(&own).unwrap_or(file);
    if let Some(path) = own.strip_prefix("src/") {
        let name = path.split('/').next().unwrap_or(path);
        return format!("src/{}", name.trim_end_matches(".rs"));
    }
    if let Some((_, path)) = file.split_once("/registry/src/") {
        let package = path.split('/').nth(1).unwrap_or(path);
        let version = package
            .match_indices('-')
            .find(|(at, _)| package[at + 1..].starts_with(|c: char| c.is_ascii_digit()));
        return version.map_or(package, |(at, _)| &package[..at]).to_owned();
    }
    if let Some((_, path)) = file.split_once("/library/") {
        let name = path.split('/').next().unwrap_or(path);
        return format!("Rust's {name}");
    }
    let object = object.rsplit('/').next().unwrap_or(object);
    if object.starts_with("libc.") || object.starts_with("ld-linux") {
        return "the C library".to_owned();
    }
    format!("unknown, in {object}")
}
