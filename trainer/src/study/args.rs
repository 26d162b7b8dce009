//! What is asked of a run: the settings of training, and what shall be done wrong in it on purpose, as it was published. The
//! settings of training know nothing of faults.

use clap::Args;
use serde::{Deserialize, Serialize};
use spectnet_core::learning::Recipe;

use super::faults::{self, Fault};
use crate::error::{Error, Result};
use crate::train_args::{DATA, TrainArgs, TrainFlags};
use crate::training::parts::HeldOut;

/// `spectnet train` and the runs of `spectnet reproduce` as they stand on the command line.
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub struct StudyFlags {
    /// How it is trained.
    #[command(flatten)]
    pub train: TrainFlags,
    /// What is done wrong.
    #[command(flatten)]
    pub faults: FaultFlags,
}

/// What shall be done wrong, on the command line or in a configuration file.
#[derive(Clone, Debug, Default, PartialEq, Args, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct FaultFlags {
    /// What shall be done wrong with --protocol paper, as it was published, separated by commas [default: nothing].
    #[arg(help_heading = DATA, long, value_enum, value_name = "LIST", value_delimiter = ',')]
    pub faults: Option<Vec<Fault>>,
}

/// Everything a run needs to know, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct StudyArgs {
    /// How it is trained; the options of the recipe are those of the faults.
    pub train: TrainArgs,
    /// What is done wrong; the recipe says nothing of it by these names.
    pub faults: Vec<Fault>,
}

impl StudyFlags {
    /// These flags over the settings of the configuration file that they name, if they name one.
    ///
    /// # Errors
    /// Those of [`TrainFlags::over_file`].
    pub fn over_file(self) -> Result<Self> {
        let (train, faults) = self.train.over_file_beside(self.faults)?;
        Ok(Self { train, faults })
    }

    /// All settings that these flags, which stand [over their file](Self::over_file), come to, as a configuration file that
    /// does the same again, in whatever folder: paths in it are absolute.
    ///
    /// # Errors
    /// Those of [`TrainFlags::complete`].
    pub fn as_file(&self) -> Result<String> {
        let settings = self.train.complete()?.with_absolute_paths().as_file(&self.faults)?;
        Ok(format!(
            "# All settings of a run: `spectnet train --config` with this file and another --out does it again.\n{settings}"
        ))
    }

    /// What is done: these flags over the configuration file, if one is named, over the defaults.
    ///
    /// # Errors
    /// Those of [`TrainFlags::resolve`], and [`Error::Usage`] for faults of another procedure than the published one.
    pub fn resolve(self) -> Result<StudyArgs> {
        let Self { train, faults } = self.over_file()?;
        faults.committed_by(train.resolve()?)
    }

    /// The same for a table, whose rows have filters and a network of their own.
    ///
    /// # Errors
    /// Those of [`resolve`](Self::resolve), but for the network.
    pub fn resolve_for_table(self) -> Result<StudyArgs> {
        let Self { train, faults } = self.over_file()?;
        faults.committed_by(train.resolve_for_table()?)
    }

    /// What these flags come to by themselves, without a configuration file and without the list of what is held out.
    ///
    /// # Errors
    /// Those of [`resolve`](Self::resolve) that are known without these files.
    pub fn checked(&self) -> Result<StudyArgs> {
        self.faults.clone().committed_by(self.train.checked()?)
    }

    /// The same for a table.
    ///
    /// # Errors
    /// Those of [`checked`](Self::checked), but for the network.
    pub fn checked_for_table(&self) -> Result<StudyArgs> {
        self.faults.clone().committed_by(self.train.checked_for_table()?)
    }

    /// Whether a file is named that settings stand in.
    pub fn reads_files(&self) -> bool {
        self.train.reads_files()
    }
}

impl FaultFlags {
    /// The same settings of training, with options that make the run commit these faults.
    fn committed_by(self, train: TrainArgs) -> Result<StudyArgs> {
        let faults = self.faults.unwrap_or_default();
        if !faults.is_empty() && !matches!(train.held_out, HeldOut::Listed(_)) {
            return Err(Error::Usage("--faults belongs to --protocol paper".into()));
        }
        let recipe = Recipe { options: faults::options(&faults), ..train.recipe };
        Ok(StudyArgs { train: TrainArgs { recipe, ..train }, faults })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use spectnet_core::learning::recipe::{Loss, Options};

    use super::*;
    use crate::cli::{Cli, Command};

    fn train(arguments: &[&str]) -> Result<StudyArgs> {
        match Cli::try_parse_from(["spectnet", "train"].iter().chain(arguments)).unwrap().command {
            Command::Train(flags) => flags.resolve(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn faults_are_committed_where_they_are_asked_for_here_or_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let [list, file] = ["list.txt", "train.toml"].map(|name| folder.path().join(name));
        std::fs::write(&list, "a0001\n").unwrap();
        std::fs::write(&file, "faults = [\"select-on-reported\"]\nseed = 3\n").unwrap();
        let [list, file] = [&list, &file].map(|path| path.to_str().unwrap());
        let paper = ["--task", "heart", "--data", "x", "--protocol", "paper", "--validation-list", list];
        let asked = |more: &[&str]| train(&[&paper[..], more].concat()).unwrap();
        let unasked = asked(&[]);
        assert_eq!((unasked.train.recipe.options, unasked.faults), (Options::default(), vec![]));
        let flags = ["--faults", "dropout-at-eval,double-softmax"];
        let here = asked(&flags);
        assert_eq!(here.faults, [Fault::DropoutAtEval, Fault::DoubleSoftmax]);
        assert_eq!((here.train.recipe.options.loss, here.train.recipe.options.dropping), (Loss::OfProbabilities, true));
        let there = asked(&["--config", file]);
        assert_eq!((there.faults, there.train.recipe.seed), (vec![Fault::SelectOnReported], 3));
        assert!(there.train.recipe.options.chosen_on_held_out);
        assert_eq!(asked(&[&["--config", file], &flags[..]].concat()).faults, here.faults);
    }

    #[test]
    fn faults_belong_to_the_published_procedure() {
        let grouped = ["--task", "heart", "--data", "x", "--faults", "double-softmax"];
        assert!(matches!(train(&grouped), Err(Error::Usage(message)) if message.contains("--protocol paper")));
    }
}
