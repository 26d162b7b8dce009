//! From what was said to what is done.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use spectnet_core::audio::SpikeRule;
use spectnet_core::heart::Parts;
use spectnet_core::learning::recipe::{Options, Recipe};
use spectnet_core::model::{ClassifierConfig, Compression, Scaling, Task};

use super::check::check;
use super::defaults::Defaults;
use super::flags::TrainFlags;
use super::lists::read_names;
use super::names::{ClassifierName, CompressionName, LevelName, Protocol};
use super::recipe;
use super::settings::{CHECKPOINT_MINUTES, TrainArgs};
use super::start::StartModel;
use crate::data::{Opening, published_list};
use crate::error::{Error, Result};
use crate::training::parts::HeldOut;

impl TrainFlags {
    /// What is done: these flags over the configuration file, if one is named, over the defaults. Lists and data are looked
    /// for when everything else is known to fit.
    ///
    /// # Errors
    /// An unreadable configuration file or an unknown key in it, a value out of range, no task or no data, what this version
    /// does not do, or a network that does not fit the front-end.
    pub fn resolve(self) -> Result<TrainArgs> {
        let flags = self.over_file()?;
        flags.checked().and_then(|args| flags.read_lists(args)).map_err(|error| flags.placed(error))
    }

    /// The same for a table, whose rows have filters and a network of their own.
    ///
    /// # Errors
    /// Those of [`resolve`](Self::resolve), but for the network.
    pub fn resolve_for_table(self) -> Result<TrainArgs> {
        let flags = self.over_file()?;
        flags.checked_for_table().and_then(|args| flags.read_lists(args)).map_err(|error| flags.placed(error))
    }

    /// What these flags come to by themselves, without a configuration file and without the list of what is held out; a model
    /// that the run starts from is read.
    ///
    /// # Errors
    /// Those of [`resolve`](Self::resolve) that are known without these files.
    pub fn checked(&self) -> Result<TrainArgs> {
        let args = self.checked_for_table()?;
        args.check_network()?;
        Ok(args)
    }

    /// The same for a table.
    ///
    /// # Errors
    /// Those of [`checked`](Self::checked), but for the network.
    pub fn checked_for_table(&self) -> Result<TrainArgs> {
        let args = self.settings()?;
        args.check()?;
        Ok(args)
    }

    fn settings(&self) -> Result<TrainArgs> {
        let start = self.start()?;
        let task = self.told_apart(start.as_deref())?;
        let usual = self.usual(task, start.as_deref());
        let of_start = start.as_ref().map(|start| &start.package.config);
        let classifier = of_start.map_or_else(|| self.classifier(&usual), |config| config.classifier);
        check(self, task, &usual, classifier)?;
        recipe::check(self, &usual)?;
        let published = usual.protocol == Protocol::Paper;
        Ok(TrainArgs {
            task,
            data: needed("data", self.data.clone())?,
            opening: self.opening(),
            cache: self.cache.clone(),
            front_end: self.front_end.clone(),
            window_s: self.window,
            segments: self.segments.unwrap_or(usual.segments).into(),
            channels: self.channels.unwrap_or(usual.channels).into(),
            scales_level: usual.level == LevelName::Scaled,
            spike_rule: if published { SpikeRule::Published } else { SpikeRule::SparingBeats },
            frontend: usual.frontend,
            learnable: !self.fixed.unwrap_or_default(),
            phase: self.phase.unwrap_or_default(),
            classifier,
            scaling: of_start.map_or_else(|| self.scaling(&usual), |config| config.scaling),
            people: self.people.clone(),
            held_out: self.held_out(usual.protocol)?,
            voting: self.voting.unwrap_or(usual.voting).into(),
            device: self.device.unwrap_or_default(),
            recipe: self.recipe(&usual),
            checkpoint_minutes: self.checkpoint_minutes.unwrap_or(CHECKPOINT_MINUTES),
            tensorboard: self.tensorboard.unwrap_or_default(),
            out: self.out.clone().unwrap_or_else(|| Path::new("runs").join(task.name())),
            resume: self.resume.unwrap_or_default(),
            start,
        })
    }

    /// What is told apart: what was said, else what the model tells apart that the run starts from.
    fn told_apart(&self, start: Option<&StartModel>) -> Result<Task> {
        let said = self.task.map(Task::from);
        let Some(start) = start else { return needed("task", said) };
        let config = &start.package.config;
        let misfit = match (said, config.task) {
            (Some(Task::Heart), Task::Scene) => "is a model for scenes",
            (Some(Task::Scene), Task::Heart) if config.needs_cycles() => {
                "follows heart cycles, which other sounds do not have"
            }
            _ => return Ok(said.unwrap_or(config.task)),
        };
        let said = said.map_or("", Task::name);
        Err(Error::Usage(format!("--task {said}: {} {misfit}; leave out --task", start.path.display())))
    }

