//! One result from stretches of a recording that were segmented one by one.

use super::confidence::Confidence;
use super::parameters::Parameters;
use super::segment::usual_intervals;
use super::segmentation::Segmentation;

/// One segmentation made of several. Heart rate and systolic interval are those of all of them, confidences are
/// means weighted by duration. Stretches without a plausible rhythm count only where there are no others. The states
/// are left out, because there are none between stretches. `None` where `parts` is empty.
pub fn joined<'a>(parts: impl Iterator<Item = &'a Segmentation>) -> Option<Segmentation> {
    let parts: Vec<&Segmentation> = parts.collect();
    let any = parts.iter().any(|part| part.plausible);
    let parts: Vec<&Segmentation> = parts.into_iter().filter(|part| part.plausible == any).collect();
    let first = *parts.first()?;
    if parts.len() == 1 {
        return Some(Segmentation { states: Vec::new(), ..first.clone() });
    }
    let seconds: Vec<f64> = parts.iter().map(|part| part.states.last().map_or(0.0, |last| last.end_s)).collect();
    let total: f64 = seconds.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let mean = |value: fn(&Confidence) -> f64| -> f64 {
        parts.iter().zip(&seconds).map(|(part, seconds)| value(&part.confidence) * seconds / total).sum()
    };
    let confidence = Confidence {
        heart_rate: mean(|confidence| confidence.heart_rate),
        systolic_interval: mean(|confidence| confidence.systolic_interval),
        states: mean(|confidence| confidence.states),
    };
    let states: Vec<_> = parts.iter().map(|part| part.states.as_slice()).collect();
    let [cycle_s, systole_s] = usual_intervals(&states);
    Some(Segmentation {
        heart_rate_bpm: cycle_s.map_or(first.heart_rate_bpm, |seconds| 60.0 / seconds),
        alternative_bpm: parts.iter().find_map(|part| part.alternative_bpm),
        systolic_interval_s: systole_s.unwrap_or(first.systolic_interval_s),
        quality: first.quality.and_then(|_| Parameters::shipped().ok()?.quality_of(&confidence)),
        confidence,
        states: Vec::new(),
        ..first.clone()
    })
}
