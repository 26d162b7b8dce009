//! What can go wrong: one error type for the whole crate.

/// What went wrong. The variant says what a caller can do about it; the text is a sentence for people.
///
/// Match on the variant, never on the text, which may change:
///
/// ```
/// use spectnet_core::Error;
/// use spectnet_core::audio::check_head;
///
/// match check_head(b"RIFF\x04\x00\x00\x00WAVE") {
///     Ok(()) => println!("a kind of file that is read"),
///     Err(Error::Unsupported(advice)) => println!("another program may read it: {advice}"),
///     Err(error @ (Error::Invalid(_) | Error::Limit(_))) => println!("not a recording: {error}"),
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The input breaks a rule: a damaged file, a value out of range, a shape that does not fit. The text says what was
    /// wrong, where, and what was expected.
    #[error("{0}")]
    Invalid(String),
    /// The input is well formed, but this version cannot handle it. The text names what is missing and what to do
    /// instead.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// The input asks for more than a named limit allows. The text has the limit.
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
