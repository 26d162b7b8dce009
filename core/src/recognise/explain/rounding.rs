//! Three significant digits: more of a contribution mean nothing.

use serde::{Serialize, Serializer};

/// The number with three significant digits.
fn three(value: f64) -> f64 {
    // By way of text, so that the shortest number is written.
    format!("{value:.2e}").parse().unwrap_or(value)
}

/// One number.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
pub(super) fn rounded<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    three(*value).serialize(serializer)
}

/// A list of numbers.
pub(super) fn rounded_list<S: Serializer>(values: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(|value| three(*value)))
}

/// Rows of numbers.
pub(super) fn rounded_rows<S: Serializer>(rows: &[Vec<f64>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(rows.iter().map(|row| row.iter().map(|value| three(*value)).collect::<Vec<f64>>()))
}

#[cfg(test)]
mod tests {
    use super::three;

    #[test]
    fn three_digits_stay_of_any_size_and_sign() {
        let shown = [0.0, 1.0, -0.123_456, 1234.5, 9.996, -1.5e-7].map(|value| three(value).to_string());
        assert_eq!(shown, ["0", "1", "-0.123", "1230", "10", "-0.00000015"]);
    }
}
