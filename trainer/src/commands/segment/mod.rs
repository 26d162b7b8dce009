//! `spectnet segment`: heart cycles, and how well they are found.

mod annotated;
mod args;
mod evaluate;
mod states;
mod train;

use std::path::{Path, PathBuf};

use serde::Serialize;
use spectnet_core::audio::{ChannelChoice, Downmix, Recording};
use spectnet_core::heart::{Features, Parameters, Segmentation, State, StateInterval, conditioning};

use crate::data::audio_file::AudioFile;
use crate::error::{Error, Result};
use crate::output::{print, print_json, read_file, write_file};
use crate::report::{Waveform, cycles_svg};

pub use args::SegmentArgs;

/// Longest recording that is segmented as one: a day of a Holter recorder. States of a day take some hundred MB.
const LONGEST_S: f64 = 24.0 * 3600.0;
/// Parameters are a few hundred numbers.
const MAX_PARAMETER_BYTES: u64 = 4 << 20;

/// One element of the JSON list.
#[derive(Debug, Serialize)]
struct Segmented {
    file: String,
    duration_s: f64,
    #[serde(flatten)]
    segmentation: Segmentation,
}

/// Runs the command. A recording that fails does not stop the others.
///
/// # Errors
/// Those of training and evaluation, unreadable parameters, or a picture that cannot be written; [`Error::Reported`] when
/// a recording failed.
pub fn run(args: &SegmentArgs) -> Result<()> {
    match (&args.train, &args.evaluate, &args.states, &args.out) {
        (Some(data), _, Some(states), Some(out)) => train::run(data, states, args.skip_unreadable, out),
        (_, Some(data), Some(states), _) => evaluate::run(data, states, args.skip_unreadable, args.json),
        _ => segment(args),
    }
}

fn segment(args: &SegmentArgs) -> Result<()> {
    let parameters = match &args.parameters {
        Some(path) => read_parameters(path)?,
        None => Parameters::shipped()?,
    };
    if args.plot.is_some() && args.audio.len() > 1 {
        return Err(Error::Usage("--plot draws one recording, but several were given".into()));
    }
    let mut all = Vec::new();
    let mut failed = false;
    for path in &args.audio {
        match one(path, args.channel, &parameters, args.plot.as_ref()) {
            Ok(segmented) if args.json => all.push(segmented),
            Ok(segmented) => print(&segmented.table())?,
            Err(error) => {
                complain!("error: {}", error.at(path.display()));
                failed = true;
            }
        }
    }
    if args.json {
        print_json(&all)?;
    }
    if failed { Err(Error::Reported) } else { Ok(()) }
}

/// Segments one recording, all of it, and draws it where that is asked for.
fn one(path: &Path, downmix: Downmix, parameters: &Parameters, plot: Option<&PathBuf>) -> Result<Segmented> {
    let mut waveform = plot.map(|_| Waveform::default());
    let mut features = Features::default();
    let file = for_each_piece(path, downmix, |piece| {
        if features.duration_s() > LONGEST_S {
            return Err(Error::Limit(format!("more than {:.0} hours; cut it into shorter ones", LONGEST_S / 3600.0)));
        }
        features.add(piece)?;
        if let Some(waveform) = &mut waveform {
            waveform.add(piece.samples());
        }
        Ok(())
    })?;
    file.notes().notes().iter().for_each(|note| say!("{}: {}", path.display(), note.detail));
    let segmentation = parameters.segment(&features)?;
    if let (Some(out), Some(waveform)) = (plot, waveform) {
        write_file(out, cycles_svg(&waveform, &features, &segmentation)?.as_bytes())?;
        say!("{}: waveform, envelope and states", out.display());
    }
    Ok(Segmented { file: path.display().to_string(), duration_s: features.duration_s(), segmentation })
}

/// Decodes one downmix of a recording, all of it, and conditions it piece by piece; gives the file, which knows how it was read.
fn for_each_piece(path: &Path, downmix: Downmix, mut take: impl FnMut(&Recording) -> Result<()>) -> Result<AudioFile> {
    let conditioning = conditioning();
    let mut file = AudioFile::open(path)?;
    if let Downmix::Channel(channel) = downmix {
        ChannelChoice::One(channel).downmixes(file.channels())?;
        file = file.downmixed(downmix)?;
    }
    for piece in file.pieces(conditioning.max_seconds)? {
        take(&conditioning.piece(&piece?)?)?;
    }
    Ok(file)
}

/// Parameters that `spectnet segment --train` wrote.
fn read_parameters(path: &Path) -> Result<Parameters> {
    let bytes = read_file(path, MAX_PARAMETER_BYTES)?;
    Parameters::from_json(&String::from_utf8_lossy(&bytes)).map_err(|error| Error::from(error).at(path.display()))
}

impl Segmented {
    fn table(&self) -> String {
        let Segmentation { heart_rate_bpm, alternative_bpm, systolic_interval_s, confidence, plausible, .. } =
            &self.segmentation;
        let rate = match alternative_bpm {
            None => {
                format!("heart rate         {heart_rate_bpm:>6.1} per minute   confidence {:.2}", confidence.heart_rate)
            }
            Some(other) => format!(
                "heart rate         about {heart_rate_bpm:.0} or {other:.0} per minute: half or twice as fast explains the \
                 recording nearly as well"
            ),
        };
        let mut lines = vec![
            format!("{}: {:.1} s", self.file, self.duration_s),
            rate,
            format!(
                "systolic interval  {:>6.0} ms           confidence {:.2}",
                1000.0 * systolic_interval_s,
                confidence.systolic_interval
            ),
            format!(
                "states             {:>6}              confidence {:.2}",
                self.segmentation.states.len(),
                confidence.states
            ),
        ];
        if let Some(quality) = &self.segmentation.quality {
            let words = if quality.too_noisy { ": too noisy to be judged" } else { "" };
            lines.push(format!("quality            {:>6.0} % likely to be called poor{words}", 100.0 * quality.poor));
        }
        if !plausible {
            lines.push("no heart rhythm was found: do not rely on these onsets".into());
        }
        lines.push(String::new());
        lines.push("cycle    S1 in s   systole        S2  diastole   end in s   per minute   probability".into());
        for (number, cycle) in self.segmentation.cycles().enumerate() {
            let within: Vec<&StateInterval> = self
                .segmentation
                .states
                .iter()
                .filter(|s| s.start_s >= cycle.start_s && s.end_s <= cycle.end_s)
                .collect();
            let at = |state: State| {
                within.iter().find(|s| s.state == state).map_or("–".into(), |s| format!("{:.2}", s.start_s))
            };
            let seconds: f64 = within.iter().map(|s| s.end_s - s.start_s).sum();
            let probability = within.iter().map(|s| s.probability * (s.end_s - s.start_s)).sum::<f64>() / seconds;
            let rate = if cycle.whole { format!("{:.1}", 60.0 / (cycle.end_s - cycle.start_s)) } else { "cut".into() };
            lines.push(format!(
                "{:>5} {:>10.2} {:>9} {:>9.2} {:>9} {:>10.2} {rate:>12} {probability:>13.2}",
                number + 1,
                cycle.start_s,
                at(State::Systole),
                cycle.s2_s,
                at(State::Diastole),
                cycle.end_s
            ));
        }
        lines.push(String::new());
        lines.join("\n")
    }
}
