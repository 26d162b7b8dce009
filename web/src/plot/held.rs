//! Which frequencies the input of a bank holds.

use crate::format;

/// The band in Hz that the input holds: what conditioning lets through, as far as the recording and the model reach.
/// Without a recording only the model counts.
pub fn held_hz(band_hz: Option<[f64; 2]>, highest_hz: f64, recording_rate: Option<u32>) -> [f64; 2] {
    let reach = recording_rate.map_or(highest_hz, |rate| highest_hz.min(f64::from(rate) / 2.0));
    let [low, high] = band_hz.unwrap_or([0.0, highest_hz]);
    [low.clamp(0.0, reach), high.clamp(0.0, reach)]
}

/// What lies outside, in words; none where the input holds everything up to `highest_hz`.
pub fn outside([low, high]: [f64; 2], highest_hz: f64) -> Option<String> {
    match (low > 0.0, high < highest_hz) {
        (true, true) => Some(format!("below {} and above {}", format::hz(low), format::hz(high))),
        (true, false) => Some(format!("below {}", format::hz(low))),
        (false, true) => Some(format!("above {}", format::hz(high))),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditioning_and_the_rate_of_the_recording_limit_what_there_is() {
        let band = Some([25.0, 400.0]);
        assert_eq!(held_hz(band, 500.0, None), [25.0, 400.0]);
        assert_eq!(held_hz(band, 500.0, Some(44_100)), [25.0, 400.0]);
        assert_eq!(held_hz(band, 500.0, Some(600)), [25.0, 300.0]);
        assert_eq!(held_hz(None, 8000.0, Some(8000)), [0.0, 4000.0]);
        assert_eq!(held_hz(None, 8000.0, Some(44_100)), [0.0, 8000.0]);
        assert_eq!(held_hz(band, 500.0, Some(40)), [20.0, 20.0], "such a recording holds nothing of it");
    }

    #[test]
    fn it_is_said_in_words() {
        assert_eq!(outside([25.0, 400.0], 500.0).as_deref(), Some("below 25.0 Hz and above 400.0 Hz"));
        assert_eq!(outside([25.0, 500.0], 500.0).as_deref(), Some("below 25.0 Hz"));
        assert_eq!(outside([0.0, 4000.0], 8000.0).as_deref(), Some("above 4.00 kHz"));
        assert_eq!(outside([0.0, 8000.0], 8000.0), None);
    }
}
