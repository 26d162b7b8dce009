//! In place of the program's own, which would draw a bar for every input.

/// No bar.
pub struct Bar;

impl Bar {
    /// So many more steps are done.
    pub fn inc(&self, _steps: u64) {}

    /// All is done.
    pub fn finish_and_clear(&self) {}
}

/// No bar over `_length` steps of work called `_what`.
pub fn bar(_length: u64, _what: &'static str) -> Bar {
    Bar
}

/// Messages are written.
pub fn is_quiet() -> bool {
    false
}

/// Writes something; there are no bars that it could stand above.
pub fn above<R>(write: impl FnOnce() -> R) -> R {
    write()
}
