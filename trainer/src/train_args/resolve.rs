//! From what was said to what is done.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use spectnet_core::audio::{Channels, SpikeRule};
use spectnet_core::filterbank::Form;
use spectnet_core::heart::Parts;
use spectnet_core::model::{ClassifierConfig, Compression, Normalisation, Scaling, Segments, Task, Voting};

use super::TrainArgs;
use super::files::{read_config, read_names};
use super::flags::TrainFlags;
use super::names::{ClassifierName, CompressionName, Protocol, SegmentsName};
use crate::data::{Opening, published_list};
use crate::error::{Error, Result};
use crate::training::augment::Augmentation;
use crate::training::parts::HeldOut;
use crate::training::recipe::{Options, Recipe, Selection};

/// Parts of systole and diastole, chosen on inner splits (docs/HEART.md).
const USUAL_PARTS: Parts = Parts { systole: 3, diastole: 4 };

/// Floor and least variance of models that know the states, chosen on inner splits likewise.
const USUAL_FLOOR_DB: f64 = 45.0;
const USUAL_LEAST_VARIANCE: f64 = 0.1;

impl TrainFlags {
    /// Reads the configuration file, if one is named, and fills in the defaults. Lists and data are looked for when everything
    /// else is known to fit.
    ///
    /// # Errors
    /// An unreadable configuration file or an unknown key in it, a value out of range, no task or no data, what this version
    /// does not do, or a network that does not fit the front-end.
    pub fn resolve(self) -> Result<TrainArgs> {
        self.settle(true)
    }

    /// The same for a table, whose rows have filters and a network of their own.
    ///
    /// # Errors
    /// Those of [`resolve`](Self::resolve), but for the network.
    pub fn resolve_for_table(self) -> Result<TrainArgs> {
        self.settle(false)
    }

