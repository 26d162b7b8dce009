//! `spectnet predict`: the prediction on recordings.

mod args;

use std::path::Path;

use serde::Serialize;
use spectnet_core::heart::StateInterval;
use spectnet_core::package::Package;
use spectnet_core::package::recordings::{Part, Recordings};
use spectnet_core::prediction::assessment::positive_of_two;
use spectnet_core::prediction::decision::{Decision, Figures};
use spectnet_core::prediction::{Prediction, Rhythm};

use crate::commands::reader::Reader;
use crate::compute::classify::Classifier;
use crate::compute::device;
use crate::compute::model_file::read_model;
use crate::data::already_seen::AlreadySeen;
use crate::error::{Error, Result};
use crate::output::{print, print_json, whole_percent};
use crate::progress;

pub use args::PredictArgs;

/// A bar is shown where more than this many seconds of sound are judged.
const LONG: f64 = 600.0;

/// One element of the JSON list.
#[derive(Debug, Serialize)]
struct Predicted {
    file: String,
    #[serde(flatten)]
    prediction: Prediction,
    /// Seconds from the beginning that the prediction rests on.
    judged_s: f64,
    /// Length of the recording in seconds; none where the file does not say and was not decoded to its end.
    duration_s: Option<f64>,
    /// The states of the heart cycle by which windows were weighed or cut, of the first downmix; absent where no heart is looked
    /// for.
    #[serde(skip_serializing_if = "Option::is_none")]
    states: Option<Vec<StateInterval>>,
    /// The part it played in the making of the model; none where it played none, or the model file does not say.
    already_seen: Option<Part>,
}

/// Runs the command. A recording that fails does not stop the others.
///
/// # Errors
/// An unreadable model; [`Error::Reported`] when a recording failed.
pub fn run(args: &PredictArgs) -> Result<()> {
    let compute = device::select(args.device)?;
    let package = read_model(&args.model)?;
    let decision = Decision::new(&package.config, package.assessment.as_ref(), args.operating_point.asked())
        .and_then(|decision| match args.prevalence {
            Some(prevalence) => decision.at_prevalence(prevalence),
            None => Ok(decision),
        })
        .map_err(|error| Error::from(error).at(args.model.display()))?;
    let table = Table::new(&package, args, &decision);
    let classifier =
        Classifier::new(&package.config, &package.weights, &compute.device)?.deciding(decision).telling(&package);
    if !args.json {
        package.scope.iter().for_each(|scope| say!("made for {scope}"));
        table.figures.iter().for_each(|line| say!("{line}"));
        print(&table.header())?;
    }
    let mut all = Vec::new();
    let mut parts = Vec::new();
    let mut failed = false;
    for path in &args.audio {
        let result = predict(path, args, &classifier, package.recordings.as_ref());
        parts.extend(result.as_ref().ok().map(|predicted| predicted.already_seen));
        match result {
            Ok(predicted) if args.json => all.push(predicted),
            Ok(predicted) => {
                print(&table.line(&predicted))?;
                predicted.prediction.abstained.iter().for_each(|abstention| say!("  {}", abstention.detail));
                predicted.prediction.notes.iter().for_each(|note| say!("  {}", note.detail));
            }
            Err(error) => {
                complain!("error: {}", error.at(path.display()));
                failed = true;
            }
        }
    }
    if args.json {
        print_json(&all)?;
    }
    if let Some(warning) = AlreadySeen::new(parts.iter().copied()).warning(parts.len()) {
        say!("{warning}");
    }
    if failed { Err(Error::Reported) } else { Ok(()) }
}

