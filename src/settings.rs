//! Settings: defaults here < `config/tradein.toml` < `TRADEIN_*` environment < flags.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::admission::Sizes;
use crate::banking::{Bank, Debtor};
use crate::domain::money::Fen;
use crate::papers::{Location, PaperStoreError};
use crate::storage::{StorageError, Target};

/// More request threads than this the server does not start.
const MOST_WORKERS: usize = 512;

/// What the service runs with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the embedded default keeps its database and keys.
    pub data_dir: PathBuf,
    /// The database URL, if one was given.
    pub database: Option<String>,
    /// A key file, if one was named.
    pub keys_file: Option<PathBuf>,
    /// `iss` of tokens and receipts.
    pub issuer: String,
    /// `aud` of tokens.
    pub audience: String,
    /// Connections for everything but admission.
    pub connections: u32,
    /// Request threads; as many as cores when zero.
    pub workers: usize,
    /// Reverse proxies that may say in `X-Forwarded-For` who asks.
    pub trusted_proxies: Vec<IpAddr>,
    /// How admission is sized.
    pub sizes: Sizes,
    /// Where papers are kept; a folder below `data_dir` when it is not said.
    pub papers: Option<String>,
    /// A file with holidays and make-up days, in place of the calendar that is built in.
    pub calendar: Option<PathBuf>,
    /// A file with the thresholds of screening that differ from those built in.
    pub screening: Option<PathBuf>,
    /// Whose account payouts are debited to; ISO files for the bank name it.
    pub payer: Option<Debtor>,
    /// Let webhooks go to private addresses and without TLS: for tests and sandboxes only.
    pub webhooks_sandbox: bool,
    /// The sum above which a second person approves what is done with a pool's money: top-ups,
    /// transfers, what is set aside and its release. `two_persons_above` in the file and
    /// `TRADEIN_TWO_PERSONS_ABOVE` in the environment, in yuan. Without it nothing is done alone
    /// in production (that is, 0), and elsewhere there is no limit: `None`. Where there is a
    /// limit, whatever it is, a pack is published by two persons, because it decides over every
    /// sum; stages are stopped and resumed by one, because that is a brake.
    pub two_persons_above: Option<Fen>,
    /// Days for which a changed account of a dealer is not used yet after it was confirmed, so
    /// that a change that the dealer did not ask for is noticed before money goes there.
    pub account_wait_days: u32,
    /// How many keys may be where keys are taken before those of a while ago are moved on.
    pub hot_keys: i64,
    /// How long a connection on which nothing is asked is kept.
    pub idle: Duration,
    /// Refuse to start where an acknowledged claim could be lost, instead of warning.
    pub production: bool,
    /// What the public is told about the bureau.
    pub bureau: Bureau,
}

/// What the public is told about the bureau.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bureau {
    /// Its name.
    pub name: Option<String>,
    /// How it is reached, in its own words: a telephone number, hours, a place.
    pub contact: Option<String>,
    /// Where the pages are reached from outside, such as `https://trade-in.example.gov.cn`, without
    /// a slash at the end: QR codes lead there.
    pub public_url: Option<String>,
    /// Days for which the list of a payout batch may be objected to, after the day on which it was
    /// sealed.
    pub notice_days: u32,
}

/// The file `config/tradein.toml`: every key is optional.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsFile {
    data_dir: Option<PathBuf>,
    database: Option<String>,
    keys_file: Option<PathBuf>,
    issuer: Option<String>,
    audience: Option<String>,
    connections: Option<u32>,
    workers: Option<usize>,
    trusted_proxies: Option<Vec<IpAddr>>,
    queue: Option<usize>,
    batch: Option<usize>,
    queue_wait_ms: Option<u64>,
    papers: Option<String>,
    calendar: Option<PathBuf>,
    screening: Option<PathBuf>,
    payer_name: Option<String>,
    payer_account: Option<String>,
    payer_bank: Option<String>,
    webhooks_sandbox: Option<bool>,
    two_persons_above: Option<String>,
    account_wait_days: Option<u32>,
    hot_keys: Option<i64>,
    idle_seconds: Option<u64>,
    production: Option<bool>,
    bureau_name: Option<String>,
    bureau_contact: Option<String>,
    public_url: Option<String>,
    notice_days: Option<u32>,
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read or has a mistake.
    #[error("{path}: {message}")]
    File {
        /// The file.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// A variable of the environment has a value that cannot be used.
    #[error("{name}: {message}")]
    Variable {
        /// Its name.
        name: String,
        /// What is wrong.
        message: String,
    },
}

