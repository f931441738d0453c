//! The program against the model: the same commands, the same answers, the same books.

pub mod command;
mod ending;
mod pick;
pub mod programmes;
pub mod reference;
pub mod service;

use std::fmt::Write;

use tradein::rehearse::SplitMix64;

use crate::support::Backend;
use command::Command;
use pick::next_command;
use programmes::PROGRAMMES;
use reference::{Model, Rules};
use service::{Service, Settings};

/// How one sequence is run.
#[derive(Debug, Clone)]
pub struct Run {
    /// What the commands are picked by.
    pub seed: u64,
    /// How many, before everything is brought to its end.
    pub commands: usize,
    /// By which rules the model decides.
    pub rules: Rules,
    /// Variables of the service.
    pub settings: Settings,
}

impl Run {
    /// A sequence of this many commands under the published rules.
    pub fn new(seed: u64, commands: usize) -> Self {
        Self {
            seed,
            commands,
            rules: Rules::Right,
            settings: Settings::default(),
        }
    }

    /// The commands of the model alone.
    pub fn alone(&self) -> Model {
        let mut random = SplitMix64::new(self.seed);
        let mut model = Model::new(self.rules);
        for _ in 0..self.commands {
            model.apply(&next_command(&mut random, &model));
        }
        while let Some(command) = ending::way_out(&model) {
            model.apply(&command);
        }
        model
    }

    /// The commands on the program, too.
    ///
    /// # Errors
    /// The log and what differed.
    pub fn against(&self, backends: &[Backend]) -> Result<Model, String> {
        let mut random = SplitMix64::new(self.seed);
        let mut pair = Pair {
            model: Model::new(self.rules),
            services: Vec::new(),
            log: format!("TRADEIN_TEST_SEED={}\n", self.seed),
        };
        for backend in backends {
            pair.services.push(Service::new(*backend, &self.settings));
        }
        // What is picked goes by the published rules also where the answers do not.
        let mut guide = Model::new(Rules::Right);
        for step in 0..self.commands {
            let command = next_command(&mut random, &guide);
            guide.apply(&command);
            pair.step(step, &command)?;
            if step % 40 == 39 {
                pair.compare_all()?;
            }
        }
        pair.compare_books()?;
        let mut step = self.commands;
        while let Some(command) = ending::way_out(&pair.model) {
            pair.step(step, &command)?;
            step += 1;
        }
        pair.compare_books()?;
        Ok(pair.model)
    }
}

/// After how many commands of a model with a fault the published rules say something else.
pub fn goes_wrong(seed: u64, fault: Rules, commands: usize) -> Option<usize> {
    let mut random = SplitMix64::new(seed);
    let (mut wrong, mut right) = (Model::new(fault), Model::new(Rules::Right));
    (1..=commands).find(|_| {
        let command = next_command(&mut random, &right);
        let answers = wrong.apply(&command) != right.apply(&command);
        answers || wrong.figures() != right.figures()
    })
}

/// The model and the program on some databases.
struct Pair {
    model: Model,
    services: Vec<Service>,
    log: String,
}

impl Pair {
    fn step(&mut self, step: usize, command: &Command) -> Result<(), String> {
        writeln!(self.log, "{step}: {command:?}").unwrap();
        let expected = self.model.apply(command);
        writeln!(self.log, "    {expected:?}").unwrap();
        let figures = self.model.figures();
        for service in &mut self.services {
            let (seen, backend) = (service.apply(command), service.backend());
            if seen != expected {
                return Err(format!("{}    {backend:?} says {seen:?}", self.log));
            }
            let told = service.figures();
            if let Some((told, right)) = told.iter().zip(&figures).find(|(a, b)| a != b) {
                let log = &self.log;
                return Err(format!(
                    "{log}    {backend:?}: {told:?}\n    is not {right:?}"
                ));
            }
            assert_eq!(told.len(), figures.len());
        }
        Ok(())
    }

    /// Every claim and everything that is owed.
    fn compare_all(&mut self) -> Result<(), String> {
        let (claims, owed) = (self.model.claims(), self.model.owed());
        let owed: Vec<[i64; 3]> = owed.iter().map(|o| o.told()).collect();
        for service in &mut self.services {
            let (backend, log) = (service.backend(), &self.log);
            let told = service.claims();
            let differs = (0..claims.len()).find(|n| told[*n] != claims[*n]);
            if let Some(n) = differs {
                let (told, right) = (&told[n], &claims[n]);
                return Err(format!(
                    "{log}    {backend:?}: claim {n}: {told:?}\n    is not {right:?}"
                ));
            }
            let told = service.owed();
            if told != owed {
                return Err(format!(
                    "{log}    {backend:?}: {told:?} is owed, not {owed:?}"
                ));
            }
        }
        Ok(())
    }

    /// The journals, too, and what verify says.
    fn compare_books(&mut self) -> Result<(), String> {
        self.compare_all()?;
        for service in &mut self.services {
            let (backend, log) = (service.backend(), &self.log);
            for (n, programme) in PROGRAMMES.iter().enumerate() {
                let (told, right) = (service.journal(n), self.model.journal(n));
                if told != right {
                    let at = told.iter().zip(right).position(|(a, b)| a != b);
                    let at = at.unwrap_or(told.len().min(right.len()));
                    let (told, right) = (told.get(at), right.get(at));
                    let pool = programme.pool;
                    return Err(format!(
                        "{log}    {backend:?}: {pool}: entry {at}: {told:?} is not {right:?}"
                    ));
                }
            }
            if let Some(wrong) = service.wrong_books() {
                return Err(format!("{log}    {backend:?}: {wrong}"));
            }
        }
        Ok(())
    }
}
