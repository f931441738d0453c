//! One file a use case. Each is one transaction, or reads only.

pub mod access;
pub mod ageing;
pub mod amend;
pub mod appeal;
pub mod audit_samples;
pub mod author;
pub mod board;
pub mod bulk;
pub mod check_receipt;
pub mod claim_lists;
pub mod claims;
pub mod clawback;
pub mod credentials;
pub mod dealer_accounts;
pub mod dealer_claims;
pub mod dealer_list;
pub mod dealer_logins;
pub mod dealer_money;
pub mod dealers;
pub mod deliveries;
pub mod denial;
pub mod dossier;
pub mod events;
pub mod export;
pub mod flags;
pub mod goods;
pub mod in_my_name;
pub mod journal_view;
pub mod key_moves;
pub mod lapse;
pub mod lists;
pub mod next_step;
pub mod notes;
pub mod notices;
pub mod open_flags;
pub mod outcomes;
pub mod own_password;
pub mod pack_trial;
pub mod pack_views;
pub mod packs;
pub mod papers;
mod payment_reason;
pub mod payout;
pub mod people;
pub mod pool_days;
pub mod pool_money;
pub mod pool_stages;
pub mod pools;
pub mod proposals;
pub mod public;
pub mod public_catalogue;
pub mod public_claim;
pub mod recheck;
pub mod reconcile;
pub mod register;
pub mod register_file;
pub mod reseal;
pub mod review;
pub mod scene;
pub mod screening;
pub mod shipped;
pub mod sign_in;
pub mod submit;
pub mod uploads;
pub mod verification;
pub mod verify;
pub mod webhooks;
pub mod withdraw;

use std::pin::pin;
use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::admission::key_filter::KeyFilter;
use crate::admission::{ANSWER_WITHIN, Admit};
use crate::catalogue::{CatalogueCell, Role};
use crate::domain::calendar::Calendar;
use crate::domain::ids::{ClientId, DealerId, StaffId};
use crate::domain::screening::Thresholds;
use crate::keys::Keys;
use crate::papers::PaperStore;
use crate::settings::Settings;
use crate::storage::{Database, DatabaseError, Db, Fault, Pulse, StorageError};
use crate::webhooks::outbound::Outbound;

/// Everything that a use case needs. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    /// The database.
    pub database: Database,
    /// How many may write at once, claims aside: half of the connections.
    pub writers: Arc<Semaphore>,
    /// Packs, pools, dealers, clients.
    pub catalogue: CatalogueCell,
    /// Decides claims.
    pub admission: Arc<dyn Admit>,
    /// What is known of the keys that are cold.
    pub key_filter: Arc<KeyFilter>,
    /// Secrets.
    pub keys: Arc<Keys>,
    /// Keeps the papers of claims.
    pub papers: Arc<PaperStore>,
    /// Sends webhooks.
    pub outbound: Arc<Outbound>,
    /// Working days.
    pub calendar: Arc<Calendar>,
    /// Where screening begins to find claims odd.
    pub thresholds: Arc<Thresholds>,
    /// Settings.
    pub settings: Arc<Settings>,
}

/// A client, authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Principal {
    /// The credentials used.
    pub client: ClientId,
    /// What they may do.
    pub role: Role,
    /// The user of the bureau, where they are one's.
    pub staff: Option<StaffId>,
}

/// A dealer's client, authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DealerCaller {
    /// The dealer.
    pub dealer: DealerId,
    /// Its credentials; idempotency keys belong to them.
    pub client: ClientId,
}

/// A user of the bureau, authenticated: the person, whatever credentials he used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaffCaller {
    /// The person.
    pub staff: StaffId,
    /// In which role these credentials act.
    pub role: Role,
}

/// Who looks at claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    /// A dealer sees its own.
    Dealer(DealerId),
    /// The bureau sees all.
    Bureau,
}

/// Whoever has a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// A dealer.
    Dealer(DealerId),
    /// A user of the bureau.
    Staff(StaffCaller),
}

impl Caller {
    /// What he may look at.
    pub const fn viewer(self) -> Viewer {
        match self {
            Caller::Dealer(dealer) => Viewer::Dealer(dealer),
            Caller::Staff(_) => Viewer::Bureau,
        }
    }
}

