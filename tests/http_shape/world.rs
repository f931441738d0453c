//! An engine with one client of each role, behind the whole application.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, RwLock};

use tradein::catalogue::{Catalogue, CatalogueCell, Client, Role};
use tradein::clock;
use tradein::domain::ids::{ClientId, DealerId};
use tradein::keys::Keys;
use tradein::operations::Engine;
use tradein::settings::Settings;

/// A client and its credentials.
pub struct Known {
    pub role: &'static str,
    pub id: String,
    pub secret: String,
}

pub struct World {
    pub engine: Engine,
    pub clients: Vec<Known>,
}

pub const POOL: &str = "jiyuan-cars";

impl World {
    pub fn new() -> Self {
        let dealer = DealerId(clock::new_uuid());
        let roles = [
            Role::Dealer(dealer),
            Role::Reviewer,
            Role::Approver,
            Role::Finance,
            Role::Auditor,
            Role::Operator,
        ];
        let mut clients = HashMap::new();
        let mut known = Vec::new();
        for role in roles {
            let id = ClientId(clock::new_uuid());
            let secret = format!("secret-of-{}", role.as_str());
            let secret_hash = secret.clone().into_bytes();
            clients.insert(
                id,
                Client {
                    secret_hash,
                    role,
                    active: true,
                },
            );
            known.push(Known {
                role: role.as_str(),
                id: id.to_string(),
                secret,
            });
        }
        let engine = Engine {
            catalogue: CatalogueCell {
                current: Arc::new(RwLock::new(Arc::new(Catalogue { clients }))),
            },
            keys: Arc::new(Keys::generate(clock::now()).ok().unwrap()),
            settings: Arc::new(Settings {
                issuer: "tradein".into(),
                audience: "tradein-api".into(),
                workers: 1,
            }),
            answer: Arc::new(Mutex::new(None)),
        };
        Self {
            engine,
            clients: known,
        }
    }

    pub fn client(&self, role: &str) -> &Known {
        self.clients
            .iter()
            .find(|known| known.role == role)
            .unwrap()
    }

    /// Revokes a client, as the command line would, and lets the engine hear of it.
    pub fn revoke(&self, role: &str) {
        let id = ClientId::parse(&self.client(role).id).unwrap();
        let mut cell = self.engine.catalogue.current.write().unwrap();
        let mut fresh = Catalogue::clone(&cell);
        fresh.clients.get_mut(&id).unwrap().active = false;
        *cell = Arc::new(fresh);
    }
}
