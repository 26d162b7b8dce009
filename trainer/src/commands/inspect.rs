//! `spectnet inspect`: what is in a model file.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use spectnet_core::filterbank::{Bandwidth, FilterParameters, FilterbankConfig, Form, Spacing};
use spectnet_core::model::ModelConfig;
use spectnet_core::package::recordings::Recordings;
use spectnet_core::package::{Package, Provenance};
use spectnet_core::prediction::assessment::Assessment;
use spectnet_core::prediction::openness::Openness;
use spectnet_core::prediction::scope::Scope;
use spectnet_core::text::plain;

use crate::compute::model_file::read_model;
use crate::error::Result;
use crate::evaluation::assessed;
use crate::fit::openness;
use crate::output::{percent, print, print_json, write_file};
use crate::report::responses_svg;

/// Arguments of `spectnet inspect`.
#[derive(Clone, Debug, Args)]
pub struct InspectArgs {
    /// Model file (.safetensors).
    #[arg(value_name = "FILE")]
    pub model: PathBuf,
    /// Draw the frequency responses before and after training.
    #[arg(long, value_name = "OUT.svg")]
    pub plot: Option<PathBuf>,
    /// Print one JSON document instead of tables.
    #[arg(long)]
    pub json: bool,
}

/// The JSON of `spectnet inspect`.
#[derive(Debug, Serialize)]
struct Inspection<'a> {
    file: String,
    /// Trained values of filterbank and classifier.
    parameters: usize,
    config: &'a ModelConfig,
    front_end: Lengths,
    filters: Vec<Filter>,
    provenance: &'a Provenance,
    /// Calibration, threshold and ROC; null where nothing was measured.
    assessment: Option<&'a Assessment>,
    /// How many recordings the file lists by the part they played in training; null where it lists none.
    recordings: Option<Listed>,
    /// The openness score; null where none was fitted.
    openness: Option<&'a Openness>,
    /// For whom it was made; null where the file does not say.
    scope: Option<&'a Scope>,
}

/// How many recordings played each part.
#[derive(Debug, Serialize)]
struct Listed {
    trained: usize,
    chose: usize,
    held_out: usize,
}

impl From<&Recordings> for Listed {
    fn from(Recordings { trained, chose, held_out }: &Recordings) -> Self {
        Self { trained: trained.len(), chose: chose.len(), held_out: held_out.len() }
    }
}

/// Times of the front-end, which the configuration has in samples.
#[derive(Debug, Serialize)]
struct Lengths {
    taps_ms: f64,
    /// How far the envelope of the slowest filter at the start has fallen after the last tap.
    decay_db: f64,
    frame_ms: f64,
    hop_ms: f64,
}

/// One filter before and after training.
#[derive(Debug, Serialize)]
struct Filter {
    initial: Numbers,
    learned: Numbers,
    /// Distance of the learned centre from the initial one, in Hz.
    shift_hz: f64,
    /// The same as a fraction of the filter's width before training.
    shift_bandwidths: f64,
}

#[derive(Debug, Serialize)]
struct Numbers {
    #[serde(flatten)]
    parameters: FilterParameters,
    /// Width between the points 3 dB below the peak, in Hz.
    half_power_width_hz: f64,
}

/// Runs the command.
///
/// # Errors
/// An unreadable model, or a plot that cannot be written.
pub fn run(args: &InspectArgs) -> Result<()> {
    let package = read_model(&args.model)?;
    if let Some(path) = &args.plot {
        write_file(path, responses_svg(&package)?.as_bytes())?;
        say!("{}: frequency responses before and after training", path.display());
    }
    let inspection = Inspection {
        file: args.model.display().to_string(),
        parameters: parameters(&package),
        config: &package.config,
        front_end: lengths(&package.config.front_end)?,
        filters: filters(&package),
        provenance: &package.provenance,
        assessment: package.assessment.as_ref(),
        recordings: package.recordings.as_ref().map(Listed::from),
        openness: package.openness.as_ref(),
        scope: package.scope.as_ref(),
    };
    if args.json { print_json(&inspection) } else { print(&inspection.table()) }
}

/// Number of trained values; the running means and variances of the normalisations are not trained.
fn parameters(package: &Package) -> usize {
    let trained = package.weights.iter().filter(|(name, _)| !name.contains(".running_"));
    trained.map(|(_, values)| values.len()).sum()
}

fn lengths(front_end: &FilterbankConfig) -> Result<Lengths> {
    let milliseconds = |samples: usize| 1e3 * samples as f64 / f64::from(front_end.sample_rate);
    Ok(Lengths {
        taps_ms: milliseconds(front_end.taps),
        decay_db: front_end.decay_db()?,
        frame_ms: milliseconds(front_end.framing.window),
        hop_ms: milliseconds(front_end.framing.hop),
    })
}

fn filters(package: &Package) -> Vec<Filter> {
    let front_end = &package.config.front_end;
    let numbers = |parameters: FilterParameters| Numbers {
        parameters,
        half_power_width_hz: front_end.gammatone(parameters).half_power_width_hz(),
    };
    let pairs = package.initial_filters.iter().zip(&package.filters);
    pairs
        .map(|(&initial, &learned)| {
            let (initial, learned) = (numbers(initial), numbers(learned));
            let shift_hz = learned.parameters.centre_hz - initial.parameters.centre_hz;
            Filter { shift_hz, shift_bandwidths: shift_hz / initial.half_power_width_hz, initial, learned }
        })
        .collect()
}

