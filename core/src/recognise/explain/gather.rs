//! From the parts of all windows to the explanation of the recording.

use super::bands::{Band, phase_names};
use super::explanation::{Explanation, FilterPart, How, Phases, WindowPart};
use super::method::Part;
use super::over_time::{Cells, Telling};
use super::words;
use crate::filterbank::FilterParameters;
use crate::heart::Parts;
use crate::package::Package;
use crate::prediction::decision::Decision;
use crate::prediction::{Prediction, vote};

/// From the parts of all windows of a result.
pub(super) fn explanation(
    package: &Package,
    class: usize,
    parts: &[&Part],
    exact: bool,
    prediction: &Prediction,
    decision: &Decision,
) -> Explanation {
    let (config, label) = (&package.config, package.config.labels[class].clone());
    let weights = shares(prediction);
    let mean = |of: &dyn Fn(&Part) -> f64| -> f64 {
        parts.iter().zip(&weights).map(|(&part, weight)| weight * of(part)).sum()
    };
    let (log_odds, reference) = (mean(&|part: &Part| part.log_odds), mean(&|part: &Part| part.reference));
    let mut cells = Cells::new(config.front_end.filters);
    for ((window, part), weight) in prediction.windows.iter().zip(parts).zip(&weights) {
        cells.add(window, &part.cells, *weight);
    }
    let without = |filter: usize| {
        let rows: Vec<Vec<f64>> = parts.iter().filter_map(|part| part.without.get(filter).cloned()).collect();
        let combined = decision.probabilities(vote(config.voting, &rows, &weights, config.positive()));
        combined.get(class).copied().unwrap_or(f64::NAN)
    };
    let filter = |(number, parameters): (usize, &FilterParameters)| FilterPart {
        centre_hz: parameters.centre_hz,
        contribution: mean(&|part: &Part| part.filters.get(number).copied().unwrap_or(0.0)),
        probability_without: without(number),
    };
    let filters: Vec<FilterPart> = package.filters.iter().enumerate().map(filter).collect();
    let phases = config.classifier.parts().filter(|_| exact).map(|of| phases(of, parts, &weights));
    let against = (config.labels.len() == 2).then(|| config.labels[1 - class].clone());
    let telling_seconds = telling(&cells, &label, against.as_deref(), prediction);
    let abstained = prediction.abstained.clone();
    let mut sentences: Vec<String> = abstained.iter().map(words::of_abstention).collect();
    sentences.push(words::overall(&label, log_odds, reference, exact));
    sentences.push(words::strongest(&label, &named(&filters, phases.as_ref())));
    sentences.extend(phases.as_ref().and_then(|phases| words::of_lead(phases.lead_ms)));
    sentences.extend(telling_seconds.first().map(Telling::sentence));
    let windows = prediction.windows.iter().zip(parts).zip(&weights).map(|((window, part), weight)| WindowPart {
        start_s: window.start_s,
        end_s: window.end_s,
        weight: *weight,
        log_odds: part.log_odds,
        reference: part.reference,
        filters: part.filters.clone(),
    });
    Explanation {
        windows: windows.collect(),
        probability: prediction.probabilities.get(&label).copied().unwrap_or(f64::NAN),
        method: if exact { How::Exact } else { How::GradientTimesInput },
        over_time: cells.map(),
        class: label,
        against,
        abstained,
        log_odds,
        reference,
        sentences,
        telling_seconds,
        filters,
        phases,
    }
}

/// How much each window counts, as a fraction of all.
fn shares(prediction: &Prediction) -> Vec<f64> {
    let windows = &prediction.windows;
    let total: f64 = windows.iter().map(|window| window.weight).sum();
    let share = |weight: f64| if total > 0.0 { weight / total } else { 1.0 / windows.len().max(1) as f64 };
    windows.iter().map(|window| share(window.weight)).collect()
}

/// The features of all windows in their mean.
fn phases(of: Parts, parts: &[&Part], weights: &[f64]) -> Phases {
    let names = phase_names(of);
    let length = parts.first().and_then(|part| part.features.as_ref()).map_or(0, Vec::len);
    let mut sums = vec![0.0; length];
    for (part, weight) in parts.iter().zip(weights) {
        let features = part.features.iter().flatten();
        sums.iter_mut().zip(features).for_each(|(sum, value)| *sum += weight * value);
    }
    // Means and deviations take turns.
    let rows: Vec<Vec<f64>> =
        sums.chunks_exact((length / (2 * names.len()).max(1)).max(1)).map(<[f64]>::to_vec).collect();
    let every_other = |first: usize| -> Vec<Vec<f64>> { rows.iter().skip(first).step_by(2).cloned().collect() };
    Phases { mean: every_other(0), deviation: every_other(1), names, lead_ms: of.lead_ms }
}

/// The second that speaks most for what the recording is called, and of two classes that for the other one.
fn telling(cells: &Cells, class: &str, against: Option<&str>, prediction: &Prediction) -> Vec<Telling> {
    let probability = |label: &str| prediction.probabilities.get(label).copied().unwrap_or(0.0);
    let called = match (&prediction.label, against) {
        (Some(label), Some(against)) => label != against,
        (None, Some(against)) => probability(class) >= probability(against),
        (_, None) => true,
    };
    let own = cells.telling(class, 1.0);
    let other = against.and_then(|against| cells.telling(against, -1.0));
    let order = if called { [own, other] } else { [other, own] };
    order.into_iter().flatten().collect()
}

/// What bands of filters add, in each phase where there are phases, by name.
fn named(filters: &[FilterPart], phases: Option<&Phases>) -> Vec<(String, f64)> {
    let centres: Vec<f64> = filters.iter().map(|filter| filter.centre_hz).collect();
    let bands = Band::all(&centres);
    let Some(phases) = phases else {
        let contributions: Vec<f64> = filters.iter().map(|filter| filter.contribution).collect();
        return bands.iter().map(|band| (band.name(), band.sum(&contributions))).collect();
    };
    let of_phase = |(name, row): (&String, Vec<f64>)| {
        bands.iter().map(|band| (format!("{name} {}", band.name()), band.sum(&row))).collect::<Vec<_>>()
    };
    phases.names.iter().zip(phases.sums()).flat_map(of_phase).collect()
}
