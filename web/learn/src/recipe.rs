//! How fast is learned, and from how changed windows.
//!
//! The numbers are for a few recordings and a minute: larger learning rates than those of a run over a night, and changes of
//! the windows that are half as strong as usual.

use spectnet_core::filterbank::Form;
use spectnet_core::learning::recipe::{Accumulation, Draws, Optimiser, Options, Selection};
use spectnet_core::learning::schedule::{Schedule, WarmUp};
use spectnet_core::learning::{Augmentation, EpochLength, Learns, Recipe};
use spectnet_core::model::{ClassifierConfig, ModelConfig};

use crate::message;

/// Decay of the average of the weights that is judged and saved: that of some ten steps.
const EMA: f64 = 0.9;
/// Part of a run, in percent, in which the learning rates rise.
const WARM_UP: f64 = 5.0;
/// Factor on what changes of the windows usually do.
const STRENGTH: f64 = 0.5;
/// Windows in a batch where the images of filters that stay are stored, and where all of it has to be computed.
const BATCHES: [usize; 2] = [16, 8];
/// Learning rates of the last layer alone, and of a whole network.
const RATES: [f64; 2] = [1e-2, 1e-3];
/// That of the linear model over the phases of the heart cycle, all of which is the last layer.
const LINEAR_RATE: f64 = 3e-3;

/// What of the model's weights learns; none where only its calibration is fitted.
pub(crate) fn learns(asked: message::Learns) -> Option<Learns> {
    match asked {
        message::Learns::Head => Some(Learns::Head),
        message::Learns::Filters => Some(Learns::Filters),
        message::Learns::Everything => Some(Learns::Everything),
        message::Learns::Calibration => None,
    }
}

/// In words that complete "... learned".
pub(crate) fn in_words(asked: message::Learns) -> &'static str {
    match asked {
        message::Learns::Head => "the last layer",
        message::Learns::Filters => "filters and last layer",
        message::Learns::Everything => "everything",
        message::Learns::Calibration => "no weights",
    }
}

/// The settings of a run.
pub(crate) fn recipe(learns: Learns, config: &ModelConfig, seed: u64) -> Recipe {
    let is_linear = matches!(config.classifier, ClassifierConfig::States { .. });
    let [of_head, of_all] = RATES;
    let learning_rate = match learns {
        _ if is_linear => LINEAR_RATE,
        Learns::Head | Learns::Filters => of_head,
        Learns::Everything => of_all,
    };
    let front_end_learning_rate = match config.front_end.form {
        Form::Bounded => 1e-2,
        // Its parameters are in Hz.
        Form::Paper => 1.0,
    };
    let [stored, computed] = BATCHES;
    let batch = if matches!(learns, Learns::Head) { stored } else { computed };
    // None of them changes the sound itself, so that images of filters that stay are computed once.
    let augment = match is_linear {
        true => vec![Augmentation::Gain],
        false => vec![Augmentation::Gain, Augmentation::Equaliser, Augmentation::Masks],
    };
    Recipe {
        seed,
        epochs: 1,
        minutes: None,
        epoch_windows: EpochLength::default(),
        draw: Draws::Recordings,
        // A window of every class in every batch, as far as that is a small one.
        batch: batch.max(config.labels.len().min(stored)),
        accumulate: 1,
        accumulation: Accumulation::Mean,
        optimiser: Optimiser::AdamW,
        clip_norm: None,
        worst_subset: None,
        learning_rate,
        front_end_learning_rate,
        warm_up: WarmUp::Percent(WARM_UP),
        schedule: Schedule::Cosine,
        ema: Some(EMA),
        early_stopping: None,
        selection: Selection::Best,
        augment,
        augment_strength: STRENGTH,
        learns,
        options: Options::default(),
    }
}

#[cfg(test)]
mod tests {
    use spectnet_core::model::Task;

    use super::*;

    #[test]
    fn batches_hold_every_class_and_the_head_learns_faster_than_a_network() {
        let labels = |count: usize| (0..count).map(|number| format!("class {number}")).collect::<Vec<_>>();
        let of = |learns, count| recipe(learns, &Task::Scene.model(labels(count), 16, 2), 7);
        assert_eq!([2, 10, 40].map(|count| of(Learns::Everything, count).batch), [8, 10, 16]);
        assert_eq!([2, 10, 40].map(|count| of(Learns::Head, count).batch), [16, 16, 16]);
        assert!(of(Learns::Head, 3).learning_rate > of(Learns::Everything, 3).learning_rate);
        assert_eq!(of(Learns::Filters, 3).seed, 7);
    }
}