/// The prediction on one recording, or on its beginning.
fn predict(
    path: &Path,
    args: &PredictArgs,
    classifier: &Classifier,
    recordings: Option<&Recordings>,
) -> Result<Predicted> {
    let config = classifier.config();
    let (source, reader) = args.reading.open(path, config)?;
    let a_pass = reader.duration_s.unwrap_or(0.0).min(source.max_seconds.unwrap_or(f64::INFINITY));
    let expected = a_pass * source.downmixes.len() as f64;
    let bar = (expected > LONG).then(|| progress::bar(expected as u64, "judging, seconds"));
    let mut session = classifier.session(source)?.looking_elsewhere("judge all of it with --whole");
    let Reader { notes, duration_s, sound, .. } = reader.drive(config, &mut session, |session, batch| {
        if let Some(bar) = &bar {
            bar.set_position(session.progress_s() as u64);
        }
        classifier.run(batch)
    })?;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let prediction = session.prediction(classifier.decision(), &notes)?;
    let states = config.looks_for_a_heart().then(|| session.states());
    let already_seen = recordings.and_then(|recordings| recordings.part_of(sound.digest()));
    let (file, judged_s) = (path.display().to_string(), session.judged_s());
    Ok(Predicted { file, prediction, judged_s, duration_s, states, already_seen })
}

/// How predictions are written for people.
struct Table {
    /// The class that has a threshold; none where the most probable one is named.
    threshold_of: Option<String>,
    /// Whether a heart was looked for.
    rhythm: bool,
    /// How often the labels are right, in lines above the table.
    figures: Vec<String>,
}

impl Table {
    fn new(package: &Package, args: &PredictArgs, decision: &Decision) -> Self {
        let config = &package.config;
        let positive = positive_of_two(config).and_then(|index| config.labels.get(index)).cloned();
        let drawn = package.assessment.is_some() || args.operating_point.threshold.is_some();
        let threshold_of = positive.filter(|_| drawn);
        let figures = threshold_of.as_ref().map(|label| figures(label, decision)).unwrap_or_default();
        Self { threshold_of, rhythm: config.looks_for_a_heart(), figures }
    }

    fn header(&self) -> String {
        let probability = match &self.threshold_of {
            None => "probability".to_owned(),
            Some(label) => format!("{:>14}", format!("P({label})")),
        };
        let rhythm = if self.rhythm { "heart rate  " } else { "" };
        format!("label            {probability}  windows  {rhythm}judged                file")
    }

    /// The name comes last: it may have any length.
    fn line(&self, predicted: &Predicted) -> String {
        let Predicted { file, prediction, judged_s, duration_s, .. } = predicted;
        let label = match (&prediction.label, &prediction.abstained) {
            (Some(label), _) => label.as_str(),
            (None, Some(abstention)) => abstention.reason.title(),
            (None, None) => "–",
        };
        // Where the program abstains, a number could be taken for a result.
        let of = |label: &String| prediction.label.as_ref().and_then(|_| prediction.probabilities.get(label)).copied();
        let probability = match &self.threshold_of {
            None => format!("{:>11}", whole_percent(prediction.label.as_ref().and_then(of))),
            Some(positive) => format!("{:>14}", whole_percent(of(positive))),
        };
        let rhythm = match &prediction.rhythm {
            _ if !self.rhythm => String::new(),
            Some(Rhythm { plausible: true, heart_rate_bpm, alternative_bpm: Some(other), .. }) => {
                format!("{:>10}  ", format!("{heart_rate_bpm:.0} or {other:.0}"))
            }
            Some(rhythm) if rhythm.plausible => format!("{:>6.0} bpm  ", rhythm.heart_rate_bpm),
            _ => " no rhythm  ".into(),
        };
        let windows = prediction.windows.len();
        let duration = duration_s.map_or("?".into(), |seconds| format!("{seconds:.1}"));
        let judged = format!("{judged_s:.1} of {duration} s");
        format!("{label:<16} {probability}  {windows:>7}  {rhythm}{judged:<20}  {file}")
    }
}

/// The threshold from which a recording is called positive, and how often that is right.
fn figures(label: &str, decision: &Decision) -> Vec<String> {
    let Figures { sensitivity, specificity, prevalence, positive_predictive_value, negative_predictive_value, .. } =
        decision.figures();
    let mut lines = vec![format!("called {label} from {} on", whole_percent(decision.threshold()))];
    if let (Some(source), true) = (decision.figures().source(), sensitivity.is_some()) {
        lines.push(format!(
            "sensitivity {}, specificity {}; where {} are {label}, a recording called {label} is so in {} of cases, another is not in {}",
            whole_percent(sensitivity),
            whole_percent(specificity),
            whole_percent(prevalence),
            whole_percent(positive_predictive_value),
            whole_percent(negative_predictive_value),
        ));
        lines.push(source);
    }
    lines
}
