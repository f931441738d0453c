//! One call of a route with an error injected, and what has to be true of it.

use std::collections::BTreeMap;
use std::fmt;

use tradein::http::routes::is_for_people;

use super::content::Delta;
use super::fault::{Kind, Seen, Strike};
use super::people::{self, is_done};
use super::routes::Route;
use super::world::{CUT, Call, Ground, REVIEW, Saboteur, Who, World};
use crate::support::Response;

/// Transactions that one call may begin, with those of jobs that run beside it: admission tries
/// ten times, which takes some seconds where it is cut off, all others five.
const MOST_BEGUN: u64 = 40;
/// Calls of the system that may fail while one call is answered: five or ten attempts of some
/// writes each.
const MOST_REFUSED: u64 = 100;
/// A lock is asked for some hundred times in the ten seconds of an attempt, and jobs wait as well.
const MOST_LOCKS: u64 = 10_000;

/// What a call does where nothing fails.
#[derive(Debug, Clone)]
pub struct Reference {
    pub status: u16,
    /// Where a page leads then.
    pub leads: Option<String>,
    pub delta: Delta,
    /// What it does when it is sent twice, where it is then done anew.
    pub twice: Option<Delta>,
    /// Statements or calls of the system that an error of each kind may meet.
    pub passed: BTreeMap<Kind, u64>,
}

/// What stands after a call, of what it does where nothing fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Nothing,
    All,
}

/// What came of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The error met nothing.
    Missed,
    /// It was answered with success nevertheless.
    Answered,
    /// It was answered 503, and nothing was done.
    Nothing,
    /// It was answered 503, and all of it stood.
    Stood,
}

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub route: String,
    pub strike: String,
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}: {}", self.route, self.strike, self.what)
    }
}

impl Reference {
    /// Does it once for each of these kinds of errors that calls are counted for.
    pub fn of(ground: &Ground, world: &mut World, route: &Route, kinds: &[Kind]) -> Self {
        let kinds = match ground.saboteur {
            // All of them meet the same statements.
            Saboteur::Proxy(_) => &kinds[..1],
            Saboteur::Disk(_) => kinds,
        };
        let mut reference: Option<Self> = None;
        for kind in kinds {
            let call = (route.prepare)(world);
            let before = world.tables.read();
            ground.arm(*kind, None);
            let answer = world.send(&call);
            let seen = ground.release();
            let name = route.name();
            assert!(
                is_done(&answer),
                "{name}: {} {}\n{}",
                answer.status,
                answer.text(),
                world.server.stderr()
            );
            let after = world.tables.read();
            let delta = world.tables.delta(&before, &after);
            // What that one changes, jobs change as well.
            let unseen = route.route.ends_with("/webhooks/{id}/replay");
            assert_eq!(delta.is_empty(), unseen, "{name} changes nothing");
            let twice = route.anew.then(|| {
                world.done(&call);
                let after = world.tables.read();
                world.tables.delta(&before, &after)
            });
            let known = reference.get_or_insert_with(|| Self {
                status: answer.status,
                leads: people::leads(&answer),
                delta: delta.clone(),
                twice,
                passed: BTreeMap::new(),
            });
            assert_eq!(known.delta, delta, "{name} does not do the same twice");
            known.passed.insert(*kind, seen.passed);
        }
        reference.unwrap()
    }

    /// How many statements or calls an error of this kind may meet.
    pub fn passed(&self, kind: Kind) -> u64 {
        let known = self.passed.get(&kind);
        *known.or(self.passed.values().next()).unwrap()
    }

    /// What of it was done; what was done by half, otherwise, or more than once is an error.
    pub fn effect(&self, delta: &Delta) -> Result<Effect, String> {
        if *delta == self.delta {
            Ok(Effect::All)
        } else if delta.is_empty() {
            Ok(Effect::Nothing)
        } else {
            Err(format!(
                "half done, or more than once: {delta:#?} in place of {:#?}",
                self.delta
            ))
        }
    }
}

/// Calls a route with an error injected, and once more where it was answered with one.
pub fn run(
    ground: &Ground,
    world: &mut World,
    route: &Route,
    reference: &Reference,
    strike: Strike,
) -> Result<Outcome, Finding> {
    let call = (route.prepare)(world);
    let found = injected(ground, world, &call, reference, strike);
    found.map_err(|what| {
        let log = world.server.stderr();
        let warned = |line: &&str| line.contains(" WARN ") || line.contains("ERROR ");
        let last = log.lines().rfind(warned).unwrap_or_default();
        Finding {
            route: route.name(),
            strike: strike.to_string(),
            what: format!("{what}; logged: {last}"),
        }
    })
}

