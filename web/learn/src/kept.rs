//! What a run goes on from in another program, where the graphics processor has stopped the one that it began in: bytes that
//! the learner gives and takes, and nobody else reads.
//!
//! ```text
//! 4 bytes: length of the text │ JSON of [Kept] │ weights of each model: as read last, then the best; f32, little endian
//! ```
//!
//! A browser gives the moments of the optimiser to nobody who does not wait for them, and a page must not wait: they are not
//! in it, and the optimiser begins anew.

use serde::{Deserialize, Serialize};
use spectnet_core::model::Weights;
use spectnet_core::{Error, Result};

use crate::message::Figures;
use crate::pace::Reached;

/// Bytes of the length in front.
const LENGTH: usize = 4;

/// A run as it was when its weights were read last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Steps so far.
    pub(crate) step: u32,
    /// Seconds of training so far.
    pub(crate) seconds: f64,
    pub(crate) reached: Reached,
    /// What has computed, by name, one after the other.
    pub(crate) devices: Vec<String>,
    /// The model, and where there is one its twin.
    pub(crate) models: Vec<KeptModel>,
}

/// A model of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptModel {
    /// Losses of the last steps, in nats.
    pub(crate) losses: Vec<f64>,
    /// How its best weights do, and after how many steps they were read.
    pub(crate) best: (Figures, u32),
    /// Weights as they were read last, and the best.
    #[serde(skip)]
    pub(crate) weights: [Weights; 2],
}

/// What is said of what was kept of another run.
pub(crate) fn of_another_run() -> Error {
    Error::invalid("what was kept of the run is of another one")
}

impl Kept {
    /// All of it.
    ///
    /// # Errors
    /// None that is known: numbers and texts can always be written.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>> {
        let text = serde_json::to_vec(self).map_err(|error| Error::invalid(error.to_string()))?;
        let length = u32::try_from(text.len()).map_err(|error| Error::invalid(error.to_string()))?;
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend(text);
        for values in self.models.iter().flat_map(|model| &model.weights).flat_map(Weights::values) {
            values.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
        }
        Ok(bytes)
    }

    /// Reads it, of models whose weights have these names and numbers.
    ///
    /// # Errors
    /// [`Error::Invalid`] for anything else.
    pub(crate) fn from_bytes(bytes: &[u8], like: &Weights) -> Result<Self> {
        let (length, rest) = bytes.split_at_checked(LENGTH).ok_or_else(of_another_run)?;
        let length = length.try_into().map(u32::from_le_bytes).map_err(|_| of_another_run())?;
        let (text, rest) =
            usize::try_from(length).ok().and_then(|at| rest.split_at_checked(at)).ok_or_else(of_another_run)?;
        let mut kept: Self = serde_json::from_slice(text).map_err(|_| of_another_run())?;
        let (values, behind) = rest.as_chunks::<4>();
        let mut values = values.iter().map(|value| f32::from_le_bytes(*value));
        let each: usize = like.values().map(Vec::len).sum();
        if !behind.is_empty() || values.len() != 2 * kept.models.len() * each {
            return Err(of_another_run());
        }
        let mut next = || -> Weights {
            like.iter().map(|(name, own)| (name.clone(), values.by_ref().take(own.len()).collect())).collect()
        };
        for model in &mut kept.models {
            model.weights = [next(), next()];
        }
        Ok(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(first: f32) -> Weights {
        [("a".to_owned(), vec![first, 0.5]), ("b".to_owned(), vec![-1.25e-7])].into()
    }

    #[test]
    fn what_was_kept_comes_back_to_the_last_bit_and_nothing_else_is_taken() {
        let figures = Figures { loss: Some(0.1 + 0.2), right: 3, of: 4, held_out_loss: None };
        let reached = serde_json::from_str(r#"{ "least": 0.30000000000000004, "best": [7, 0.25] }"#).unwrap();
        let model = |first: f32| KeptModel {
            losses: vec![1.0 / 3.0],
            best: (figures, 7),
            weights: [weights(first), weights(first + 1.0)],
        };
        let models = vec![model(1.0), model(f32::MIN_POSITIVE)];
        let kept = Kept { step: 12, seconds: 3.7, reached, devices: vec!["WebGPU".into()], models };
        let bytes = kept.to_bytes().unwrap();
        assert_eq!(Kept::from_bytes(&bytes, &weights(9.0)).unwrap(), kept);
        let more: Weights = [("a".to_owned(), vec![0.0; 3]), ("b".to_owned(), vec![0.0])].into();
        assert!(Kept::from_bytes(&bytes, &more).is_err(), "of another model");
        for length in 0..bytes.len() {
            assert!(Kept::from_bytes(&bytes[..length], &weights(9.0)).is_err(), "{length}");
        }
        assert!(Kept::from_bytes(&[0xff; 64], &weights(9.0)).is_err());
    }
}
