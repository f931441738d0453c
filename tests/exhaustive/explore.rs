//! Breadth first, so that the path to what is wrong is a shortest one.

use std::collections::{HashMap, VecDeque};

use crate::world::{Design, World};

/// What an exploration came to.
pub struct Explored {
    /// States that can be reached.
    pub states: usize,
    /// States from which nothing goes on.
    pub ends: usize,
    /// The first thing that is wrong, with the steps that lead there.
    pub wrong: Option<(String, Vec<String>)>,
}

/// Reaches every state.
pub fn explore(design: &Design) -> Explored {
    let start = World::new(&design.case);
    let mut came_from: HashMap<World, Option<(World, String)>> = HashMap::new();
    came_from.insert(start.clone(), None);
    let mut ahead = VecDeque::from([start]);
    let mut ends = 0;
    while let Some(world) = ahead.pop_front() {
        let steps = world.steps(design);
        let mut wrong = world.wrong(design);
        if steps.is_empty() {
            ends += 1;
            wrong = wrong.or_else(|| world.wrong_at_the_end(design));
        }
        if let Some(what) = wrong {
            let path = path_to(&came_from, &world);
            return Explored {
                states: came_from.len(),
                ends,
                wrong: Some((what, path)),
            };
        }
        for (name, next) in steps {
            if !came_from.contains_key(&next) {
                came_from.insert(next.clone(), Some((world.clone(), name)));
                ahead.push_back(next);
            }
        }
    }
    Explored {
        states: came_from.len(),
        ends,
        wrong: None,
    }
}

fn path_to(came_from: &HashMap<World, Option<(World, String)>>, world: &World) -> Vec<String> {
    let mut path = Vec::new();
    let mut at = world;
    while let Some((before, step)) = &came_from[at] {
        path.push(step.clone());
        at = before;
    }
    path.reverse();
    path
}
