//! What the model of a run says of recordings that chose nothing, where there are any.

use std::collections::BTreeMap;

use spectnet_core::prediction::assessment::{auc, brier};

use super::html::Html;
use crate::error::Result;
use crate::evaluation::metrics::Metrics;
use crate::evaluation::past_run::{PastRun, Said, by_subset, groups};
use crate::output::percent;
use crate::report::confusion::confusion_svg;
use crate::report::intervals::intervals_svg;
use crate::report::reliability::{Probabilities, reliability_of};

/// Most recordings that are listed by name.
const MOST_NAMED: usize = 200;
/// Letters of the name of a subset in a picture.
const LETTERS: usize = 14;

/// A metric by its name.
type Named = (&'static str, fn(&Metrics) -> Option<f64>);

const METRICS: [Named; 6] = [
    ("MAcc", |metrics| metrics.macc),
    ("accuracy", |metrics| metrics.accuracy),
    ("sensitivity", |metrics| metrics.sensitivity),
    ("specificity", |metrics| metrics.specificity),
    ("precision", |metrics| metrics.precision),
    ("F1", |metrics| metrics.f1),
];

pub(super) fn section(run: &PastRun) -> Result<Html> {
    let mut html = Html::default();
    let answered = run.answered();
    html.paragraph(if run.held_out {
        "All of this is about the recordings that were held out: they were not trained on and chose nothing."
    } else {
        "Nothing was held out. All of this is about the recordings that chose the epoch or the threshold, so it is better than on others."
    });
    if answered.is_empty() {
        html.paragraph("No recording got a label, so there is nothing to show.");
        return Ok(html);
    }
    figures(&mut html, run, &answered);
    let confusion = run.confusion(&answered);
    let right: u64 = (0..confusion.labels.len()).map(|class| confusion.counts[class][class]).sum();
    let words = format!("{right} of {} recordings are named right. The figures are counts.", answered.len());
    html.figure("Confusion matrix", &confusion_svg(&confusion.labels, &confusion.counts)?, &words);
    let scored = run.scored(&answered);
    if let Some(area) = auc(&scored) {
        let metrics = run.metrics(&answered);
        let probabilities = Probabilities {
            scored: &scored,
            calibrated: run.assessment.is_some(),
            threshold: run.assessment.as_ref().map(|assessment| assessment.threshold),
            at: metrics.sensitivity.zip(metrics.specificity),
        };
        let words = format!(
            "Left: where probabilities are right, the dots lie on the diagonal (Brier score {:.3}). Right: sensitivity and \
             specificity at every threshold (area {area:.3}).",
            brier(&scored)
        );
        html.figure("Reliability and ROC curve", &reliability_of(&probabilities)?, &words);
    }
    subsets(&mut html, run, &answered)?;
    unanswered(&mut html, run);
    wrong(&mut html, run, &answered);
    Ok(html)
}

/// 95 % interval of a metric of recordings, by their groups.
fn interval(run: &PastRun, said: &[&Said], of: fn(&Metrics) -> Option<f64>) -> Option<[f64; 2]> {
    groups(said).bootstrap(|drawn| {
        let drawn: Vec<&Said> = drawn.iter().map(|&number| said[number]).collect();
        of(&run.metrics(&drawn))
    })
}

fn between(interval: Option<[f64; 2]>) -> String {
    interval.map_or("–".into(), |[low, high]| format!("{} to {}", percent(Some(low)), percent(Some(high))))
}

fn figures(html: &mut Html, run: &PastRun, answered: &[&Said]) {
    let metrics = run.metrics(answered);
    let row = |(name, of): Named| {
        let value = of(&metrics)?;
        Some(vec![name.to_owned(), percent(Some(value)), between(interval(run, answered, of))])
    };
    let mut rows: Vec<Vec<String>> = METRICS.into_iter().filter_map(row).collect();
    let mean = run.mean_over_subsets(answered).macc;
    rows.insert(rows.len().min(1), vec!["MAcc, mean of the subsets".into(), percent(mean), "–".into()]);
    html.table("Recordings", &["metric", "value", "95 % interval"], &rows);
    html.paragraph(&format!(
        "{} recordings of {} groups got a label; {} did not. Intervals are percentiles of a bootstrap that draws groups.",
        answered.len(),
        groups(answered).len(),
        run.said.len() - answered.len()
    ));
}

fn subsets(html: &mut Html, run: &PastRun, answered: &[&Said]) -> Result<()> {
    let parts = by_subset(answered);
    if parts.len() < 2 {
        return Ok(());
    }
    let (mut rows, mut drawn) = (Vec::new(), Vec::new());
    for (name, part) in &parts {
        let (metrics, interval) = (run.metrics(part), interval(run, part, |metrics| metrics.macc));
        if let (Some(macc), Some(interval)) = (metrics.macc, interval) {
            let short: String = name.chars().take(LETTERS).collect();
            drawn.push((if short == *name { short } else { short + "…" }, macc, interval));
        }
        rows.push(vec![
            (*name).to_owned(),
            metrics.n.to_string(),
            percent(metrics.macc),
            between(interval),
            percent(metrics.sensitivity),
            percent(metrics.specificity),
            percent(metrics.accuracy),
        ]);
    }
    if !drawn.is_empty() {
        let words = "MAcc of each subset with its 95 % interval, which draws groups.";
        html.figure("Subsets", &intervals_svg("MAcc", &drawn)?, words);
    }
    let head = ["subset", "recordings", "MAcc", "95 % interval", "sensitivity", "specificity", "accuracy"];
    html.table("Subsets", &head, &rows);
    Ok(())
}

fn unanswered(html: &mut Html, run: &PastRun) {
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    let silent = run.said.iter().filter(|said| said.prediction.is_none());
    silent.for_each(|said| *reasons.entry(said.abstained.as_str()).or_default() += 1);
    let rows: Vec<Vec<String>> =
        reasons.into_iter().map(|(reason, count)| vec![reason.to_owned(), count.to_string()]).collect();
    if !rows.is_empty() {
        html.table("Recordings without a label", &["reason", "recordings"], &rows);
    }
}

fn wrong(html: &mut Html, run: &PastRun, answered: &[&Said]) {
    let label = |number: usize| run.config.labels.get(number).cloned().unwrap_or_default();
    let wrong: Vec<&&Said> = answered.iter().filter(|said| said.prediction != Some(said.truth)).collect();
    let row = |said: &&&Said| {
        let prediction = said.prediction.unwrap_or_default();
        let probability = said.probabilities.get(prediction).map_or("–".into(), |p| format!("{p:.3}"));
        vec![said.file.clone(), said.subset.clone(), label(said.truth), label(prediction), probability]
    };
    if !wrong.is_empty() {
        let rows: Vec<Vec<String>> = wrong.iter().take(MOST_NAMED).map(row).collect();
        let mut list = Html::default();
        let head = ["recording", "subset", "truth", "label", "probability of that label"];
        list.table(&format!("The first {} by name", rows.len()), &head, &rows);
        html.details(&format!("{} recordings that are named wrong", wrong.len()), list);
    }
}