    /// What holds where nothing is said.
    pub(super) fn usual(&self, task: Task, start: Option<&StartModel>) -> Defaults {
        start.map_or_else(|| Defaults::new(task, self), |start| Defaults::of_start(&start.package.config, self))
    }

    fn opening(&self) -> Opening {
        Opening {
            circor: self.circor_labels.unwrap_or_default(),
            decodes: true,
            skips: self.skip_unreadable.unwrap_or_default(),
            may_skip: true,
        }
    }

    fn classifier(&self, usual: &Defaults) -> ClassifierConfig {
        let blocks = self.blocks.unwrap_or(usual.blocks) as usize;
        let dropout = self.dropout.unwrap_or(usual.dropout);
        match usual.classifier {
            ClassifierName::Residual => ClassifierConfig::Residual { blocks, dropout },
            ClassifierName::Pooled => ClassifierConfig::Pooled { blocks, dropout },
            ClassifierName::States => {
                let parts = self.parts.unwrap_or(usual.parts).0;
                let lead_ms = self.lead.unwrap_or(usual.parts.0.lead_ms);
                ClassifierConfig::States { dropout, parts: Parts { lead_ms, ..parts } }
            }
            ClassifierName::Cnn1d => ClassifierConfig::Cnn1d { dropout },
            ClassifierName::Cnn2d => ClassifierConfig::Cnn2d { dropout },
        }
    }

    fn scaling(&self, usual: &Defaults) -> Scaling {
        Scaling {
            compression: match self.compression.unwrap_or(usual.compression) {
                CompressionName::Log => Compression::Log,
                CompressionName::Power => Compression::Power,
            },
            normalisation: self.normalise.unwrap_or(usual.normalise).into(),
            floor_db: self.floor.unwrap_or(usual.floor).0,
            least_variance: self.least_variance.unwrap_or(usual.least_variance),
        }
    }

    fn recipe(&self, usual: &Defaults) -> Recipe {
        Recipe {
            seed: self.seed.unwrap_or(usual.seed),
            epochs: self.epochs.unwrap_or(usual.epochs),
            learns: self.learns.unwrap_or_default().into(),
            minutes: self.minutes,
            epoch_windows: self.epoch_windows.unwrap_or(usual.epoch_windows),
            draw: self.draw.unwrap_or(usual.draw).into(),
            batch: self.batch.unwrap_or(usual.batch) as usize,
            accumulate: self.accumulate.unwrap_or(usual.accumulate) as usize,
            accumulation: self.accumulation.unwrap_or(usual.accumulation).into(),
            optimiser: self.optimiser.unwrap_or(usual.optimiser).into(),
            clip_norm: self.clip_norm,
            worst_subset: self.worst_subset,
            learning_rate: self.learning_rate.unwrap_or(usual.learning_rate),
            front_end_learning_rate: self.front_end_learning_rate.unwrap_or(usual.front_end_learning_rate),
            warm_up: self.warm_up.unwrap_or(usual.warm_up),
            schedule: self.schedule.unwrap_or(usual.schedule).into(),
            ema: self.ema,
            early_stopping: self.early_stopping,
            selection: self.select.unwrap_or(usual.select).into(),
            augment: self.augment.as_ref().map_or(usual.augment, |list| &list.0).to_vec(),
            augment_strength: self.augment_strength.unwrap_or(usual.augment_strength),
            options: Options::default(),
        }
    }

    fn held_out(&self, protocol: Protocol) -> Result<HeldOut> {
        Ok(match protocol {
            Protocol::All => HeldOut::Nothing,
            Protocol::Grouped => HeldOut::Fold(self.fold),
            Protocol::LeaveOneSubsetOut => HeldOut::Subset(needed("hold-out", self.hold_out.clone())?),
            // The list is read when everything else is known to fit.
            Protocol::Paper => HeldOut::Listed(BTreeSet::new()),
        })
    }

    /// These settings with what stands in lists: the names of what is held out, and numbers of the front-end.
    fn read_lists(&self, args: TrainArgs) -> Result<TrainArgs> {
        let held_out = match args.held_out {
            HeldOut::Listed(_) => HeldOut::Listed(read_names(&self.validation_list(&args.data)?)?),
            other => other,
        };
        Ok(TrainArgs { front_end: args.front_end.read()?, held_out, ..args })
    }

    /// The list that is named, else the one that the data comes with.
    pub(super) fn validation_list(&self, data: &Path) -> Result<PathBuf> {
        needed("validation-list", self.validation_list.clone().or_else(|| published_list(data)))
    }
}

/// What must be said.
pub(super) fn needed<T>(name: &str, said: Option<T>) -> Result<T> {
    said.ok_or_else(|| Error::Usage(format!("--{name} is missing; give it here or in the --config file")))
}
