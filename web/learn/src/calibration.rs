//! Calibration alone: no weights change, but what is made of the probabilities.

use std::borrow::Cow;

use spectnet_core::model::ModelConfig;
use spectnet_core::package::{self, Package};
use spectnet_core::prediction::assessment::{
    Assessment, LEAST_OF_EACH, Scored, calibrated, cross_entropy, positive_of_two,
};
use spectnet_core::prediction::decision::Decision;
use spectnet_core::prediction::{FileNotes, Prediction, in_order_of_labels};
use spectnet_core::recognise::{Model, Session, Source};
use spectnet_core::{Error, Result};

use crate::message::{Figures, Order};
use crate::recordings::Conditioned;

/// Refuses a model whose probabilities are not calibrated by two numbers, and other classes than its own.
///
/// # Errors
/// [`Error::Invalid`] that says which.
pub fn check(order: &Order, config: &ModelConfig) -> Result<()> {
    if positive_of_two(config).is_none() {
        return Err(Error::invalid(
            "only a model of two classes, one of them positive, can be calibrated; let the head of this one learn",
        ));
    }
    if order.labels != config.labels {
        return Err(Error::invalid(format!(
            "calibration changes no classes: expected those of the model, {}",
            config.labels.join(", ")
        )));
    }
    Ok(())
}

/// What calibration comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibrated {
    /// The model file: that of the model, with another assessment.
    pub file: Vec<u8>,
    /// Loss and right answers on the recordings that it was fitted on.
    pub figures: Figures,
    /// What a person should know, in sentences.
    pub notes: Vec<String>,
}

/// Fits temperature and threshold on recordings, as `spectnet calibrate` does.
///
/// # Errors
/// [`Error::Invalid`] where there are recordings of one class only of which anything can be said, and those of
/// [`Model::from_bytes`].
pub fn calibrate(bytes: &[u8], from: &Package, recordings: &[Conditioned]) -> Result<Calibrated> {
    let model = Model::from_bytes(bytes)?;
    let config = &from.config;
    let mut scored = Vec::new();
    for recording in recordings {
        let prediction = judged(&model, recording)?;
        if prediction.abstained.is_none() {
            scored.push(score(config, recording, &prediction));
        }
    }
    let measured_on = format!(
        "{} recordings of a person's own on which temperature and threshold were chosen, so these figures are optimistic",
        scored.len()
    );
    let assessment = Assessment::measure(&scored, measured_on)?;
    let is_right =
        |one: &&Scored| (calibrated(one.probability, assessment.temperature) >= assessment.threshold) == one.positive;
    let figures = Figures {
        loss: Some(cross_entropy(&scored, assessment.temperature)),
        right: scored.iter().filter(is_right).count(),
        of: scored.len(),
        held_out_loss: None,
    };
    let mut notes = Vec::new();
    let abstained = recordings.len() - scored.len();
    if abstained > 0 {
        notes.push(format!("The model says nothing of {abstained} of the recordings: they do not count."));
    }
    let positives = scored.iter().filter(|one| one.positive).count();
    let few = positives.min(scored.len() - positives);
    if few < LEAST_OF_EACH {
        notes.push(format!(
            "A threshold from {few} recordings of a class says next to nothing: {LEAST_OF_EACH} of each are the least."
        ));
    }
    Ok(Calibrated { file: package::with_assessment(bytes, &assessment)?, figures, notes })
}

/// What the model says of a recording, without any calibration.
fn judged(model: &Model, recording: &Conditioned) -> Result<Prediction> {
    let config = &model.package().config;
    let downmixes = recording.downmixes.iter().map(|(downmix, _)| *downmix).collect();
    // A conditioned recording has the model's own rate, and was cut before.
    let source = Source { sample_rate: config.conditioning.sample_rate, downmixes, max_seconds: None };
    let mut session = Session::new(config, None, source)?.without_cycles();
    session.drive(
        |pass| -> Result<_> {
            let prepared = recording.downmixes.get(pass.number);
            let prepared = prepared.map(|(_, prepared)| -> Result<_> { Ok(Cow::Borrowed(prepared)) });
            Ok(prepared.into_iter())
        },
        |_, batch| model.run(&batch),
    )?;
    session.prediction(&Decision::largest(config), &FileNotes::default())
}

fn score(config: &ModelConfig, recording: &Conditioned, prediction: &Prediction) -> Scored {
    let probabilities = in_order_of_labels(&config.labels, &prediction.probabilities);
    let positive = positive_of_two(config);
    let probability = positive.and_then(|positive| probabilities.get(positive)).copied().unwrap_or_default();
    Scored { probability, positive: positive == Some(recording.label) }
}
