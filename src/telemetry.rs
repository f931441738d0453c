//! Logs: structured lines on stderr, without personal data.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io;
use std::panic::PanicHookInfo;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Why logging cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The level or filter cannot be read.
    #[error("TRADEIN_LOG: {0}; use a level such as info, or tradein=debug,info")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// Neither of the formats.
    #[error("TRADEIN_LOG_FORMAT: {0:?} is neither text nor json")]
    Format(String),
    /// Another subscriber is there already.
    #[error("logging is set up already")]
    Twice(#[from] TryInitError),
}

impl LogFormat {
    /// Reads `text` or `json`.
    ///
    /// # Errors
    /// [`TelemetryError::Format`].
    pub fn parse(text: &str) -> Result<Self, TelemetryError> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            other => Err(TelemetryError::Format(other.to_owned())),
        }
    }
}

/// Sets up logging from `TRADEIN_LOG` (a level or filter, `info` when absent) and
/// `TRADEIN_LOG_FORMAT` (`text` or `json`).
///
/// # Errors
/// [`TelemetryError`].
pub fn init(variable: impl Fn(&str) -> Option<String>) -> Result<(), TelemetryError> {
    let filter = variable("TRADEIN_LOG").unwrap_or_else(|| "info".to_owned());
    let format =
        variable("TRADEIN_LOG_FORMAT").map_or(Ok(LogFormat::Text), |t| LogFormat::parse(&t))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(filter)?)
        .with_writer(io::stderr);
    let started = match format {
        LogFormat::Text => builder.with_ansi(false).finish().try_init(),
        LogFormat::Json => builder.json().flatten_event(true).finish().try_init(),
    };
    started.map_err(TelemetryError::from)
}

/// Tells where a panic was, in the log or, where there is none yet, on stderr.
pub fn tell_panic(panic: &PanicHookInfo<'_>) {
    let place = panic
        .location()
        .map(ToString::to_string)
        .unwrap_or_default();
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or_default();
    if tracing::dispatcher::has_been_set() {
        tracing::error!(place, thread, "a panic");
    } else {
        eprintln!("tradein: a panic at {place}");
    }
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        eprintln!("{trace}");
    }
    #[cfg(feature = "planted-faults")]
    if crate::planted::is(crate::planted::Fault::TellsPanics) {
        eprintln!("{panic}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_named() {
        let set = |name: &'static str, value: &'static str| {
            move |asked: &str| (asked == name).then(|| value.to_owned())
        };
        let error = init(set("TRADEIN_LOG", "tradein=loud")).unwrap_err();
        assert!(error.to_string().starts_with("TRADEIN_LOG:"), "{error}");
        let error = init(set("TRADEIN_LOG_FORMAT", "xml")).unwrap_err();
        assert!(error.to_string().contains("xml"), "{error}");
    }
}
