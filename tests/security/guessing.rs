//! Guessing the tails that prove a claim: what an attacker with ten thousand addresses finds in a
//! day, what it does to others, and what the answers tell.

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use serde_json::json;
use tradein::http::guesses::Guesses;
use tradein::http::rate::{Rate, Rates};

use crate::support::claims::claim;
use crate::support::effort::{seed, times};
use crate::support::{Backend, Client, Response, Server};
use crate::world::{PROGRAMME, World};

const DAY: Duration = Duration::from_secs(86_400);
const ADDRESSES: u32 = 10_000;
const CLAIMS: usize = 10_000;
/// Pairs of tails that are as likely as each other: a thousand sequence codes and eleven check
/// characters end an identity number (GB 11643), ten thousand tails a mobile number.
const STRANGER: u64 = 1_000 * 11 * 10_000;
/// For whoever has a list of where and when everybody was born, the check character follows.
const KNOWS_BIRTHS: u64 = 1_000 * 10_000;

/// How many a rate allows in a day.
fn in_a_day(rate: Rate) -> u64 {
    u64::from(rate.burst.get()) + DAY.as_secs() * 1_000 / rate.every.as_millis() as u64
}

/// What an attack came to.
struct Attack {
    /// Guesses that were let through, of each claim.
    granted: Vec<u64>,
    /// Questions of an honest person that knows the tails, who asks about a claim that nobody
    /// attacks, and about one that is attacked: how many were asked and refused.
    honest: [(u64, u64); 2],
}

fn address(of: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from(0x0b00_0000 + of))
}

/// Lets every address ask so many `questions` in each `step` for `span`, the claims in turn.
fn attack(rates: &Rates, span: Duration, step: Duration, questions: u32) -> Attack {
    let guesses = Guesses::new(rates);
    let numbers: Vec<String> = (0..CLAIMS).map(|n| format!("JY25-{n:07}-0")).collect();
    let mut attack = Attack {
        granted: vec![0; CLAIMS],
        honest: [(0, 0); 2],
    };
    let mut next = 0;
    let mut now = Duration::ZERO;
    while now < span {
        for from in 0..ADDRESSES {
            for _ in 0..questions {
                next = (next + 1) % CLAIMS;
                if guesses
                    .ask(address(from), numbers[next].clone(), now)
                    .is_ok()
                {
                    attack.granted[next] += 1;
                }
            }
        }
        let quiet = "JY25-9999999-0".to_owned();
        for (kind, number) in [quiet, numbers[next].clone()].into_iter().enumerate() {
            let (asked, refused) = &mut attack.honest[kind];
            *asked += 1;
            match guesses.ask(address(ADDRESSES), number, now) {
                Ok(guess) => guesses.was_right(&guess),
                Err(_) => *refused += 1,
            }
        }
        now += step;
    }
    attack
}

impl Attack {
    fn sum(&self) -> u64 {
        self.granted.iter().sum()
    }

    /// Claims found of ten thousand, as probability has it.
    fn expected(&self, pairs: u64, scale: u64) -> f64 {
        let each = self.granted.iter().map(|tries| (tries * scale).min(pairs));
        each.sum::<u64>() as f64 / pairs as f64 * (10_000.0 / CLAIMS as f64)
    }

