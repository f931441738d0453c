//! The one sender of a process.

use std::sync::OnceLock;

use super::sender::Sender;
use super::target::Policy;

/// What may be called, and who calls: made when it is first needed, because most commands send
/// nothing and need no root certificates.
pub struct Outbound {
    policy: Policy,
    sender: OnceLock<Option<Sender>>,
}

impl Outbound {
    /// Under this policy.
    pub const fn new(policy: Policy) -> Self {
        Self {
            policy,
            sender: OnceLock::new(),
        }
    }

    /// The policy.
    pub const fn policy(&self) -> Policy {
        self.policy
    }

    /// The sender; `None` where there can be none, which is logged once.
    pub fn sender(&self) -> Option<&Sender> {
        let made = self.sender.get_or_init(|| {
            let made = Sender::new(self.policy);
            made.inspect_err(|error| {
                tracing::error!(%error, code = error.code(), "no webhook can be sent from here");
            })
            .ok()
        });
        made.as_ref()
    }
}
