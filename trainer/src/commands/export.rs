//! `spectnet export`: a model in a form in which others take it.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use spectnet_core::package::{self, Package, halves};

use crate::compute::model_file::MAX_MODEL_BYTES;
use crate::error::{Error, Result};
use crate::export::difference::Difference;
use crate::export::precision::Precision;
use crate::export::{hub, onnx};
use crate::output::{check_free, create_folder, print, read_file, read_text, write_file};

/// Arguments of `spectnet export`.
#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// Model file (.safetensors).
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    /// What to write.
    #[arg(long, value_enum, value_name = "TARGET")]
    pub to: Target,
    /// Where: the folder of a hub, or the ONNX file.
    #[arg(value_name = "OUT")]
    pub out: PathBuf,
    /// How many bits the weights of convolutions and linear layers are stored in.
    #[arg(long, value_enum, value_name = "TYPE", default_value_t)]
    pub dtype: Precision,
    /// With --to hub: the licence of the model as the hub calls it, such as mit, apache-2.0 or cc-by-4.0 [default: none is
    /// named].
    #[arg(long, value_name = "ID")]
    pub license: Option<String>,
    /// With --to hub: the model card [default: the Markdown file of the model's name beside it; without one, what
    /// `spectnet card` writes].
    #[arg(long, value_name = "FILE.md")]
    pub card: Option<PathBuf>,
    /// Replace files that are there already.
    #[arg(long)]
    pub force: bool,
}

/// For whom a model is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// A folder as a Hugging Face repository expects it: model.safetensors, config.json, README.md, SHA256SUMS.
    Hub,
    /// An ONNX file, from the samples of a window to its probabilities.
    Onnx,
}

impl ExportArgs {
    /// Whether the arguments go together, before any file is opened.
    ///
    /// # Errors
    /// [`Error::Usage`] for a flag of another target, or a licence that is no identifier.
    pub fn check(&self) -> Result<()> {
        if self.to != Target::Hub && (self.license.is_some() || self.card.is_some()) {
            return Err(Error::Usage("--license and --card belong to --to hub".into()));
        }
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-.+".contains(letter);
        match self.license.as_deref().filter(|id| id.is_empty() || !id.chars().all(is_part)) {
            Some(wrong) => {
                Err(Error::Usage(format!("--license {wrong:?}: expected an identifier such as mit or apache-2.0")))
            }
            None => Ok(()),
        }
    }

    /// The card that someone wrote for the model.
    fn written_card(&self) -> Result<Option<String>> {
        let beside = self.model.with_extension("md");
        match &self.card {
            Some(card) => read_text(card).map(Some),
            None if beside.is_file() => read_text(&beside).map(Some),
            None => Ok(None),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// An unreadable model or card, weights that 16 bits do not hold, files that are there already, or an unwritable place.
pub fn run(args: &ExportArgs) -> Result<()> {
    args.check()?;
    let bytes = read_file(&args.model, MAX_MODEL_BYTES)?;
    let of_model = |error: Error| error.at(args.model.display());
    let package = package::read(&bytes).map_err(|error| of_model(error.into()))?;
    match args.to {
        Target::Hub => to_hub(args, &package, bytes, of_model)?,
        Target::Onnx => {
            check_free([args.out.as_path()], args.force)?;
            let file = onnx::file(&package, args.dtype).map_err(of_model)?;
            write_file(&args.out, &file)?;
            print(&format!("{}: {}", args.out.display(), size(file.len())))?;
        }
    }
    if args.dtype == Precision::Half {
        let rounded = halves::rounded(&package.weights).map_err(|error| of_model(error.into()))?;
        print(&Difference::measure(&package, &rounded)?.line())?;
    }
    Ok(())
}

fn to_hub(args: &ExportArgs, package: &Package, bytes: Vec<u8>, of_model: impl Fn(Error) -> Error) -> Result<()> {
    let card = args.written_card()?;
    let bytes = match args.dtype {
        Precision::Single => bytes,
        Precision::Half => halves::with_halves(&bytes).map_err(|error| of_model(error.into()))?,
    };
    let paths = hub::NAMES.map(|name| args.out.join(name));
    check_free(paths.iter().map(PathBuf::as_path), args.force)?;
    let files = hub::files(package, bytes, card.as_deref(), args.license.as_deref())?;
    create_folder(&args.out)?;
    for (name, bytes) in &files {
        write_file(&args.out.join(name), bytes)?;
    }
    if args.license.is_none() && card.as_deref().is_none_or(|card| !card.starts_with("---\n")) {
        say!("note: README.md names no licence; --license names one");
    }
    let lines: Vec<String> = files.iter().map(|(name, bytes)| line(&args.out, name, bytes.len())).collect();
    print(&lines.join("\n"))
}

fn line(folder: &Path, name: &str, bytes: usize) -> String {
    format!("{}: {}", folder.join(name).display(), size(bytes))
}

/// For people.
fn size(bytes: usize) -> String {
    format!("{:.1} kB", bytes as f64 / 1000.0)
}