    /// The same by drawing: every claim's pair is somewhere in the order in which the attacker
    /// tries them, and he never tries one twice. The mean of so many draws.
    fn drawn(&self, pairs: u64, scale: u64, draws: u64, seed: u64) -> f64 {
        let mut random = Random(seed);
        let mut found = 0_u64;
        for _ in 0..draws {
            let hit = |tries: &&u64| random.below(pairs) < **tries * scale;
            found += self.granted.iter().filter(hit).count() as u64;
        }
        found as f64 / draws as f64 * (10_000.0 / CLAIMS as f64)
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}

#[test]
fn ten_thousand_addresses_find_at_most_one_claim_in_ten_thousand_a_day() {
    let seed = seed("guessing");
    let draws = times(1_000, 10_000);
    let step = Duration::from_secs(times(600, 100));
    let rates = Rates::default();
    let attack_of_a_day = attack(&rates, DAY, step, 3);
    let most = attack_of_a_day.granted.iter().max().unwrap();
    let of_number = in_a_day(rates.status_number);
    assert!(*most <= of_number, "{most} about one claim");
    // However the attacker goes about it.
    let bound =
        in_a_day(rates.status_overall) + u64::from(ADDRESSES) * in_a_day(rates.status_scarce);
    let bound = bound.min(of_number * CLAIMS as u64);
    assert!(attack_of_a_day.sum() <= bound, "more than {bound}");
    println!(
        "{ADDRESSES} addresses, {CLAIMS} claims, a day: {} guesses let through, at most {most} \
         about one claim; there can be {bound}",
        attack_of_a_day.sum()
    );
    for (who, pairs) in [
        ("a stranger", STRANGER),
        ("who knows all births", KNOWS_BIRTHS),
    ] {
        let expected = attack_of_a_day.expected(pairs, 1);
        let drawn = attack_of_a_day.drawn(pairs, 1, draws, seed);
        let worst = bound as f64 / pairs as f64 * (10_000.0 / CLAIMS as f64);
        println!(
            "{who}: {pairs} pairs: of 10,000 claims {expected:.4} expected, {drawn:.4} drawn, \
             {worst:.4} where all guesses that there can be are made"
        );
        assert!(expected <= 1.0 && drawn <= 1.0 && worst <= 1.0, "{who}");
    }
    let [quiet, attacked] = attack_of_a_day.honest;
    println!(
        "an honest person was refused {} of {} times, about an attacked claim {} of {}",
        quiet.1, quiet.0, attacked.1, attacked.0
    );
    assert_eq!(quiet.1, 0, "an attacker shut out who knows the tails");
}

#[test]
fn planted_without_the_limits_of_guesses_the_attacker_finds_more() {
    let seed = seed("guessing-without-limits");
    let none = Rate {
        burst: NonZeroU32::MAX,
        every: Duration::from_nanos(1),
    };
    let rates = Rates {
        status_number: none,
        status_overall: none,
        status_scarce: none,
        ..Rates::default()
    };
    // What the limit of addresses leaves, five a second, for the ten-thousandth part of a day.
    let span = DAY / 10_000;
    let asked = u32::try_from(span.as_millis() / 200).unwrap();
    let attack = attack(&rates, span, span, asked);
    assert_eq!(attack.sum(), u64::from(ADDRESSES * asked));
    let expected = attack.expected(STRANGER, 10_000);
    let drawn = attack.drawn(STRANGER, 10_000, times(20, 200), seed);
    println!("without limits: {expected:.1} of 10,000 expected, {drawn:.1} drawn");
    assert!(expected > 1.0 && drawn > 1.0);
}

/// Behind a proxy that says so, every question comes from an address of its own.
fn ask(client: &mut Client, from: u32, number: &str, tails: (&str, &str)) -> Response {
    let from = address(from).to_string();
    let headers = [
        ("content-type", "application/json"),
        ("x-forwarded-for", from.as_str()),
        ("accept-language", "en"),
    ];
    let body = json!({"number": number, "id_tail": tails.0, "mobile_tail": tails.1});
    let body = body.to_string();
    client.call("POST", "/v1/public/claim-status", &headers, body.as_bytes())
}

fn behind_a_proxy(world: &World) -> Server {
    world.database.serve_with(|command| {
        command.env("TRADEIN_TRUSTED_PROXIES", "127.0.0.1");
    })
}

/// The tails of a claim as it was filed.
fn tails(claim: &serde_json::Value) -> (String, String) {
    let last = |text: &serde_json::Value| {
        let text = text.as_str().unwrap();
        text[text.len() - 4..].to_owned()
    };
    let consumer = &claim["consumer"];
    (last(&consumer["id_number"]), last(&consumer["mobile"]))
}

/// A tail of a mobile number that is not this one.
fn another(tail: &str) -> &'static str {
    if tail == "0000" { "1111" } else { "0000" }
}

/// Status, headers and body.
type Shown = (u16, Vec<(String, String)>, Vec<u8>);

/// Everything of an answer but its name and the time.
fn shown(answer: &Response) -> Shown {
    let names = ["x-request-id", "date"];
    let headers = answer.headers.iter();
    let headers = headers.filter(|(name, _)| !names.contains(&name.as_str()));
    let mut headers: Vec<_> = headers.cloned().collect();
    // Their order changes from answer to answer, whatever is asked.
    headers.sort_unstable();
    (answer.status, headers, answer.body.clone())
}