impl Settings {
    /// Reads the file if it is there, then the environment.
    ///
    /// # Errors
    /// [`SettingsError`] naming the file or variable.
    pub fn load(
        file: &Path,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let from_file = read_file(file)?;
        let text = |name: &str, file: Option<String>| variable(name).or(file);
        let path = |name, file: Option<PathBuf>| variable(name).map(PathBuf::from).or(file);
        let data_dir = path("TRADEIN_DATA_DIR", from_file.data_dir);
        let keys_file = path("TRADEIN_KEYS_FILE", from_file.keys_file);
        let production = number(&variable, "TRADEIN_PRODUCTION", from_file.production, false)?;
        Ok(Self {
            data_dir: data_dir.unwrap_or_else(|| PathBuf::from("data")),
            database: text("TRADEIN_DATABASE_URL", from_file.database),
            keys_file,
            issuer: text("TRADEIN_ISSUER", from_file.issuer).unwrap_or_else(|| "tradein".into()),
            audience: text("TRADEIN_AUDIENCE", from_file.audience)
                .unwrap_or_else(|| "tradein-api".into()),
            connections: within(
                1..=10_000,
                "TRADEIN_CONNECTIONS",
                number(&variable, "TRADEIN_CONNECTIONS", from_file.connections, 8)?,
            )?,
            workers: within(
                0..=MOST_WORKERS,
                "TRADEIN_WORKERS",
                number(&variable, "TRADEIN_WORKERS", from_file.workers, 0)?,
            )?,
            trusted_proxies: addresses(&variable, from_file.trusted_proxies)?,
            sizes: sizes(
                &variable,
                from_file.queue,
                from_file.batch,
                from_file.queue_wait_ms,
            )?,
            papers: text("TRADEIN_PAPERS", from_file.papers),
            calendar: path("TRADEIN_CALENDAR", from_file.calendar),
            screening: path("TRADEIN_SCREENING", from_file.screening),
            payer: payer(
                text("TRADEIN_PAYER_NAME", from_file.payer_name),
                text("TRADEIN_PAYER_ACCOUNT", from_file.payer_account),
                text("TRADEIN_PAYER_BANK", from_file.payer_bank),
            )?,
            webhooks_sandbox: number(
                &variable,
                "TRADEIN_WEBHOOKS_SANDBOX",
                from_file.webhooks_sandbox,
                false,
            )?,
            two_persons_above: limit(
                text("TRADEIN_TWO_PERSONS_ABOVE", from_file.two_persons_above),
                production,
            )?,
            account_wait_days: wait_days(&variable, from_file.account_wait_days)?,
            hot_keys: hot_keys(&variable, from_file.hot_keys)?,
            idle: idle(&variable, from_file.idle_seconds)?,
            production,
            bureau: bureau(
                &variable,
                from_file.bureau_name,
                from_file.bureau_contact,
                from_file.public_url,
                from_file.notice_days,
            )?,
        })
    }

    /// The database to open.
    ///
    /// # Errors
    /// [`StorageError::BadUrl`].
    pub fn target(&self) -> Result<Target, StorageError> {
        match &self.database {
            Some(url) => Target::parse(url),
            None => Ok(Target::Sqlite(self.data_dir.join("tradein.db"))),
        }
    }

    /// Where papers are kept.
    ///
    /// # Errors
    /// [`PaperStoreError`] for a text that names no place.
    pub fn papers_location(&self) -> Result<Location, PaperStoreError> {
        match &self.papers {
            Some(text) => Location::parse(text),
            None => Ok(Location::below(&self.data_dir)),
        }
    }

    /// Where the key file is looked for.
    pub fn keys_path(&self) -> PathBuf {
        self.keys_file
            .clone()
            .unwrap_or_else(|| self.data_dir.join("keys.toml"))
    }
}

/// Who pays: a name and an account together, or nobody.
fn payer(
    name: Option<String>,
    account: Option<String>,
    bank: Option<String>,
) -> Result<Option<Debtor>, SettingsError> {
    const NAME: &str = "TRADEIN_PAYER_ACCOUNT";
    let fail = |message: &str| SettingsError::Variable {
        name: NAME.to_owned(),
        message: message.to_owned(),
    };
    match (name, account) {
        (None, None) => Ok(None),
        (Some(name), Some(account)) => Ok(Some(Debtor {
            name,
            account: account.parse().map_err(|_| fail("is no account number"))?,
            bank: bank.as_deref().and_then(Bank::read),
        })),
        _ => Err(fail("a payer has both a name and an account")),
    }
}