    fn settle(self, one_model: bool) -> Result<TrainArgs> {
        let file = match &self.config {
            Some(path) => read_config(path)?,
            None => Self::default(),
        };
        let flags = self.over(file);
        flags.check()?;
        let missing = |name: &str| Error::Usage(format!("--{name} is missing; give it here or in the --config file"));
        let task: Task = flags.task.ok_or_else(|| missing("task"))?.into();
        let protocol = flags.protocol.unwrap_or(Protocol::Grouped);
        let published = protocol == Protocol::Paper;
        if flags.parts.is_some() && flags.classifier != Some(ClassifierName::States) {
            return Err(Error::Usage("--parts belongs to --classifier states".into()));
        }
        match flags.classifier {
            Some(ClassifierName::States) => check_states(task, &flags)?,
            Some(ClassifierName::Cnn1d) => {
                if flags.compression == Some(CompressionName::Power) {
                    return Err(Error::Usage(
                        "--compression power is for energies; --classifier cnn-1d hears the filters' outputs".into(),
                    ));
                }
                let augment = flags.augment.as_ref().map_or(&[][..], |list| &list.0);
                check_waves("--classifier cnn-1d", task, augment)?;
            }
            _ => {}
        }
        let frontend = flags.front_end.frontend.map_or(if published { Form::Paper } else { Form::Bounded }, Form::from);
        // Before any file is opened.
        flags.front_end.config(task, frontend)?;
        let usual = if protocol == Protocol::All { Selection::Last } else { Selection::Best };
        let selection = flags.select.unwrap_or(usual);
        if protocol == Protocol::All && flags.fold.is_some() {
            return Err(Error::Usage("--fold says what is held out, --protocol all that nothing is".into()));
        }
        // The list is read when everything else is known to fit.
        let mut list: Option<PathBuf> = None;
        let held_out = match (protocol, flags.hold_out) {
            (Protocol::All, None) => HeldOut::Nothing,
            (Protocol::Grouped, None) => HeldOut::Fold(flags.fold),
            (Protocol::LeaveOneSubsetOut, Some(subset)) => HeldOut::Subset(subset),
            (Protocol::LeaveOneSubsetOut, None) => return Err(missing("hold-out")),
            (Protocol::Grouped | Protocol::All | Protocol::Paper, Some(_)) => {
                return Err(Error::Usage("--hold-out belongs to --protocol leave-one-subset-out".into()));
            }
            (Protocol::Paper, None) => match (task, &flags.fold) {
                (Task::Heart, None) => {
                    let of_data = || flags.data.as_deref().and_then(published_list);
                    let named = flags.validation_list.clone().or_else(of_data);
                    list = Some(named.ok_or_else(|| missing("validation-list"))?);
                    HeldOut::Listed(BTreeSet::new())
                }
                (Task::Heart, Some(_)) => {
                    return Err(Error::Usage(
                        "--fold does not go with --protocol paper: the list says what is held out".into(),
                    ));
                }
                (Task::Scene, _) => {
                    return Err(Error::Usage(
                        "--protocol paper is for heart sounds: none was published for scenes".into(),
                    ));
                }
            },
        };
        let faults = flags.faults.unwrap_or_default();
        if !published && (flags.validation_list.is_some() || !faults.is_empty()) {
            return Err(Error::Usage("--validation-list and --faults belong to --protocol paper".into()));
        }
        let (blocks, dropout) = (flags.blocks.unwrap_or(3) as usize, flags.dropout);
        if task == Task::Heart && flags.window.is_some() {
            return Err(Error::Usage("--window is for scenes; heart models hear 2.5 s".into()));
        }
        if task == Task::Scene && flags.segments == Some(SegmentsName::Cycles) {
            return Err(Error::Usage("--segments cycles is for heart sounds: scenes have no cycles".into()));
        }
        let usual = if task == Task::Heart { ClassifierName::Residual } else { ClassifierName::Pooled };
        let classifier = match flags.classifier.unwrap_or(usual) {
            ClassifierName::Residual => ClassifierConfig::Residual { blocks, dropout: dropout.unwrap_or(0.5) },
            ClassifierName::Pooled => ClassifierConfig::Pooled { blocks, dropout: dropout.unwrap_or(0.2) },
            ClassifierName::States => {
                let parts = flags.parts.map_or(USUAL_PARTS, |parts| parts.0);
                parts.validate().map_err(|error| Error::Usage(error.to_string()))?;
                ClassifierConfig::States { dropout: dropout.unwrap_or(0.1), parts }
            }
            ClassifierName::Cnn1d => ClassifierConfig::Cnn1d { dropout: dropout.unwrap_or(0.5) },
            ClassifierName::Cnn2d => ClassifierConfig::Cnn2d { dropout: dropout.unwrap_or(0.5) },
        };
        if flags.blocks.is_some() && classifier.blocks().is_none() {
            return Err(Error::Usage(format!("--classifier {} has no blocks; leave out --blocks", classifier.name())));
        }
        let knows_states = matches!(classifier, ClassifierConfig::States { .. });
        let scaling = Scaling {
            compression: match (flags.compression, classifier, task) {
                (Some(CompressionName::Power), ..) | (None, ClassifierConfig::Pooled { .. }, Task::Scene) => {
                    Compression::Power
                }
                (Some(CompressionName::Log) | None, ..) => Compression::Log,
            },
            normalisation: match (flags.normalise, classifier, task) {
                (Some(name), ..) => name.into(),
                (
                    None,
                    ClassifierConfig::Residual { .. } | ClassifierConfig::Cnn1d { .. } | ClassifierConfig::Cnn2d { .. },
                    _,
                ) => Normalisation::None,
                (None, ClassifierConfig::Pooled { .. }, Task::Heart) | (None, ClassifierConfig::States { .. }, _) => {
                    Normalisation::Window
                }
                (None, ClassifierConfig::Pooled { .. }, Task::Scene) => Normalisation::Data,
            },
            floor_db: flags.floor.map_or(if knows_states { Some(USUAL_FLOOR_DB) } else { None }, |floor| floor.0),
            least_variance: flags.least_variance.unwrap_or(match knows_states {
                true => USUAL_LEAST_VARIANCE,
                false => Scaling::default().least_variance,
            }),
        };
        let args = TrainArgs {
            task,
            data: flags.data.ok_or_else(|| missing("data"))?,
            opening: Opening {
                circor: flags.circor_labels.unwrap_or_default(),
                decodes: true,
                skips: flags.skip_unreadable.unwrap_or(false),
                may_skip: true,
            },
            front_end: flags.front_end,
            window_s: flags.window,
            segments: flags
                .segments
                .map_or(if published { Segments::Cycles } else { Segments::Windows }, Segments::from),
            channels: flags.channels.map_or(Channels::Mean, Channels::from),
            spike_rule: if published { SpikeRule::Published } else { SpikeRule::SparingBeats },
            frontend,
            learnable: !flags.fixed.unwrap_or(false),
            phase: flags.phase.unwrap_or(false),
            classifier,
            scaling,
            held_out,
            device: flags.device.unwrap_or_default(),
            voting: published.then_some(Voting::Majority),
            recipe: Recipe {
                seed: flags.seed.unwrap_or(0),
                epochs: flags.epochs.unwrap_or(40),
                minutes: flags.minutes,
                batch: flags.batch.unwrap_or(64) as usize,
                accumulate: flags.accumulate.unwrap_or(1) as usize,
                learning_rate: flags.learning_rate.unwrap_or(match classifier {
                    _ if published => 5e-3,
                    ClassifierConfig::States { .. } => 3e-3,
                    _ => 1e-3,
                }),
                front_end_learning_rate: flags.front_end_learning_rate.unwrap_or(match frontend {
                    Form::Paper if published => 0.1,
                    Form::Bounded => 1e-2,
                    Form::Paper => 1.0,
                }),
                selection,
                augment: flags
                    .augment
                    .map_or_else(|| if published { Vec::new() } else { vec![Augmentation::Gain] }, |list| list.0),
                options: Options::default(),
            },
            faults,
            out: flags.out.unwrap_or_else(|| Path::new("runs").join(task.name())),
            resume: flags.resume.unwrap_or(false),
        };
        args.check(one_model)?;
        let held_out = match list {
            Some(list) => HeldOut::Listed(read_names(&list)?),
            None => args.held_out,
        };
        Ok(TrainArgs { front_end: args.front_end.clone().read()?, held_out, ..args })
    }
}