/// Why something cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Not there, or not the viewer's to see.
    #[error("not there")]
    NotFound,
    /// The database does not answer.
    #[error("not available for now")]
    Unavailable,
    /// A fault in this program or in what it stored.
    #[error("a fault in this program")]
    Broken,
}

impl From<StorageError> for ReadError {
    fn from(error: StorageError) -> Self {
        if error.fault() == Fault::Internal {
            tracing::error!(%error, "a read failed");
            return ReadError::Broken;
        }
        tracing::warn!(%error, "a read failed");
        ReadError::Unavailable
    }
}

impl From<OperationError> for ReadError {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::Storage(error) => error.into(),
            OperationError::Refused(_) => {
                tracing::warn!(%error, "not done");
                ReadError::Unavailable
            }
        }
    }
}

/// Why a use case could not be done at all.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// The database is away or refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// What was asked cannot be done; the sentence says why and what to do.
    #[error("{0}")]
    Refused(String),
}

impl From<DatabaseError> for OperationError {
    fn from(error: DatabaseError) -> Self {
        OperationError::Storage(error.into())
    }
}

impl Engine {
    /// Runs database work that only reads, off the request threads. What writes may have to wait
    /// without end, and would keep the connection from those who read.
    ///
    /// # Errors
    /// Those of `work`; [`StorageError::NoConnection`] when none comes free.
    pub async fn with_db<T, E>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        let database = self.database.clone();
        let done = tokio::task::spawn_blocking(move || work(&mut *database.get()?)).await;
        done.unwrap_or_else(|_| {
            Err(StorageError::NoConnection("the work was cut off".into()).into())
        })
    }

    /// Opens sealed words; `what` names them in the error, and says nothing of them.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`] when they do not open, or are no words.
    pub fn opened(&self, aad: &[u8], sealed: &[u8], what: &str) -> Result<String, StorageError> {
        let plain = self.keys.vault.open(aad, sealed).ok();
        let words = plain.and_then(|plain| String::from_utf8(plain).ok());
        words.ok_or_else(|| StorageError::Corrupt(what.to_owned()))
    }

    /// Runs database work that may write, off the request threads, and on half of the connections, so
    /// that the others stay for those who read. Who waits for one answer of the database longer than
    /// [`ANSWER_WITHIN`] is told so; the work goes on, and whoever looks later sees what came of it.
    ///
    /// # Errors
    /// Those of `work`; [`StorageError::Silent`].
    pub async fn write_db<T, E>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        let pulse = Pulse::default();
        let heard = pulse.clone();
        let mut doing = pin!(self.write_db_in_background(move |conn| {
            heard.listen(conn);
            work(conn)
        }));
        loop {
            let patience = ANSWER_WITHIN.saturating_sub(pulse.silence());
            match tokio::time::timeout(patience, &mut doing).await {
                Ok(done) => return done,
                Err(_) if pulse.silence() >= ANSWER_WITHIN => {
                    return Err(StorageError::Silent.into());
                }
                Err(_) => {}
            }
        }
    }

    /// The same for work that nobody waits for: it may take as long as it takes.
    ///
    /// # Errors
    /// Those of `work`; [`StorageError::NoConnection`] when none comes free.
    pub async fn write_db_in_background<T, E>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        // Nobody closes it.
        let turn = self.writers.clone().acquire_owned().await;
        self.with_db(move |conn| {
            let _turn = turn;
            work(conn)
        })
        .await
    }

    /// Reads the catalogue again if the database has a newer one.
    ///
    /// # Errors
    /// The database's.
    pub async fn refresh(&self) -> Result<bool, StorageError> {
        let cell = self.catalogue.clone();
        self.with_db(move |conn| cell.refresh(conn)).await
    }

    /// Whether the database answers.
    pub async fn ready(&self) -> bool {
        self.with_db(crate::storage::catalogue::version)
            .await
            .is_ok()
    }

    /// Answers what was taken and ends the writers. Blocks.
    pub fn stop(&self) {
        self.admission.stop();
    }
}