#[test]
fn who_knows_the_tails_is_never_out_of_guesses_and_who_does_not_soon_is() {
    for backend in Backend::ALL {
        let world = World::new(backend);
        let server = behind_a_proxy(&world);
        let claim = claim(PROGRAMME);
        let filed = server
            .client_of(&world.dealers[0])
            .file("known-0001", &claim);
        let number = filed.json()["number"].as_str().unwrap().to_owned();
        let (id, mobile) = tails(&claim);
        let mut client = server.client();
        for from in 0..60 {
            let answer = ask(&mut client, from, &number, (&id, &mobile));
            assert_eq!(answer.status, 200, "{from}: {}", answer.text());
        }
        let mut wrong = 0;
        while ask(&mut client, 100 + wrong, &number, (&id, another(&mobile))).status == 404 {
            wrong += 1;
        }
        // Another is allowed after five minutes, should this take so long.
        assert!((20..25).contains(&wrong), "{wrong}");
        let locked = ask(&mut client, 200, &number, (&id, &mobile));
        assert_eq!(
            locked.status, 429,
            "an answer would tell a guesser that he was right"
        );
    }
}

#[test]
fn wrong_and_missing_are_told_with_the_same_bytes_and_in_like_time() {
    for backend in Backend::ALL {
        let world = World::new(backend);
        let server = behind_a_proxy(&world);
        let mut dealer = server.client_of(&world.dealers[0]);
        let claims: Vec<_> = (0..20)
            .map(|n| {
                let claim = claim(PROGRAMME);
                let filed = dealer.file(&format!("timed-{n:04}"), &claim);
                let number = filed.json()["number"].as_str().unwrap().to_owned();
                (number, tails(&claim))
            })
            .collect();
        let mut client = server.client();
        let mut asked = Asked::default();
        // A loaded machine may spoil a comparison, and hardly three; what the service does
        // differently shows in each.
        let alike = (0..3).any(|_| {
            let [wrong, missing, invalid] = asked.medians(&mut client, &claims);
            let [missing, invalid] = [missing, invalid].map(|other| other / wrong);
            println!(
                "{backend:?}: median of a wrong pair {:.0} µs; of a missing number {missing:.2} \
                 and of what is no number {invalid:.2} times that",
                wrong * 1e6
            );
            let like = 0.8..1.25;
            like.contains(&missing) && like.contains(&invalid)
        });
        assert!(alike, "the time tells which numbers there are");
        // A difference would be seen: the right pair is told something else.
        let (number, (id, mobile)) = &claims[0];
        let right = ask(&mut client, asked.questions + 1, number, (id, mobile));
        assert_ne!(Some(shown(&right)), asked.first);
    }
}

/// Questions that are all told alike.
#[derive(Default)]
struct Asked {
    questions: u32,
    first: Option<Shown>,
}

impl Asked {
    /// Asks by turns with a wrong pair, for a number that is missing and for what is no number;
    /// gives the medians in seconds.
    fn medians(&mut self, client: &mut Client, claims: &[(String, (String, String))]) -> [f64; 3] {
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        // In three comparisons fewer than a number allows at once.
        for (number, (id, mobile)) in claims.iter().cycle().take(claims.len() * 6) {
            // Of the same form, and given to nobody: only its check digit is made anew.
            let missing = missing(number);
            let invalid = format!("{}X", &number[..number.len() - 1]);
            for (kind, number) in [number, &missing, &invalid].into_iter().enumerate() {
                self.questions += 1;
                let begun = Instant::now();
                let answer = ask(client, self.questions, number, (id, another(mobile)));
                times[kind].push(begun.elapsed());
                assert_eq!(answer.status, 404, "{number}: {}", answer.text());
                let first = self.first.get_or_insert_with(|| shown(&answer));
                assert_eq!(&shown(&answer), first, "{number}");
            }
        }
        times.map(|mut times| {
            times.sort_unstable();
            times[times.len() / 2].as_secs_f64()
        })
    }
}

/// The number of a claim that does not exist.
fn missing(number: &str) -> String {
    let series = number.split('-').next().unwrap();
    let ordinal: i64 = number.split('-').nth(1).unwrap().parse().unwrap();
    tradein::admission::number::format(series, ordinal + 5_000_000)
}
