//! All settings of a run, also those that nobody has said: what its folder keeps, so that it can be done again.

use std::path::PathBuf;

use spectnet_core::model::Task;

use super::defaults::Defaults;
use super::flags::TrainFlags;
use super::names::{ClassifierName, PartsFlag, Protocol};
use super::recipe_names::Augmentations;
use super::settings::{CHECKPOINT_MINUTES, TrainArgs, WINDOW_S};
use crate::error::Result;

impl TrainFlags {
    /// These flags, which stand [over their file](Self::over_file), with all defaults. What the other settings forbid is not
    /// there, what a model says that the run starts from among it, nor is the folder of the run, for the same settings are for
    /// another one, nor that of the cache, which changes nothing.
    ///
    /// # Errors
    /// Those of [`resolve`](Self::resolve).
    pub fn complete(&self) -> Result<Self> {
        let args = self.checked().map_err(|error| self.placed(error))?;
        let usual = self.usual(args.task, args.start.as_deref());
        let validation_list = match usual.protocol {
            Protocol::Paper => Some(self.validation_list(&args.data)?),
            _ => None,
        };
        let trained = Self {
            circor_labels: Some(self.circor_labels.unwrap_or_default()),
            skip_unreadable: Some(self.skip_unreadable.unwrap_or_default()),
            fixed: Some(self.fixed.unwrap_or_default()),
            learns: args.start.is_some().then(|| self.learns.unwrap_or_default()),
            augment: Some(Augmentations(args.recipe.augment.clone())),
            augment_strength: Some(args.recipe.augment_strength),
            protocol: Some(usual.protocol),
            select: Some(self.select.unwrap_or(usual.select)),
            validation_list,
            device: Some(args.device),
            seed: Some(args.recipe.seed),
            epochs: Some(args.recipe.epochs),
            epoch_windows: Some(args.recipe.epoch_windows),
            draw: Some(self.draw.unwrap_or(usual.draw)),
            batch: Some(self.batch.unwrap_or(usual.batch)),
            accumulate: Some(self.accumulate.unwrap_or(usual.accumulate)),
            accumulation: Some(self.accumulation.unwrap_or(usual.accumulation)),
            optimiser: Some(self.optimiser.unwrap_or(usual.optimiser)),
            learning_rate: Some(args.recipe.learning_rate),
            front_end_learning_rate: Some(args.recipe.front_end_learning_rate),
            warm_up: Some(args.recipe.warm_up),
            schedule: Some(self.schedule.unwrap_or(usual.schedule)),
            precision: Some(self.precision.unwrap_or_default()),
            checkpoint_minutes: Some(self.checkpoint_minutes.unwrap_or(CHECKPOINT_MINUTES)),
            tensorboard: Some(self.tensorboard.unwrap_or_default()),
            config: None,
            set: Vec::new(),
            cache: None,
            out: None,
            resume: None,
            ..self.clone()
        };
        match args.start {
            Some(_) => Ok(trained),
            None => trained.with_model(&args, &usual),
        }
    }

    /// The same with paths that mean the same in whatever folder they are read.
    pub fn with_absolute_paths(self) -> Self {
        Self {
            data: self.data.map(absolute),
            from: self.from.map(absolute),
            validation_list: self.validation_list.map(absolute),
            ..self
        }
    }

    /// The same with all settings of a new model.
    fn with_model(self, args: &TrainArgs, usual: &Defaults) -> Result<Self> {
        let sees_windows = match args.task {
            Task::Heart => usual.classifier == ClassifierName::States,
            Task::Scene => usual.classifier != ClassifierName::Residual,
        };
        Ok(Self {
            front_end: self.front_end.complete(args.task, usual.frontend)?,
            window: self.window.or(sees_windows.then_some(WINDOW_S)),
            segments: Some(self.segments.unwrap_or(usual.segments)),
            channels: Some(self.channels.unwrap_or(usual.channels)),
            level: Some(usual.level),
            phase: Some(self.phase.unwrap_or_default()),
            classifier: Some(usual.classifier),
            blocks: args.classifier.blocks().and_then(|blocks| u32::try_from(blocks).ok()),
            parts: args.classifier.parts().map(PartsFlag),
            lead: args.classifier.parts().map(|parts| parts.lead_ms),
            dropout: Some(self.dropout.unwrap_or(usual.dropout)),
            normalise: Some(self.normalise.unwrap_or(usual.normalise)),
            compression: Some(self.compression.unwrap_or(usual.compression)),
            floor: Some(self.floor.unwrap_or(usual.floor)),
            least_variance: Some(self.least_variance.unwrap_or(usual.least_variance)),
            voting: Some(self.voting.unwrap_or(usual.voting)),
            ..self
        })
    }
}

/// The same place, beginning at the root. A path that no configuration file could hold stays as it is.
fn absolute(path: PathBuf) -> PathBuf {
    let whole = std::path::absolute(&path).ok().filter(|whole| whole.to_str().is_some());
    whole.unwrap_or(path)
}