fn centres(front_end: &FilterbankConfig) -> String {
    let [low, high] = front_end.range_hz;
    let over = |scale: &str| format!("at equal steps of {scale} from {low} to {high} Hz");
    match &front_end.spacing {
        Spacing::Mel => over("mel"),
        Spacing::Erb => over("ERB rate"),
        Spacing::Bark => over("Bark"),
        Spacing::Linear => over("Hz"),
        Spacing::Constant(hz) => format!("all at {hz} Hz"),
        Spacing::List(listed) => format!("listed: {} Hz", joined(listed)),
    }
}

fn bandwidth(front_end: &FilterbankConfig) -> String {
    match &front_end.bandwidth {
        Bandwidth::Constant(hz) => format!("β {hz} Hz for all"),
        Bandwidth::Erb => "one ERB".into(),
        Bandwidth::ErbMultiple(multiple) => format!("{multiple} ERB"),
        Bandwidth::List(listed) => format!("β listed: {} Hz", joined(listed)),
    }
}

fn gain(front_end: &FilterbankConfig) -> String {
    match front_end.form {
        Form::Paper => format!("{} for all", front_end.gain),
        Form::Bounded => "0 dB at the centre of each filter".into(),
    }
}

fn joined(numbers: &[f64]) -> String {
    numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(", ")
}

impl Inspection<'_> {
    fn table(&self) -> String {
        let ModelConfig { task, labels, front_end, classifier, windowing, .. } = self.config;
        let (network, dropout) = (classifier.summary(), classifier.dropout());
        let seconds = windowing.samples as f64 / f64::from(front_end.sample_rate);
        let mut lines = vec![
            format!("{}: SpectNet-{} for {}", plain(&self.file), front_end.filters, task.name()),
            format!("labels      {}", labels.join(", ")),
            format!(
                "front-end   {} filters ({}, {} form), order {}, {} taps at {} Hz",
                front_end.filters,
                if front_end.learnable { "learnable" } else { "static" },
                format!("{:?}", front_end.form).to_lowercase(),
                front_end.order,
                front_end.taps,
                front_end.sample_rate
            ),
            format!("centres     {} at the start", centres(front_end)),
            format!("bandwidth   {} at the start", bandwidth(front_end)),
            format!("gain        {} at the start", gain(front_end)),
            format!(
                "taps        {} ({:.1} ms); the slowest filter has fallen by {:.1} dB there",
                front_end.taps, self.front_end.taps_ms, self.front_end.decay_db
            ),
            format!(
                "frames      {} samples ({:.2} ms) every {} samples ({:.2} ms)",
                front_end.framing.window, self.front_end.frame_ms, front_end.framing.hop, self.front_end.hop_ms
            ),
            format!("classifier  {network}, dropout {dropout}; {} parameters in all", self.parameters),
            format!("windows     {} samples ({seconds:.2} s) every {} samples", windowing.samples, windowing.hop),
        ];
        lines.extend(self.scope.map(|scope| format!("made for    {scope}")));
        lines.extend(self.origin());
        if let Some(Listed { trained, chose, held_out }) = self.recordings {
            lines.push(format!(
                "recordings  {trained} trained on, {chose} chose epoch or threshold, {held_out} held out"
            ));
        }
        if let Some(assessment) = self.assessment {
            lines.push(format!("assessment  {}", assessed::line(assessment)));
            lines.push(format!("            on {}", assessment.measured.measured_on));
        }
        if let Some(openness) = self.openness {
            lines.push(format!("openness    {}", openness::line(openness)));
        }
        lines.push(String::new());
        let [over, under] = if front_end.phase { ["       phase", "  learned, rad"] } else { [""; 2] };
        lines.push(format!(
            "            centre in Hz                    shift   width (-3 dB) in Hz            gain{over}"
        ));
        lines.push(format!(
            "filter     start   learned        Hz       widths     start   learned     start   learned{under}"
        ));
        for (number, filter) in self.filters.iter().enumerate() {
            let Filter { initial, learned, shift_hz, shift_bandwidths } = filter;
            let phase = match front_end.phase {
                true => format!("{:>+14.3}", learned.parameters.phase_rad),
                false => String::new(),
            };
            lines.push(format!(
                "{number:>6} {:>9.2} {:>9.2} {shift_hz:>+9.2} {shift_bandwidths:>+12.3} {:>9.2} {:>9.2} {:>9.3e} {:>9.3e}{phase}",
                initial.parameters.centre_hz,
                learned.parameters.centre_hz,
                initial.half_power_width_hz,
                learned.half_power_width_hz,
                initial.parameters.gain,
                learned.parameters.gain
            ));
        }
        lines.join("\n")
    }

    /// Where the weights come from, as far as the file says.
    fn origin(&self) -> Vec<String> {
        let Provenance { software_version, data, protocol, seed, device, epochs, metrics } = self.provenance;
        let mut lines = Vec::new();
        let mut say = |name: &str, text: &str| {
            if !text.is_empty() {
                lines.push(format!("{name:<11} {text}"));
            }
        };
        say("data", data);
        say("protocol", protocol);
        let on = if device.is_empty() { String::new() } else { format!(", {device}") };
        say("training", &format!("{epochs} epochs, seed {seed}{on}"));
        say("software", software_version);
        if let Some(recordings) = metrics.pointer("/held_out/recording") {
            let percent = |name: &str| percent(recordings[name].as_f64());
            let (macc, sensitivity, specificity) = (percent("macc"), percent("sensitivity"), percent("specificity"));
            say("held out", &format!("MAcc {macc}, sensitivity {sensitivity}, specificity {specificity} (recordings)"));
        }
        lines
    }
}
