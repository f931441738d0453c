//! From settings to a running engine.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::admission::Admission;
use crate::admission::key_filter::KeyFilter;
use crate::catalogue::CatalogueCell;
use crate::clock;
use crate::domain::calendar::Calendar;
use crate::domain::screening::Thresholds;
use crate::keys::{KeyError, KeySource, Keys};
use crate::operations::{Engine, OperationError, pools};
use crate::papers::{PaperStore, PaperStoreError};
use crate::settings::{Settings, SettingsError};
use crate::storage::{Database, StorageError};
use crate::webhooks::outbound::Outbound;
use crate::webhooks::target::Policy;

/// The environment variable that holds the content of a key file.
pub const KEYS_VARIABLE: &str = "TRADEIN_KEYS";

/// Why the engine does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// A first row could not be written.
    #[error(transparent)]
    Operation(#[from] OperationError),
    /// The place where papers are kept.
    #[error(transparent)]
    Papers(#[from] PaperStoreError),
    /// The calendar of working days.
    #[error("the calendar {path}: {problems}")]
    Calendar {
        /// The file.
        path: String,
        /// Every mistake with its place, or what the system said.
        problems: String,
    },
    /// The thresholds of screening.
    #[error("the thresholds of screening {path}: {problem}")]
    Screening {
        /// The file.
        path: String,
        /// What is wrong, or what the system said.
        problem: String,
    },
    /// PostgreSQL, and no keys were given.
    #[error(
        "PostgreSQL is shared by instances and outlives them, so keys are not made up here.\n\
         Make a key file once with `tradein keys new --out FILE`, keep it safe, and name it in\n\
         TRADEIN_KEYS_FILE (or put its content into TRADEIN_KEYS)."
    )]
    NoKeys,
    /// The database's settings could lose acknowledged claims.
    #[error("the database could lose acknowledged claims: {0}; this is refused in production")]
    Unsafe(String),
    /// Webhooks could be made to speak to the network that the service stands in.
    #[error(
        "TRADEIN_WEBHOOKS_SANDBOX lets webhooks call private addresses; this is refused in production"
    )]
    WebhooksSandbox,
}

/// Reads the keys that the settings name. The embedded default makes its own and says so.
///
/// # Errors
/// [`StartError::NoKeys`] on PostgreSQL without keys, and what is wrong with given ones.
pub fn load_keys(settings: &Settings) -> Result<Keys, StartError> {
    if let Ok(content) = std::env::var(KEYS_VARIABLE)
        && !content.is_empty()
    {
        return Ok(Keys::load(&KeySource::Inline(content.into()))?);
    }
    let path = settings.keys_path();
    let shared = settings.target()?.is_postgres();
    if shared && !path.exists() {
        return Err(StartError::NoKeys);
    }
    if shared || settings.keys_file.is_some() {
        return Ok(Keys::load(&KeySource::File(path))?);
    }
    let (keys, made) = Keys::load_or_make(&path, clock::now())?;
    if made {
        tracing::warn!(
            path = %path.display(),
            "new keys were made (mode 0600): without this file sealed data cannot be read"
        );
    }
    Ok(keys)
}

/// The calendar of working days: the file that the settings name, else the one built in. A year
/// that was published after this program was made needs a file.
fn calendar(settings: &Settings) -> Result<Calendar, StartError> {
    let Some(path) = &settings.calendar else {
        return Ok(Calendar::shipped().clone());
    };
    let fail = |problems: String| StartError::Calendar {
        path: path.display().to_string(),
        problems,
    };
    let text = std::fs::read_to_string(path).map_err(|e| fail(e.to_string()))?;
    Calendar::parse(&text).map_err(|problems| {
        let told = problems
            .iter()
            .map(|p| format!("{}:{}: {}", p.line, p.column, p.message));
        fail(told.collect::<Vec<_>>().join("; "))
    })
}

/// The thresholds of screening: those built in, and what the file that the settings name says
/// otherwise.
fn thresholds(settings: &Settings) -> Result<Thresholds, StartError> {
    let Some(path) = &settings.screening else {
        return Ok(Thresholds::default());
    };
    let fail = |problem: String| StartError::Screening {
        path: path.display().to_string(),
        problem,
    };
    let text = std::fs::read_to_string(path).map_err(|e| fail(e.to_string()))?;
    Thresholds::parse(&text).map_err(fail)
}

/// Opens the database, brings its tables up to date, and loads keys and catalogue.
///
/// # Errors
/// [`StartError`].
pub fn start(settings: Settings) -> Result<Engine, StartError> {
    let keys = load_keys(&settings)?;
    start_with(settings, keys)
}

/// Opens the database and brings it up to date, without keys.
///
/// # Errors
/// [`StartError`]; [`StartError::Unsafe`] in production only, elsewhere it is a warning.
pub fn open_database(settings: &Settings) -> Result<Database, StartError> {
    let database = Database::open(settings.target()?, settings.connections)?;
    let mut conn = database.get()?;
    let found = conn.unsafe_settings()?;
    if !found.is_empty() {
        let found = found.join(", ");
        if settings.production {
            return Err(StartError::Unsafe(found));
        }
        tracing::warn!(settings = %found, "the database could lose acknowledged claims");
    }
    pools::ensure_no_pool(&mut conn)?;
    drop(conn);
    Ok(database)
}

/// The same with keys at hand.
///
/// # Errors
/// [`StartError`].
pub fn start_with(settings: Settings, keys: Keys) -> Result<Engine, StartError> {
    if settings.production && settings.webhooks_sandbox {
        return Err(StartError::WebhooksSandbox);
    }
    let database = open_database(&settings)?;
    let keys = Arc::new(keys);
    let catalogue = CatalogueCell::load(&database)?;
    let key_filter = Arc::new(KeyFilter::default());
    let admission = Admission::new(
        database.clone(),
        (catalogue.clone(), key_filter.clone()),
        keys.clone(),
        settings.issuer.as_str().into(),
        settings.sizes,
    );
    let papers = PaperStore::open(&settings.papers_location()?, |name| {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    })?;
    let connections = usize::try_from(settings.connections).unwrap_or(1);
    Ok(Engine {
        writers: Arc::new(Semaphore::new((connections / 2).max(1))),
        papers: Arc::new(papers),
        calendar: Arc::new(calendar(&settings)?),
        thresholds: Arc::new(thresholds(&settings)?),
        outbound: Arc::new(Outbound::new(Policy::for_sandbox(
            settings.webhooks_sandbox,
        ))),
        database,
        catalogue,
        admission: Arc::new(admission),
        key_filter,
        keys,
        settings: Arc::new(settings),
    })
}
