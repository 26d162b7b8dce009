//! One error type for the crate, separating what the caller can do about it.

/// What went wrong: the input is bad, it is something this version does not do, or a limit was hit.
///
/// Every message says what was wrong, where, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The input breaks a rule: a damaged file, a value out of range, a shape that does not fit.
    #[error("{0}")]
    Invalid(String),
    /// The input is well formed, but this version cannot handle it.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// The input asks for more than a named limit allows.
    #[error("limit reached: {0}")]
    Limit(String),
}

/// Result with the crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An [`Error::Invalid`] with this message.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }

    /// An [`Error::Unsupported`] with this message.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::Unsupported(message.into())
    }

    /// An [`Error::Limit`] with this message.
    pub fn limit(message: impl Into<String>) -> Self {
        Self::Limit(message.into())
    }
}
