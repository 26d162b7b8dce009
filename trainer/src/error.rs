//! What can go wrong, and what the user is told: one sentence with what was wrong, where, and what to do.

use std::fmt::Display;
use std::io;
use std::path::Path;

use spectnet_core::text::plain;

/// Why a command did not do what it was asked. Exit status 1, but for [`Error::Usage`] (2), [`Error::Stopped`]
/// (130 or 143) and [`Error::Closed`] (0).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was given breaks a rule: a damaged file, an unknown label, a value out of range.
    #[error("{0}")]
    Input(String),
    /// Well formed, but not something this version or this machine does.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// More was asked for than a named limit allows.
    #[error("limit reached: {0}")]
    Limit(String),
    /// The operating system refused to read or write.
    #[error("{place}: cannot {action}: {source}")]
    Io {
        /// File or folder.
        place: String,
        /// What was tried, after "cannot".
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The command line itself is incomplete or contradicts itself.
    #[error("{0}")]
    Usage(String),
    /// Each failure was reported when it happened; the rest was done.
    #[error("some recordings failed")]
    Reported,
    /// A signal has asked for the end; what was done so far is saved. The exit status says which signal.
    #[error("stopped by a signal; what is done is saved: go on with --resume, or with a table by the same command")]
    Stopped(u8),
    /// The reader of standard output has closed it.
    #[error("standard output was closed")]
    Closed,
}

/// Result with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An [`Error::Input`] with this message.
    pub fn input(message: impl Into<String>) -> Self {
        Self::Input(message.into())
    }

    /// An [`Error::Unsupported`] with this message.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::Unsupported(message.into())
    }

    /// An [`Error::Io`]; `action` completes "cannot …".
    pub fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { place: plain(&path.display().to_string()).into_owned(), action, source }
    }

    /// The same error with the place it belongs to in front: a file, or a file and a line.
    pub fn at(self, place: impl Display) -> Self {
        let place = place.to_string();
        let place = plain(&place);
        match self {
            Self::Input(message) => Self::Input(format!("{place}: {message}")),
            Self::Unsupported(message) => Self::Unsupported(format!("{place}: {message}")),
            Self::Limit(message) => Self::Limit(format!("{place}: {message}")),
            other => other,
        }
    }
}

impl From<spectnet_core::Error> for Error {
    fn from(error: spectnet_core::Error) -> Self {
        match error {
            spectnet_core::Error::Invalid(message) => Self::Input(message),
            spectnet_core::Error::Unsupported(message) => Self::Unsupported(message),
            spectnet_core::Error::Limit(message) => Self::Limit(message),
        }
    }
}
