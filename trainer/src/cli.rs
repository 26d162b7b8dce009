//! The command line: the commands. The arguments of each stand beside it in [`commands`](crate::commands).

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use crate::commands::bench::BenchArgs;
use crate::commands::calibrate::CalibrateArgs;
use crate::commands::card::CardArgs;
use crate::commands::compare::CompareArgs;
use crate::commands::completions::CompletionsArgs;
use crate::commands::data::DataCommand;
use crate::commands::eval::EvalArgs;
use crate::commands::examples;
use crate::commands::explain::ExplainArgs;
use crate::commands::export::ExportArgs;
use crate::commands::features::FeaturesArgs;
use crate::commands::inspect::InspectArgs;
use crate::commands::manual::ManualArgs;
use crate::commands::predict::PredictArgs;
use crate::commands::report::ReportArgs;
use crate::commands::reproduce::{self, ReproduceArgs};
use crate::commands::segment::SegmentArgs;
use crate::commands::synth::SynthArgs;
use crate::compute::threads;
use crate::error::{Error, Result};
use crate::progress::Manner;
use crate::study::args::StudyFlags;

/// Train, evaluate and use SpectNet: audio classification with learnable spectrograms.
///
/// Results go to standard output, progress and messages to standard error. Exit status: 0 done, 1 failed, 2 bad usage.
#[derive(Debug, Parser)]
#[command(name = "spectnet", version, about)]
pub struct Cli {
    /// Threads that compute on the processor [default: as many as the machine has]. No result depends on it.
    #[arg(long, global = true, value_name = "N", value_parser = threads::parse)]
    pub threads: Option<usize>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Say nothing but errors; results are printed.
    #[arg(short, long, global = true, help_heading = EVERYWHERE)]
    pub quiet: bool,
    /// Say more, such as a line for every ten batches of training.
    #[arg(short, long, global = true, help_heading = EVERYWHERE, conflicts_with = "quiet")]
    pub verbose: bool,
}

/// Heading of the flags that every command has.
const EVERYWHERE: &str = "What is said on standard error";

impl Cli {
    /// How much is said on standard error.
    pub fn manner(&self) -> Manner {
        match (self.quiet, self.verbose) {
            (true, _) => Manner::Quiet,
            (false, true) => Manner::Verbose,
            (false, false) => Manner::Usual,
        }
    }
}

/// What the program does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train a model on labelled recordings and save the best and the last one.
    #[command(after_help = examples::TRAIN)]
    Train(StudyFlags),
    /// Train every row of a table on every fold with several seeds, and write the table. Goes on where it was stopped.
    #[command(after_help = examples::REPRODUCE)]
    Reproduce(ReproduceArgs),
    /// Measure a model on labelled recordings: for recordings, for segments (windows), for subsets.
    #[command(after_help = examples::EVAL)]
    Eval(EvalArgs),
    /// Classify recordings (WAV, FLAC, Ogg Vorbis, MP3, M4A, AAC, AIFF, CAF).
    #[command(after_help = examples::PREDICT)]
    Predict(PredictArgs),
    /// Say why a model classifies a recording as it does: what each filter, phase of the heart cycle and moment adds.
    #[command(after_help = examples::EXPLAIN)]
    Explain(ExplainArgs),
    /// Measure how reliable a model's probabilities are on recordings it was not trained on, and write that into a model
    /// file: calibration, threshold, sensitivities and specificities; for a scene model, the score that tells sounds of
    /// other kinds. The weights stay as they are.
    #[command(after_help = examples::CALIBRATE)]
    Calibrate(CalibrateArgs),
    /// Write the log-energy image that the filterbank makes of a recording.
    #[command(after_help = examples::FEATURES)]
    Features(FeaturesArgs),
    /// Show what is in a model file: filters before and after training, labels, origin.
    #[command(after_help = examples::INSPECT)]
    Inspect(InspectArgs),
    /// Draw report.html of a training run again, from what its folder keeps.
    #[command(after_help = examples::REPORT)]
    Report(ReportArgs),
    /// Put training runs side by side: settings, metrics with intervals, and differences on the same recordings.
    #[command(after_help = examples::COMPARE)]
    Compare(CompareArgs),
    /// Write a model card in Markdown from what a model file says: limits, data, results, filters.
    #[command(after_help = examples::CARD)]
    Card(CardArgs),
    /// Write a model in a form in which others take it: an ONNX file, or the folder of a Hugging Face repository.
    #[command(after_help = examples::EXPORT)]
    Export(ExportArgs),
    /// Find the heart cycles of recordings: onsets of S1, systole, S2 and diastole, heart rate, and how sure they are.
    #[command(after_help = examples::SEGMENT)]
    Segment(SegmentArgs),
    /// Make recordings with a known truth, to try everything without a dataset.
    #[command(after_help = examples::SYNTH)]
    Synth(SynthArgs),
    /// Time the front-end, a prediction and a training step on this machine.
    #[command(after_help = examples::BENCH)]
    Bench(BenchArgs),
    /// Fetch a dataset, or look at it before training on it.
    #[command(subcommand, after_help = examples::DATA)]
    Data(DataCommand),
    /// Write a script that lets a shell complete commands and flags.
    #[command(after_help = examples::COMPLETIONS)]
    Completions(CompletionsArgs),
    /// Write the manual page, or one for each command.
    #[command(after_help = examples::MANUAL)]
    Manual(ManualArgs),
    /// Say whether the arguments after -- are right, and do nothing else. Hidden: it is there for the test that reads the
    /// command lines of the documentation; for people there is --help.
    #[command(hide = true)]
    CheckArguments {
        /// What would stand after `spectnet`.
        #[arg(last = true, required = true, value_name = "ARGUMENTS")]
        arguments: Vec<OsString>,
    },
}

