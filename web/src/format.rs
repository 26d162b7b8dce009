//! Numbers as a person reads them, with their units.

/// A duration: `84 ms`, `3.2 s`, `48 s`, `2 min 05 s`.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 0.9995 => format!("{:.0} ms", s * 1000.0),
        s if s < 9.95 => format!("{s:.1} s"),
        s if s < 119.5 => format!("{s:.0} s"),
        s => format!("{:.0} min {:02.0} s", (s.round() / 60.0).floor(), s.round() % 60.0),
    }
}

/// Time that is left, as far as it can be known.
pub fn left(seconds: f64) -> String {
    match seconds {
        s if s < 89.5 => format!("about {:.0} s left", s.max(1.0)),
        s => format!("about {:.0} min left", s / 60.0),
    }
}

/// A probability in whole per cents: more is not known. One that is neither 0 nor 1 is never shown as if it were.
pub fn percent(probability: f64) -> String {
    match probability * 100.0 {
        p if p > 0.0 && p < 1.0 => "< 1 %".into(),
        p if p < 100.0 && p > 99.0 => "> 99 %".into(),
        p => format!("{p:.0} %"),
    }
}

/// A fraction in per cent as it stands in a field for numbers: `5`, `43.6`.
pub fn percent_field(fraction: f64) -> String {
    format!("{}", (fraction * 1e3).round() / 10.0)
}

/// A frequency: `62.4 Hz`, `1.25 kHz`.
pub fn hz(frequency: f64) -> String {
    if frequency.abs() < 1000.0 { format!("{frequency:.1} Hz") } else { format!("{:.2} kHz", frequency / 1000.0) }
}

/// A frequency on an axis: `60`, `1.5k`.
pub fn hz_short(frequency: f64) -> String {
    match frequency {
        f if f < 999.5 => format!("{f:.0}"),
        f => format!("{}k", (f / 100.0).round() / 10.0),
    }
}

/// A change with its sign, `+1.2` or `−1.2`, and `0.0` where nothing is left after rounding.
pub fn signed(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let sign = match value {
        _ if text.bytes().all(|byte| matches!(byte, b'0' | b'.')) => "",
        v if v < 0.0 => "−",
        _ => "+",
    };
    format!("{sign}{text}")
}

/// A number over many orders of magnitude: `0.25`, `1.00 × 10⁴`.
pub fn scientific(value: f64) -> String {
    if value == 0.0 || !value.is_finite() || (0.01..1000.0).contains(&value.abs()) {
        return format!("{value:.2}").replace('-', "−");
    }
    let exponent = value.abs().log10().floor() as i32;
    let digits = "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().collect::<Vec<_>>();
    let sign = if exponent < 0 { "⁻" } else { "" };
    let power: String =
        exponent.unsigned_abs().to_string().bytes().filter_map(|digit| digits.get(usize::from(digit - b'0'))).collect();
    format!("{:.2} × 10{sign}{power}", value / 10f64.powi(exponent)).replace('-', "−")
}

/// A size of a file: `812 B`, `4.2 MB`.
pub fn bytes(count: u64) -> String {
    match count as f64 {
        n if n < 1e3 => format!("{n} B"),
        n if n < 1e6 => format!("{:.0} kB", n / 1e3),
        n if n < 1e9 => format!("{:.1} MB", n / 1e6),
        n => format!("{:.1} GB", n / 1e9),
    }
}

/// What has arrived of a file: `1.2 of 4.3 MB`, or `1.2 MB` where nobody said how large it is.
pub fn received(count: u64, total: Option<u64>) -> String {
    match total {
        Some(total) => format!("{} of {}", bytes(count.min(total)), bytes(total)),
        None => bytes(count),
    }
}

/// The name of a class as it is read: `dog bark` for `dog_bark`.
pub fn label(class: &str) -> String {
    class.replace('_', " ")
}

/// `1 window`, `3 windows`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_keep_two_digits_that_matter() {
        let shown = [0.0, 0.084, 0.9996, 3.21, 9.96, 48.4, 119.4, 119.6, 125.0].map(duration);
        assert_eq!(shown, ["0 ms", "84 ms", "1.0 s", "3.2 s", "10 s", "48 s", "119 s", "2 min 00 s", "2 min 05 s"]);
    }

    #[test]
    fn time_that_is_left_is_whole_seconds_or_minutes() {
        let shown = [0.0, 0.2, 11.1, 89.4, 90.0, 200.0].map(left);
        let expected = [
            "about 1 s left",
            "about 1 s left",
            "about 11 s left",
            "about 89 s left",
            "about 2 min left",
            "about 3 min left",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn no_probability_looks_certain_unless_it_is() {
        let shown = [0.0, 1e-6, 0.0149, 0.5, 0.9731, 0.99, 0.99999, 1.0].map(percent);
        assert_eq!(shown, ["0 %", "< 1 %", "1 %", "50 %", "97 %", "99 %", "> 99 %", "100 %"]);
    }

    #[test]
    fn a_fraction_in_a_field_has_no_more_digits_than_it_takes() {
        assert_eq!([0.05, 0.005, 0.43604, 1.0].map(percent_field), ["5", "0.5", "43.6", "100"]);
    }

    #[test]
    fn frequencies_switch_to_kilohertz() {
        assert_eq!([62.44, 999.0, 1254.0].map(hz), ["62.4 Hz", "999.0 Hz", "1.25 kHz"]);
        assert_eq!([0.0, 62.44, 999.6, 1500.0, 4000.0].map(hz_short), ["0", "62", "1k", "1.5k", "4k"]);
    }

    #[test]
    fn a_change_that_rounds_to_nothing_has_no_sign() {
        assert_eq!([0.01, -0.01, 1.25, -3.0].map(|v| signed(v, 1)), ["0.0", "0.0", "+1.2", "−3.0"]);
    }

    #[test]
    fn large_and_small_numbers_get_a_power_of_ten() {
        assert_eq!([0.25, 1e4, 2.5e-7, 0.0].map(scientific), ["0.25", "1.00 × 10⁴", "2.50 × 10⁻⁷", "0.00"]);
    }

    #[test]
    fn classes_have_no_underscores() {
        assert_eq!(["dog_bark", "rain", "abnormal"].map(label), ["dog bark", "rain", "abnormal"]);
    }

    #[test]
    fn sizes_and_counts_read_naturally() {
        assert_eq!([812, 4200, 4_240_000].map(bytes), ["812 B", "4 kB", "4.2 MB"]);
        assert_eq!([count(1, "window"), count(12, "window")], ["1 window", "12 windows"]);
    }
}
