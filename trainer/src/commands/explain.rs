//! `spectnet explain`: why a model says what it says of a recording.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use spectnet_core::package::Package;
use spectnet_core::prediction::decision::Decision;
use spectnet_core::recognise::explain::{Explaining, Explanation};

use crate::commands::arguments::{COMPUTING, JUDGED, OperatingPointArgs, RESULT, ReadingArgs};
use crate::commands::reader::Reader;
use crate::compute::classify::Classifier;
use crate::compute::device::{self, DeviceChoice};
use crate::compute::model_file::read_model;
use crate::error::{Error, Result};
use crate::output::{print, print_json, whole_percent, write_file};
use crate::report::explanation_svg;

/// Arguments of `spectnet explain`.
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// The recording; - is standard input.
    #[arg(value_name = "AUDIO")]
    pub audio: PathBuf,
    /// Model file (.safetensors).
    #[arg(help_heading = JUDGED, long, value_name = "FILE")]
    pub model: PathBuf,
    /// What is read of the recording.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// From which probability on a recording is called positive.
    #[command(flatten)]
    pub operating_point: OperatingPointArgs,
    /// Print one JSON document instead of sentences and a table.
    #[arg(help_heading = RESULT, long)]
    pub json: bool,
    /// Write the explanation into a file: .svg draws what each filter adds in each phase of the heart cycle, or at each
    /// time; .json has all numbers.
    #[arg(help_heading = RESULT, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// auto, cuda, cuda:NUMBER, vulkan or cpu. It computes images and probabilities; explanations are made on the CPU.
    #[arg(help_heading = COMPUTING, long, value_name = "D", default_value_t)]
    pub device: DeviceChoice,
}

impl ExplainArgs {
    /// Whether the output is of a known kind, before any file is opened.
    ///
    /// # Errors
    /// [`Error::Usage`] for another kind.
    pub fn check(&self) -> Result<()> {
        self.out.as_deref().map_or(Ok(()), |out| Kind::of(out).map(drop))
    }
}

/// What is written into a file.
enum Kind {
    Svg,
    Json,
}

impl Kind {
    fn of(out: &Path) -> Result<Self> {
        match out.extension().and_then(|extension| extension.to_str()) {
            Some("svg") => Ok(Self::Svg),
            Some("json") => Ok(Self::Json),
            _ => Err(Error::Usage(format!("--out {}: expected a name ending in .svg or .json", out.display()))),
        }
    }
}

/// The JSON of `spectnet explain`.
#[derive(Debug, Serialize)]
struct Explained {
    file: String,
    /// What the recording is called; null where the program abstains.
    label: Option<String>,
    /// Seconds from the beginning that the result rests on.
    judged_s: f64,
    #[serde(flatten)]
    explanation: Explanation,
}

/// Runs the command.
///
/// # Errors
/// An unreadable model or recording, a model that cannot be explained, an unknown kind of output, or an unwritable
/// place.
pub fn run(args: &ExplainArgs) -> Result<()> {
    args.check()?;
    let package = read_model(&args.model)?;
    let of_model = |error: spectnet_core::Error| Error::from(error).at(args.model.display());
    let decision = Decision::new(&package.config, package.assessment.as_ref(), args.operating_point.asked());
    let (decision, explaining) = (decision.map_err(of_model)?, Explaining::new(&package).map_err(of_model)?);
    let compute = device::select(args.device)?;
    let classifier =
        Classifier::new(&package.config, &package.weights, &compute.device)?.deciding(decision).telling(&package);
    let explained = explain(args, &classifier, explaining).map_err(|error| error.at(args.audio.display()))?;
    if let Some(out) = &args.out {
        let text = match Kind::of(out)? {
            Kind::Svg => explanation_svg(&explained.explanation)?,
            Kind::Json => serde_json::to_string_pretty(&explained)
                .map_err(|error| Error::input(format!("the explanation cannot be written as JSON: {error}")))?,
        };
        write_file(out, text.as_bytes())?;
    }
    if args.json { print_json(&explained) } else { print(&table(&explained, &package)) }
}

fn explain(args: &ExplainArgs, classifier: &Classifier, mut explaining: Explaining) -> Result<Explained> {
    let config = classifier.config();
    let (source, reader) = args.reading.open(&args.audio, config)?;
    let mut session = classifier.session(source)?.without_cycles();
    // Of equal classes only the result says which one is explained: then all images are kept until the end.
    let known = Explaining::known_class(config);
    let Reader { notes, .. } = reader.drive(config, &mut session, |session, mut batch| {
        batch.wants_images = true;
        let answer = classifier.run(batch.clone())?;
        explaining.take(session, &batch, answer.images.as_deref().unwrap_or_default())?;
        if let Some(class) = known {
            explaining.work(class, usize::MAX);
        }
        Ok(answer)
    })?;
    let prediction = session.prediction(classifier.decision(), &notes)?;
    let class = Explaining::class(config, &prediction);
    explaining.work(class, usize::MAX);
    let explanation = explaining.explanation(class, &prediction, classifier.decision())?;
    let (file, judged_s) = (args.audio.display().to_string(), session.judged_s());
    Ok(Explained { file, label: prediction.label, judged_s, explanation })
}

/// The explanation for people: sentences, and what each filter is worth from low to high.
fn table(explained: &Explained, package: &Package) -> String {
    let Explained { file, label, explanation, .. } = explained;
    let mut lines = vec![format!("{file}: {}", label.as_deref().unwrap_or("no label"))];
    lines.extend(explanation.sentences.iter().cloned());
    let probability = format!("P({})", explanation.class);
    lines.push(format!("\nfilter  centre in Hz  contribution  {probability} without it"));
    let mut order: Vec<usize> = (0..explanation.filters.len()).collect();
    let centre = |filter: &usize| package.filters.get(*filter).map_or(0.0, |filter| filter.centre_hz);
    order.sort_by(|a, b| centre(a).total_cmp(&centre(b)));
    for number in order {
        let filter = &explanation.filters[number];
        lines.push(format!(
            "{number:>6}  {:>12.2}  {:>+12.3}  {:>width$}",
            filter.centre_hz,
            filter.contribution,
            whole_percent(Some(filter.probability_without)),
            width = probability.chars().count() + " without it".len()
        ));
    }
    lines.join("\n")
}
