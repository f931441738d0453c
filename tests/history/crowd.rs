//! Everybody at once: dealers on many connections, an operator, and deadlines that come.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tradein::domain::money::Fen;
use tradein::keys::Jwks;
use tradein::rehearse::generate::Generator;
use tradein::rehearse::{Profile, SplitMix64};
use tradein::storage::Target;

use super::PROGRAMME;
use super::desk::{Desk, Mine, count_due, set_deadlines};
use super::notes::{Note, Stand};
use super::scene::{CONNECTIONS, Scene};
use crate::support::Credentials;

/// Of so many claims that a client has filed, one is looked at, and one taken back.
const ONE_IN: u64 = 8;
/// Of so many claims that hold money, the deadline of one comes.
const LAPSES_ONE_IN: u64 = 24;
/// After so many claims more money is put in.
const MONEY_EVERY: u64 = 400;
/// How many claims a client keeps in mind.
const IN_MIND: usize = 32;
/// The least that is put in, in fen; each time one more.
const MONEY: i64 = 100_000;
/// A deadline that has come, in microseconds since 1970.
const PAST_US: i64 = 1;

/// The money of a pool that is enough for a third of so many claims, more or less: an appliance gets
/// a thousand yuan.
pub fn third(claims: u64) -> Fen {
    const USUAL: u64 = 105_000;
    Fen::new(i64::try_from(claims * USUAL / 3).unwrap() + 1).unwrap()
}

/// Who acts, and what for.
pub struct Crowd<'a> {
    scene: &'a Scene,
    operator: Credentials,
    generator: Generator,
    seed: u64,
    claims: u64,
    jwks: Jwks,
    next: AtomicU64,
    answered: AtomicU64,
    /// Claims whose deadline is to come, by their ids.
    doomed: Mutex<Vec<String>>,
}

impl<'a> Crowd<'a> {
    /// Everybody, before the first claim.
    pub fn new(scene: &'a Scene, operator: Credentials, seed: u64, claims: u64) -> Self {
        let jwks = scene.servers[0].client().get("/.well-known/jwks.json");
        Self {
            scene,
            operator,
            generator: Generator::new(Profile::of(PROGRAMME).unwrap(), seed),
            seed,
            claims,
            jwks: Jwks::parse(&jwks.text()).unwrap(),
            next: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            doomed: Mutex::default(),
        }
    }

    /// Files all claims and does everything beside; gives all notes once nothing more comes of it.
    pub fn act(&self) -> Vec<Note> {
        std::thread::scope(|scope| {
            let dealers: Vec<_> = (0..CONNECTIONS)
                .map(|lane| scope.spawn(move || self.deal(lane)))
                .collect();
            let operator = scope.spawn(|| self.put_money_in());
            scope.spawn(|| self.let_deadlines_come());
            let all = dealers.into_iter().chain([operator]);
            all.flat_map(|one| one.join().unwrap()).collect()
        })
    }

    fn desk<'b>(&'b self, instance: usize, credentials: &'b Credentials) -> Desk<'b> {
        let servers = &self.scene.servers;
        Desk::new(&servers[instance % servers.len()], credentials, &self.jwks)
    }

    fn is_over(&self) -> bool {
        self.answered.load(Ordering::Relaxed) >= self.claims
    }

    /// One connection of a dealer.
    fn deal(&self, lane: usize) -> Vec<Note> {
        let dealer = &self.scene.dealers[lane % self.scene.dealers.len()];
        // Each dealer is at every instance.
        let instance = lane / self.scene.dealers.len();
        let mut desk = self.desk(instance, &dealer.credentials);
        let mut random = SplitMix64::new(self.seed ^ (lane as u64) << 32);
        let mut mine: Vec<Mine> = Vec::with_capacity(IN_MIND);
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            if index >= self.claims {
                return desk.notes;
            }
            let (key, body) = (
                self.generator.key(index),
                self.generator.body(index, &dealer.uscc),
            );
            let claim = desk.file(&key, &body).unwrap();
            self.answered.fetch_add(1, Ordering::Relaxed);
            if claim.stand == Stand::Reserved && random.below(LAPSES_ONE_IN) == 0 {
                self.doomed.lock().unwrap().push(claim.id.clone());
            }
            match mine.len() {
                IN_MIND => mine[random.below(IN_MIND as u64) as usize] = claim,
                _ => mine.push(claim),
            }
            let one = random.below(mine.len() as u64) as usize;
            match random.below(ONE_IN) {
                0 => drop(desk.look(&mine[one])),
                1 => desk.take_back(&mine.swap_remove(one)),
                _ => {}
            }
        }
    }

    fn put_money_in(&self) -> Vec<Note> {
        let mut desk = self.desk(1, &self.operator);
        for times in 1.. {
            while self.answered.load(Ordering::Relaxed) < times * MONEY_EVERY {
                if self.is_over() {
                    return desk.notes;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            desk.put_in(self.scene.pools[0].name, MONEY + times as i64);
        }
        desk.notes
    }

    /// The engine has the claims lapse by itself, within a second or so.
    fn let_deadlines_come(&self) {
        let mut conn = Target::parse(self.scene.database.url())
            .unwrap()
            .open()
            .unwrap();
        while !self.is_over() {
            std::thread::sleep(Duration::from_millis(50));
            let doomed = std::mem::take(&mut *self.doomed.lock().unwrap());
            if !doomed.is_empty() {
                set_deadlines(&mut conn, self.scene.database.backend(), &doomed, PAST_US);
            }
        }
        // Whatever is due by now is done before the journal is read.
        while count_due(&mut conn, PAST_US) > 0 {
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}
