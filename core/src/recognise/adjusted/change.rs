//! What a person wants of one filter.

/// Where a filter is wanted, and whether it counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Centre frequency in Hz.
    pub centre_hz: f64,
    /// Bandwidth β in Hz.
    pub bandwidth_hz: f64,
    /// Whether it counts. The classifier learns nothing from a filter that is off.
    pub on: bool,
}