impl Command {
    /// Whether the arguments go together, as far as that is known without opening a file.
    ///
    /// # Errors
    /// [`Error::Usage`] with what does not.
    fn check(&self) -> Result<()> {
        match self {
            // It asks for no run.
            Self::Train(flags) if flags.train.list_augmentations => Ok(()),
            Self::Train(flags) if flags.train.from.is_some() => flags.train.check_start(),
            Self::Train(flags) if !flags.reads_files() => flags.checked().map(drop),
            Self::Reproduce(args) if !args.flags.reads_files() => reproduce::check(args),
            Self::Features(args) if !args.front_end.reads_files() => args.check(),
            Self::Explain(args) => args.check(),
            Self::Export(args) => args.check(),
            _ => Ok(()),
        }
    }
}

/// Whether `spectnet` would take these arguments; no file is opened.
///
/// # Errors
/// [`Error::Usage`] with what is wrong with them.
pub fn check(arguments: &[OsString]) -> Result<()> {
    let program = [OsString::from("spectnet")];
    match Cli::try_parse_from(program.iter().chain(arguments)) {
        Ok(cli) => cli.command.check(),
        // Help and version are answers, not mistakes.
        Err(error) if !error.use_stderr() => Ok(()),
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Err(Error::Usage("a command is required".into()))
        }
        Err(error) => Err(Error::Usage(error.to_string().trim_start_matches("error: ").trim_end().into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    /// More flags than these are hard to find one in without headings.
    const MOST_BARE: usize = 6;

    /// The commands that people see, those below others too, with the names on the way to each.
    fn shown(command: &clap::Command, path: &[String]) -> Vec<(Vec<String>, clap::Command)> {
        let below = command.get_subcommands().filter(|below| !below.is_hide_set());
        let of = |below: &clap::Command| {
            let path = [path, &[below.get_name().to_owned()]].concat();
            let more = shown(below, &path);
            std::iter::once((path, below.clone())).chain(more)
        };
        below.flat_map(of).collect()
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_examples_and_each_is_one_that_it_takes() {
        let all = shown(&Cli::command(), &[]);
        assert!(all.iter().any(|(path, _)| *path == ["data", "fetch"]), "commands below others are looked at");
        for (path, command) in all {
            let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let examples: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("spectnet ")).collect();
            assert!(!examples.is_empty(), "{path:?}");
            for example in examples {
                let words: Vec<&str> = example.split_whitespace().collect();
                assert!(words.len() >= path.len() && words[..path.len()] == path, "{path:?}: {example}");
                let words: Vec<OsString> = words.into_iter().map(OsString::from).collect();
                check(&words).unwrap_or_else(|error| panic!("{example}: {error}"));
            }
        }
    }

    #[test]
    fn the_flags_of_a_command_that_has_many_stand_under_headings() {
        for (path, command) in shown(&Cli::command(), &[]) {
            let is_flag = |argument: &&clap::Arg| !argument.is_positional() && !argument.is_hide_set();
            let flags: Vec<&clap::Arg> = command.get_arguments().filter(is_flag).collect();
            let bare = flags.iter().filter(|flag| flag.get_help_heading().is_none());
            let bare: Vec<&str> = bare.map(|flag| flag.get_id().as_str()).collect();
            assert!(flags.len() <= MOST_BARE || bare.is_empty(), "{path:?}: {bare:?}");
        }
    }
}
