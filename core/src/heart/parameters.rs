//! The learned parameters of the segmentation, their file, and their provenance.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::confidence::Confidence;
use super::duration::Durations;
use super::observation::Observation;
use super::quality::{Quality, QualityModel};
use crate::error::{Error, Result};

/// Version of the file; the numbers of another version mean something else.
const VERSION: u32 = 2;
/// The output of `spectnet segment --train` on the hand-corrected states of PhysioNet/CinC 2016 and CirCor 2022.
const SHIPPED: &str = include_str!("parameters.json");

/// The learned parameters of the segmentation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    version: u32,
    /// Which data the numbers were learned from.
    pub provenance: Provenance,
    pub(crate) durations: Durations,
    pub(crate) observation: Observation,
    /// What recognises poor recordings; `None` where the data did not say which are poor.
    #[serde(default)]
    pub quality: Option<QualityModel>,
}

/// Which data parameters were learned from, and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Name of the data set.
    pub data: String,
    /// Name of the table of states.
    pub states: String,
    /// Number of recordings that were learned from.
    pub recordings: usize,
    /// Number of groups (subjects) that they belong to.
    pub groups: usize,
    /// Their total length in seconds.
    pub seconds: f64,
    /// Names of the recordings that were left out, each with the reason.
    pub skipped: Vec<String>,
    /// The command that makes the file again.
    pub command: String,
    /// Version of the software that learned them.
    pub software_version: String,
}

impl Parameters {
    /// Parameters from what was learned about durations and envelopes; with an empty provenance and without a quality
    /// model.
    ///
    /// # Errors
    /// [`Error::Invalid`] for sizes that do not fit, or numbers out of range.
    pub fn new(durations: Durations, observation: Observation) -> Result<Self> {
        let parameters =
            Self { version: VERSION, provenance: Provenance::default(), durations, observation, quality: None };
        parameters.validate()?;
        Ok(parameters)
    }

    /// The parameters that come with the software.
    ///
    /// # Errors
    /// None, unless the software was built from a damaged file.
    pub fn shipped() -> Result<Self> {
        Self::built_in().cloned()
    }

    /// As [`shipped`](Self::shipped), but read only once: a long recording has hundreds of stretches that need them.
    pub(super) fn built_in() -> Result<&'static Self> {
        static READ: OnceLock<Result<Parameters>> = OnceLock::new();
        READ.get_or_init(|| Self::from_json(SHIPPED)).as_ref().map_err(Clone::clone)
    }

    /// Reads parameters from the text of their file.
    ///
    /// # Errors
    /// [`Error::Invalid`] for text that is not JSON of this form or has numbers out of range, [`Error::Unsupported`]
    /// for another version.
    pub fn from_json(json: &str) -> Result<Self> {
        let parameters: Self = serde_json::from_str(json)
            .map_err(|error| Error::invalid(format!("these are no parameters of heart cycles: {error}")))?;
        parameters.validate()?;
        Ok(parameters)
    }

    /// The text of the file that [`Parameters::from_json`] reads.
    ///
    /// # Errors
    /// None known.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self)
            .map(|json| json.replace(",\"", ",\n\"") + "\n")
            .map_err(|error| Error::invalid(format!("the parameters cannot be written as JSON: {error}")))
    }

    /// The quality of a recording whose segmentation has this confidence; `None` without a quality model.
    pub(crate) fn quality_of(&self, confidence: &Confidence) -> Option<Quality> {
        self.quality.as_ref().map(|model| model.quality(confidence))
    }

    fn validate(&self) -> Result<()> {
        if self.version != VERSION {
            return Err(Error::unsupported(format!(
                "parameters of heart cycles of version {}; this software knows version {VERSION}",
                self.version
            )));
        }
        self.durations.validate()?;
        self.quality.as_ref().map_or(Ok(()), QualityModel::validate)?;
        self.observation.validate()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_with_the_software_is_read_once() {
        let [first, again] = [(); 2].map(|()| Parameters::built_in().unwrap());
        assert!(std::ptr::eq(first, again) && *first == Parameters::from_json(SHIPPED).unwrap());
    }
}
