//! Every route that writes, with a scene in which it succeeds.

use super::world::{Call, World};
use super::{bureau, control, dealer};

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

/// Every one.
pub fn all() -> Vec<Route> {
    [dealer::ROUTES, bureau::ROUTES, control::ROUTES].concat()
}

/// Routes with another method than GET that write nothing.
pub const READING: [&str; 4] = [
    "POST /oauth/token",
    "POST /v1/claims/check",
    "POST /v1/public/claim-status",
    "POST /v1/webhooks/{id}/test",
];
