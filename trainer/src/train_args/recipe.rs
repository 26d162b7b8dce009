//! Ranges of what says how a model is trained, and what does not go together there.

use clap::ValueEnum;
use spectnet_core::learning::schedule::WarmUp;

use super::defaults::Defaults;
use super::flags::TrainFlags;
use super::names::VotingName;
use super::recipe_names::{Precision, SelectionName};
use crate::error::{Error, Result};

/// Largest factor on the augmentations: with more, masks would leave little of an image, and noise lie above the sound.
const MOST_STRENGTH: f64 = 2.0;

/// Whether these flags go together.
///
/// # Errors
/// [`Error::Usage`] with the range, or with what to leave out; [`Error::Unsupported`] for numbers in which nothing can be
/// trained.
pub(super) fn check(flags: &TrainFlags, usual: &Defaults) -> Result<()> {
    if let Some(decay) = flags.ema.filter(|decay| !(*decay > 0.0 && *decay < 1.0)) {
        return Err(Error::Usage(format!("ema is {decay}; expected more than 0 and less than 1")));
    }
    if let Some(strength) = flags.augment_strength.filter(|strength| !(*strength > 0.0 && *strength <= MOST_STRENGTH)) {
        let message = format!("augment-strength is {strength}; expected more than 0 and at most {MOST_STRENGTH}");
        return Err(Error::Usage(message));
    }
    if flags.early_stopping == Some(0) {
        return Err(Error::Usage("early-stopping is 0; expected 1 epoch or more".into()));
    }
    if flags.early_stopping.is_some() && flags.select.unwrap_or(usual.select) != SelectionName::Best {
        return Err(Error::Usage(
            "--early-stopping needs recordings that choose the epoch; leave it out, or use --select best with another \
             --protocol than all"
                .into(),
        ));
    }
    if flags.select.unwrap_or(usual.select) == SelectionName::Calibrated
        && flags.voting.unwrap_or(usual.voting) == VotingName::Majority
    {
        return Err(Error::Usage(
            "--select calibrated needs probabilities, and the fraction of the windows that vote for a class is none; use \
             --voting mean or log-mean"
                .into(),
        ));
    }
    let epochs = flags.epochs.unwrap_or(usual.epochs);
    if let Some(warm_up) = flags.warm_up.filter(|warm_up| is_all(*warm_up, epochs)) {
        return Err(Error::Usage(format!("--warm-up {warm_up} takes all of the {epochs} epochs; use fewer")));
    }
    precision(flags.precision.unwrap_or_default())
}

/// Whether a warm-up takes all of so many epochs. How many steps there are nobody knows before the recordings are read.
fn is_all(warm_up: WarmUp, epochs: u32) -> bool {
    matches!(warm_up, WarmUp::Epochs(count) if count >= f64::from(epochs))
}

/// Whether a network can be trained in these numbers.
fn precision(precision: Precision) -> Result<()> {
    if precision == Precision::F32 {
        return Ok(());
    }
    let name = precision.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    Err(Error::unsupported(format!(
        "--precision {name}: this version trains in f32 on every device. On the CPU, 16 bits would be turned into 32 for \
         every operation, which is slower and less exact; on a GPU, the kernels of the filterbank and the sums of the \
         normalisation are written for f32. Leave it out"
    )))
}