/// Most values of the log-energy images of a batch: a network keeps some sixteen numbers for each until it has gone back, so
/// these are some 4 GiB.
const MOST_BATCH_VALUES: u64 = 1 << 26;

impl TrainArgs {
    /// Labels to check settings with before the data says which they are: those of the task, else of the fewest classes.
    pub fn any_labels(&self) -> Vec<String> {
        self.task.fixed_labels().unwrap_or(["one", "other"]).map(String::from).into()
    }

    /// Whether such a model can be, before any recording is looked for.
    fn check(&self, one_model: bool) -> Result<()> {
        let config = self.model_config(self.any_labels())?;
        let fits = config.validate().and_then(|()| if one_model { config.layout().map(drop) } else { Ok(()) });
        fits.map_err(|error| Error::Usage(error.to_string()))?;
        let image = config.frames() as u64 * config.front_end.filters as u64;
        let (batch, most) = (self.recipe.batch as u64, MOST_BATCH_VALUES / image.max(1));
        if batch > most.max(2) {
            return Err(Error::Usage(format!(
                "batches of {batch} windows with {image} values of the image each: expected at most {most}; --accumulate adds \
                 up the gradients of several batches"
            )));
        }
        Ok(())
    }
}

/// What does not go with a classifier that knows where in the heart cycle it is.
fn check_states(task: Task, flags: &TrainFlags) -> Result<()> {
    let augments = |way| flags.augment.as_ref().is_some_and(|list| list.0.contains(&way));
    let why = match () {
        () if task == Task::Scene => "--classifier states is for heart sounds: scenes have no cycles",
        () if flags.segments == Some(SegmentsName::Cycles) => {
            "--classifier states hears windows and finds the states in them; leave out --segments cycles"
        }
        () if augments(Augmentation::Speed) => {
            "--augment speed moves the states of the heart cycle; leave it out with --classifier states"
        }
        () if augments(Augmentation::Mixing) => {
            "--augment mixing adds another heart, whose states are not known; leave it out with --classifier states"
        }
        () => return Ok(()),
    };
    Err(Error::Usage(why.into()))
}

/// What does not go with a classifier that hears the filters' outputs in place of their log-energy image; `who` asks for it.
///
/// # Errors
/// A task or an augmentation that it cannot follow.
pub fn check_waves(who: &str, task: Task, augment: &[Augmentation]) -> Result<()> {
    if task == Task::Scene {
        return Err(Error::Usage(format!(
            "{who} is for heart sounds: the outputs of a scene's filters, sample by sample, are too much for it"
        )));
    }
    if augment.iter().any(|way| matches!(way, Augmentation::Equaliser | Augmentation::Masks)) {
        return Err(Error::Usage(format!(
            "--augment equaliser and masks change the image, and {who} hears the filters' outputs: leave out one or the other"
        )));
    }
    Ok(())
}
