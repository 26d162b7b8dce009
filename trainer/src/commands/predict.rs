//! `spectnet predict`: the prediction on recordings.

mod args;

use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

use serde::Serialize;
use spectnet_core::audio::{ChannelChoice, Pieces};
use spectnet_core::heart::Stretch;
use spectnet_core::package::Package;
use spectnet_core::package::recordings::{Part, Recordings};
use spectnet_core::prediction::assessment::positive_of_two;
use spectnet_core::prediction::decision::{Decision, Figures};
use spectnet_core::prediction::{Elsewhere, Note, Prediction, Prepared, Rhythm, Tally};

use crate::already_seen::AlreadySeen;
use crate::audio_file::AudioFile;
use crate::classify::{BATCH, Classifier};
use crate::digest::SoundDigest;
use crate::error::{Error, Result};
use crate::output::{print, print_json, whole_percent};
use crate::training::outputs::read_model;
use crate::{device, progress};

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
    /// The states of the heart cycle by which windows were weighed or cut, of the first downmix; not there where no heart is
    /// looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    states: Option<Vec<Stretch>>,
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
    let classifier = Classifier::new(&package.config, &package.weights, &compute.device)?
        .deciding(decision)
        .telling(package.openness.clone());
    let max_seconds = package.config.conditioning.max_seconds.filter(|_| !args.whole);
    if !args.json {
        table.figures.iter().for_each(|line| say!("{line}"));
        print(&table.header())?;
    }
    let mut all = Vec::new();
    let mut parts = Vec::new();
    let mut failed = false;
    for path in &args.audio {
        let outcome = predict(path, args, &classifier, max_seconds, package.recordings.as_ref());
        parts.extend(outcome.as_ref().ok().map(|predicted| predicted.already_seen));
        match outcome {
            Ok(predicted) if args.json => all.push(predicted),
            Ok(predicted) => {
                print(&table.line(&predicted))?;
                predicted.prediction.abstained.iter().for_each(|abstention| say!("  {}", abstention.detail));
                predicted.prediction.notes.iter().for_each(|note| say!("  {}", note.detail));
            }
            Err(error) => {
                say!("error: {}", error.at(path.display()));
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

/// Judges the first `max_seconds` of a recording, downmix by downmix.
fn predict(
    path: &Path,
    args: &PredictArgs,
    classifier: &Classifier,
    max_seconds: Option<f64>,
    recordings: Option<&Recordings>,
) -> Result<Predicted> {
    let config = classifier.config();
    let mut file = AudioFile::open(path)?;
    let mut sound = SoundDigest::new(file.sample_rate(), config.conditioning.max_seconds);
    if args.strict {
        file.refuse_cut()?;
    }
    let channels = args.channel.unwrap_or(ChannelChoice::All(config.conditioning.channels));
    let downmixes = channels.downmixes(file.channels())?;
    let expected = file.duration_s().unwrap_or(0.0).min(max_seconds.unwrap_or(f64::INFINITY)) * downmixes.len() as f64;
    let bar = (expected > LONG).then(|| progress::bar(expected as u64, "judging, seconds"));
    let mut tally = classifier.tally()?;
    let mut judged_s = 0.0;
    for (number, downmix) in downmixes.into_iter().enumerate() {
        file = file.downmixed(downmix)?;
        tally.begin(downmix);
        let before = number as f64 * judged_s;
        let first = (number == 0).then_some(&mut sound);
        judged_s = judge(&mut file, classifier, max_seconds, first, &mut tally, |seconds| {
            if let Some(bar) = &bar {
                bar.set_position((before + seconds) as u64);
            }
        })?;
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let mut prediction = tally.prediction(classifier.decision())?;
    let duration_s = file.duration_s();
    let states = config.looks_for_a_heart().then(|| tally.states());
    if args.strict {
        file.refuse_cut()?;
    }
    prediction.notes.extend(file.notes());
    if max_seconds.is_some()
        && let Some(mut elsewhere) = Elsewhere::after(config, &prediction, judged_s)
    {
        prediction.notes.extend(look_through(&mut file, &mut elsewhere)?);
    }
    let already_seen = recordings.and_then(|recordings| recordings.part_of(sound.digest()));
    Ok(Predicted { file: path.display().to_string(), prediction, judged_s, duration_s, states, already_seen })
}

/// What there is to note of the rest of a file, of which nothing may be left.
fn look_through(file: &mut AudioFile, elsewhere: &mut Elsewhere) -> Result<Option<Note>> {
    let rate = file.sample_rate();
    let mut rest = file.peekable();
    if rest.peek().is_none() {
        return Ok(None);
    }
    for piece in Pieces::new(rest, rate, Some(Elsewhere::SECONDS))? {
        if let Some(note) = elsewhere.look(&piece?, "judge all of it with --whole")? {
            return Ok(Some(note));
        }
    }
    Ok(None)
}

/// Judges one downmix piece by piece, and says how many seconds. While one piece is classified the next one is decoded and
/// conditioned, so three are in memory at most. `sound` takes what is decoded; `step` is told the seconds that are done.
fn judge(
    file: &mut AudioFile,
    classifier: &Classifier,
    max_seconds: Option<f64>,
    mut sound: Option<&mut SoundDigest>,
    tally: &mut Tally,
    step: impl Fn(f64),
) -> Result<f64> {
    let config = classifier.config();
    let rate = f64::from(file.sample_rate());
    let pieces = file.pieces(max_seconds)?;
    let mut judged = 0;
    let (give, take) = sync_channel(0);
    thread::scope(|scope| {
        scope.spawn(move || {
            for piece in pieces {
                if let (Ok(piece), Some(sound)) = (&piece, &mut sound) {
                    sound.add(piece.samples());
                }
                let prepared = piece.and_then(|piece| Ok((piece.samples().len(), Prepared::piece(config, &piece)?)));
                // Nobody takes any more after an error.
                if give.send(prepared).is_err() {
                    break;
                }
            }
        });
        // `take` goes with the loop, so that an error in it ends the thread above too.
        for prepared in take {
            let (samples, prepared) = prepared?;
            classifier.judge(&prepared, BATCH, tally)?;
            classifier.judge_cycles(&prepared, BATCH, tally)?;
            judged += samples;
            step(judged as f64 / rate);
        }
        Ok::<(), Error>(())
    })?;
    Ok(judged as f64 / rate)
}

/// How predictions are written for people.
struct Table {
    /// The class that has a threshold; none where the most probable one is named.
    threshold_of: Option<String>,
    /// Whether a heart was looked for.
    rhythm: bool,
    /// What the labels are worth, in lines above the table.
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
        // Beside a recording of which nothing can be said a number would be taken for something.
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

/// From where on a recording is called positive, and how often that is right.
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
