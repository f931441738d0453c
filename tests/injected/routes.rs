//! Every route that writes, with a scene in which it succeeds.

use super::world::{Call, World};
use super::{bureau, control, dealer, pages_bureau, pages_control, pages_dealer, pages_door};

/// A route and a scene.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// As the table of routes says it: `POST /v1/claims`.
    pub route: &'static str,
    /// Which scene, where there are several.
    pub scene: &'static str,
    /// Makes the scene, and the call that succeeds in it.
    pub prepare: fn(&mut World) -> Call,
    /// Whether it is done anew when it is sent again: what is told once cannot be told again.
    pub anew: bool,
}

impl Route {
    pub const fn new(
        route: &'static str,
        scene: &'static str,
        prepare: fn(&mut World) -> Call,
    ) -> Self {
        Self {
            route,
            scene,
            prepare,
            anew: false,
        }
    }

    /// That is done anew when it is sent again.
    pub const fn anew(mut self) -> Self {
        self.anew = true;
        self
    }

    /// What a finding calls it.
    pub fn name(&self) -> String {
        let scene = if self.scene.is_empty() { "" } else { " — " };
        format!("{}{scene}{}", self.route, self.scene)
    }
}

/// Those of programs.
pub fn of_programs() -> Vec<Route> {
    [dealer::ROUTES, bureau::ROUTES, control::ROUTES].concat()
}

/// Those of people.
pub fn of_people() -> Vec<Route> {
    [
        pages_dealer::ROUTES,
        pages_bureau::ROUTES,
        pages_control::ROUTES,
        pages_door::ROUTES,
    ]
    .concat()
}

/// The first scene of a route.
pub fn first(name: &str) -> Route {
    let mut all = all().into_iter();
    all.find(|route| route.route == name).unwrap()
}

/// Every one.
pub fn all() -> Vec<Route> {
    [of_programs(), of_people()].concat()
}

/// The scene of programs in which a page can do the same, and the call that does it there.
pub fn twin(world: &mut World, route: &str, scene: &str) -> Call {
    let mut all = of_programs().into_iter();
    let found = all.find(|known| known.route == route && known.scene == scene);
    let found = found.unwrap_or_else(|| panic!("no scene {scene:?} of {route}"));
    (found.prepare)(world)
}

/// What the call in such a scene is about: `/v1/claims/ID/withdraw` is about `ID`.
pub fn subject(world: &mut World, route: &str, scene: &str) -> String {
    let call = twin(world, route, scene);
    part(&call.path, 3).to_owned()
}

/// A part of a path, counted from one.
pub fn part(path: &str, place: usize) -> &str {
    path.split('/').nth(place).unwrap()
}

/// Routes with another method than GET that write nothing.
pub const READING: [&str; 12] = [
    "POST /oauth/token",
    "POST /v1/claims/check",
    "POST /v1/public/claim-status",
    "POST /v1/webhooks/{id}/test",
    // Who looks for a claim, asks whether one was filed in his name, or has a receipt checked.
    "POST /",
    "POST /in-my-name",
    "POST /receipt",
    // What a claim would be answered, and which of its fields are wrong.
    "POST /dealer/claims/check",
    "POST /dealer/claims/check-fields",
    "POST /dealer/api/webhooks/{id}/test",
    // What a pack would say of a claim.
    "POST /bureau/packs/{programme}/try",
    // Recomputes, and keeps what it found in memory.
    "POST /bureau/audit/verification",
];