/// What the public is told about the bureau.
fn bureau(
    variable: &impl Fn(&str) -> Option<String>,
    name: Option<String>,
    contact: Option<String>,
    url: Option<String>,
    days: Option<u32>,
) -> Result<Bureau, SettingsError> {
    const DAYS: &str = "TRADEIN_NOTICE_DAYS";
    let text = |name: &str, file: Option<String>| variable(name).or(file);
    Ok(Bureau {
        name: text("TRADEIN_BUREAU_NAME", name),
        contact: text("TRADEIN_BUREAU_CONTACT", contact),
        public_url: public_url(text("TRADEIN_PUBLIC_URL", url))?,
        notice_days: within(1..=366, DAYS, number(variable, DAYS, days, 7)?)?,
    })
}

/// An address that begins as those of browsers do and has a host, without slashes at its end.
fn public_url(given: Option<String>) -> Result<Option<String>, SettingsError> {
    let Some(text) = given else { return Ok(None) };
    let plain = url::Url::parse(&text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    if plain {
        return Ok(Some(text.trim_end_matches('/').to_owned()));
    }
    Err(SettingsError::Variable {
        name: "TRADEIN_PUBLIC_URL".to_owned(),
        message: format!("{text:?} is no address like https://trade-in.example.gov.cn"),
    })
}

/// The sum above which a second person is needed; in production none is done alone unless a
/// sum is named.
fn limit(yuan: Option<String>, production: bool) -> Result<Option<Fen>, SettingsError> {
    let Some(text) = yuan else {
        return Ok(production.then_some(Fen::ZERO));
    };
    let read = Fen::parse_yuan(&text).map_err(|error| SettingsError::Variable {
        name: "TRADEIN_TWO_PERSONS_ABOVE".to_owned(),
        message: format!("{text:?}: {error}"),
    });
    read.map(Some)
}

fn read_file(file: &Path) -> Result<SettingsFile, SettingsError> {
    let fail = |message: String| SettingsError::File {
        path: file.display().to_string(),
        message,
    };
    match std::fs::read_to_string(file) {
        Ok(text) => toml::from_str(&text).map_err(|e| fail(e.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(SettingsFile::default()),
        Err(error) => Err(fail(error.to_string())),
    }
}

/// Addresses with commas between them.
fn addresses(
    variable: &impl Fn(&str) -> Option<String>,
    file: Option<Vec<IpAddr>>,
) -> Result<Vec<IpAddr>, SettingsError> {
    const NAME: &str = "TRADEIN_TRUSTED_PROXIES";
    let Some(text) = variable(NAME) else {
        return Ok(file.unwrap_or_default());
    };
    let parsed: Result<_, _> = text.split(',').map(|part| part.trim().parse()).collect();
    parsed.map_err(|_| SettingsError::Variable {
        name: NAME.to_owned(),
        message: format!("{text:?} is no list of addresses like 10.0.0.1,10.0.0.2"),
    })
}

/// How admission is sized.
fn sizes(
    variable: &impl Fn(&str) -> Option<String>,
    queue: Option<usize>,
    batch: Option<usize>,
    wait_ms: Option<u64>,
) -> Result<Sizes, SettingsError> {
    let queue = number(variable, "TRADEIN_QUEUE", queue, 4096)?;
    let batch = number(variable, "TRADEIN_BATCH", batch, 256)?;
    let wait_ms = number(variable, "TRADEIN_QUEUE_WAIT_MS", wait_ms, 500)?;
    let wait_ms = within(1..=600_000, "TRADEIN_QUEUE_WAIT_MS", wait_ms)?;
    Ok(Sizes {
        queue: within(1..=1_000_000, "TRADEIN_QUEUE", queue)?,
        batch: within(1..=10_000, "TRADEIN_BATCH", batch)?,
        wait: Duration::from_millis(wait_ms),
    })
}

/// Days for which a changed account waits: a year is longer than anybody needs to notice.
fn wait_days(
    variable: &impl Fn(&str) -> Option<String>,
    file: Option<u32>,
) -> Result<u32, SettingsError> {
    const NAME: &str = "TRADEIN_ACCOUNT_WAIT_DAYS";
    within(0..=366, NAME, number(variable, NAME, file, 3)?)
}

/// Seconds for which a connection may be idle, at most a day.
fn idle(
    variable: &impl Fn(&str) -> Option<String>,
    file: Option<u64>,
) -> Result<Duration, SettingsError> {
    const NAME: &str = "TRADEIN_IDLE_SECONDS";
    let seconds = number(variable, NAME, file, 75)?;
    within(1..=86_400, NAME, seconds).map(Duration::from_secs)
}

/// Keys that may be hot.
fn hot_keys(
    variable: &impl Fn(&str) -> Option<String>,
    file: Option<i64>,
) -> Result<i64, SettingsError> {
    const NAME: &str = "TRADEIN_HOT_KEYS";
    let keys = number(variable, NAME, file, 250_000)?;
    within(1..=1_000_000_000, NAME, keys)
}

/// The value, where it lies between what makes sense.
fn within<T: PartialOrd + std::fmt::Display>(
    bounds: RangeInclusive<T>,
    name: &str,
    value: T,
) -> Result<T, SettingsError> {
    if bounds.contains(&value) {
        return Ok(value);
    }
    let (least, most) = bounds.into_inner();
    Err(SettingsError::Variable {
        name: name.to_owned(),
        message: format!("{value} is not between {least} and {most}"),
    })
}

fn number<T: std::str::FromStr>(
    variable: &impl Fn(&str) -> Option<String>,
    name: &str,
    file: Option<T>,
    default: T,
) -> Result<T, SettingsError> {
    match variable(name) {
        None => Ok(file.unwrap_or(default)),
        Some(text) => text.parse().map_err(|_| SettingsError::Variable {
            name: name.to_owned(),
            message: format!("{text:?} cannot be used here"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_stands_above_the_file_and_the_file_above_defaults() {
        let dir = std::env::temp_dir().join(format!("tradein-settings-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let file = dir.join("tradein.toml");
        std::fs::write(&file, "batch = 64\nqueue = 10\n").unwrap();
        let variable = |name: &str| (name == "TRADEIN_QUEUE").then(|| "20".to_owned());
        let settings = Settings::load(&file, variable).unwrap();
        assert_eq!((settings.sizes.batch, settings.sizes.queue), (64, 20));
        assert_eq!(settings.connections, 8);
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn in_production_nothing_is_done_alone_unless_a_sum_is_named() {
        let none = Path::new("no-such-file.toml");
        for (production, above, expected) in [
            ("false", None, None),
            ("false", Some("5000"), Some(Fen::from_yuan(5_000))),
            ("true", None, Some(Fen::ZERO)),
            ("true", Some("5000.00"), Some(Fen::from_yuan(5_000))),
        ] {
            let variable = |name: &str| match name {
                "TRADEIN_PRODUCTION" => Some(production.to_owned()),
                "TRADEIN_TWO_PERSONS_ABOVE" => above.map(str::to_owned),
                _ => None,
            };
            let settings = Settings::load(none, variable).unwrap();
            assert_eq!(
                settings.two_persons_above, expected,
                "{production} {above:?}"
            );
        }
    }

    #[test]
    fn mistakes_are_named() {
        let none = Path::new("no-such-file.toml");
        for (name, value) in [
            ("TRADEIN_BATCH", "many"),
            ("TRADEIN_BATCH", "0"),
            ("TRADEIN_QUEUE", "0"),
            ("TRADEIN_CONNECTIONS", "0"),
            ("TRADEIN_WORKERS", "513"),
            ("TRADEIN_ACCOUNT_WAIT_DAYS", "4294967295"),
            ("TRADEIN_TRUSTED_PROXIES", "proxy"),
            ("TRADEIN_TWO_PERSONS_ABOVE", "-1"),
            ("TRADEIN_NOTICE_DAYS", "0"),
            ("TRADEIN_PUBLIC_URL", "trade-in.example.gov.cn"),
            ("TRADEIN_PUBLIC_URL", "https://a.example/?x=1"),
        ] {
            let wrong = |asked: &str| (asked == name).then(|| value.to_owned());
            assert!(
                Settings::load(none, wrong)
                    .unwrap_err()
                    .to_string()
                    .contains(name)
            );
        }
    }
}