fn injected(
    ground: &Ground,
    world: &mut World,
    call: &Call,
    reference: &Reference,
    strike: Strike,
) -> Result<Outcome, String> {
    let before = world.tables.read();
    ground.arm(strike.kind, Some(strike));
    let answer = world.send(call);
    let reads = reads_go_on(ground, world, call, strike);
    let seen = ground.release();
    let met = met(&seen);
    let between = world.tables.read();
    let delta = world.tables.delta(&before, &between);
    let told = |what: String| format!("{what} (answered {}; {met})", shown(&answer));
    reads.map_err(told)?;
    bounded(ground, strike.kind, &seen).map_err(told)?;
    let effect = reference.effect(&delta).map_err(told)?;
    let outcome = match classified(call, &answer, reference).map_err(told)? {
        true if effect == Effect::All => match seen.struck {
            0 => Outcome::Missed,
            _ => Outcome::Answered,
        },
        true => return Err(told("answered with success, and nothing was done".into())),
        false if seen.struck == 0 => return Err(told("refused, and nothing was struck".into())),
        false => {
            if is_for_people(&call.path) {
                people::holds(&answer, call).map_err(told)?;
            }
            let again = world.send(call);
            let after = world.tables.read();
            let delta = world.tables.delta(&before, &after);
            let told = |what: String| {
                let again = shown(&again);
                format!("{what} ({effect:?} done, then asked again: {again}; {met})")
            };
            asked_again(call, effect, &again).map_err(told)?;
            let anew = effect == Effect::All && reference.twice.as_ref() == Some(&delta);
            if !anew && reference.effect(&delta).map_err(told)? == Effect::Nothing {
                return Err(told("not done although asked again".into()));
            }
            match effect {
                Effect::Nothing => Outcome::Nothing,
                Effect::All => Outcome::Stood,
            }
        }
    };
    read(world).map_err(told)?;
    Ok(outcome)
}

/// Whether it was done; an error that the client is not told to come back after is none that may
/// come of a database.
fn classified(call: &Call, answer: &Response, reference: &Reference) -> Result<bool, String> {
    let leads = people::leads(answer);
    if answer.status == reference.status && leads == reference.leads {
        return Ok(true);
    }
    let away = || match is_for_people(&call.path) {
        true => people::is_page(answer),
        false => answer.json()["code"] == "unavailable",
    };
    let retry = answer.header("retry-after").is_some();
    if answer.status == CUT || (answer.status == 503 && retry && away()) {
        return Ok(false);
    }
    Err("not classified".into())
}

/// Whether a second call was answered as it has to be.
fn asked_again(call: &Call, effect: Effect, again: &Response) -> Result<(), String> {
    let told = match again.status {
        404 | 409 | 412 => true,
        // A form is told what stands as a mistake in it; who has ended his own session signs in.
        303 | 422 => is_for_people(&call.path),
        _ => false,
    };
    if is_done(again) || (effect == Effect::All && told) {
        return Ok(());
    }
    Err("not done when asked again".into())
}

/// Whether it was tried again no more often than it may.
fn bounded(ground: &Ground, kind: Kind, seen: &Seen) -> Result<(), String> {
    let (often, most) = match (&ground.saboteur, kind) {
        (Saboteur::Proxy(_), _) => (seen.begun, MOST_BEGUN),
        (Saboteur::Disk(_), Kind::Busy) => (seen.struck, MOST_LOCKS),
        (Saboteur::Disk(_), _) => (seen.struck, MOST_REFUSED),
    };
    match often <= most {
        true => Ok(()),
        false => Err(format!("tried {often} times, and {most} are the most")),
    }
}

/// Where only what writes fails, who reads is answered meanwhile.
fn reads_go_on(
    ground: &Ground,
    world: &mut World,
    call: &Call,
    strike: Strike,
) -> Result<(), String> {
    let only_writes = match ground.saboteur {
        Saboteur::Proxy(_) => true,
        Saboteur::Disk(_) => strike.kind == Kind::Full,
    };
    if strike.lasting && only_writes {
        read(world)?;
        if is_for_people(&call.path) {
            people::read(world)?;
        }
    }
    Ok(())
}

fn read(world: &mut World) -> Result<(), String> {
    let path = format!("/v1/claims?limit=1&programme={REVIEW}");
    let answer = world.send(&Call::bare(Who::Dealer, path).by("GET"));
    match answer.status {
        200 => Ok(()),
        _ => Err(format!("a reader was answered {}", shown(&answer))),
    }
}

fn met(seen: &Seen) -> String {
    let place = seen.statements.len().min(seen.passed as usize);
    let last = seen.statements[..place].iter().rev().take(3);
    let last: Vec<&str> = last.map(|text| text.get(..60).unwrap_or(text)).collect();
    format!(
        "{} of {} failed in {} transactions, the last {last:?}",
        seen.struck, seen.passed, seen.begun
    )
}

/// An answer in a few words; of a page its title.
pub fn shown(answer: &Response) -> String {
    let text = answer.text();
    let title = text.split_once("<title>").map(|(_, rest)| rest);
    let text = title.map_or(text.as_str(), |rest| rest.split('<').next().unwrap_or(rest));
    format!("{} {}", answer.status, text.get(..300).unwrap_or(text))
}
