//! What the segmentation learned, as a file, and where it comes from.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::confidence::Confidence;
use super::duration::Durations;
use super::observation::Observation;
use super::quality::{Listener, Quality};
use crate::error::{Error, Result};

/// Version of the file; another one means other numbers.
const VERSION: u32 = 1;
/// What `spectnet segment --train` made of the hand-corrected states of PhysioNet/CinC 2016.
const SHIPPED: &str = include_str!("parameters.json");

/// What the segmentation learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    version: u32,
    /// Where the numbers come from.
    pub provenance: Provenance,
    pub(crate) durations: Durations,
    pub(crate) observation: Observation,
    /// What tells poor recordings; none where nobody said which are.
    #[serde(default)]
    pub quality: Option<Listener>,
}

/// Where parameters come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Name of the dataset.
    pub data: String,
    /// Name of the table of states.
    pub states: String,
    /// Recordings that were learned from.
    pub recordings: usize,
    /// Groups (subjects) they belong to.
    pub groups: usize,
    /// Their length in seconds.
    pub seconds: f64,
    /// Recordings that were left out, with the reason.
    pub skipped: Vec<String>,
    /// How to make the file again.
    pub command: String,
    /// Version of the software.
    pub software_version: String,
}

impl Parameters {
    /// Of what was learned about durations and envelopes; of unknown origin, and without an opinion on quality.
    ///
    /// # Errors
    /// Sizes that do not fit, or numbers out of range.
    pub fn new(durations: Durations, observation: Observation) -> Result<Self> {
        let parameters =
            Self { version: VERSION, provenance: Provenance::default(), durations, observation, quality: None };
        parameters.validate()?;
        Ok(parameters)
    }

    /// The parameters that come with the software.
    ///
    /// # Errors
    /// None, if the software was built whole.
    pub fn shipped() -> Result<Self> {
        Self::built_in().cloned()
    }

    /// The same, read once: a long recording has hundreds of stretches that ask for them.
    pub(super) fn built_in() -> Result<&'static Self> {
        static READ: OnceLock<Result<Parameters>> = OnceLock::new();
        READ.get_or_init(|| Self::from_json(SHIPPED)).as_ref().map_err(Clone::clone)
    }

    /// Reads parameters.
    ///
    /// # Errors
    /// Text that is no JSON of this form, another version, or numbers that cannot be.
    pub fn from_json(json: &str) -> Result<Self> {
        let parameters: Self = serde_json::from_str(json)
            .map_err(|error| Error::invalid(format!("these are no parameters of heart cycles: {error}")))?;
        parameters.validate()?;
        Ok(parameters)
    }

    /// The text that [`Parameters::from_json`] reads.
    ///
    /// # Errors
    /// None known.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self)
            .map(|json| json.replace(",\"", ",\n\"") + "\n")
            .map_err(|error| Error::invalid(format!("the parameters cannot be written as JSON: {error}")))
    }

    /// How good a recording is whose cycles are so sure, where the parameters know.
    pub(crate) fn quality_of(&self, confidence: &Confidence) -> Option<Quality> {
        self.quality.as_ref().map(|listener| listener.quality(confidence))
    }

    fn validate(&self) -> Result<()> {
        if self.version != VERSION {
            return Err(Error::unsupported(format!(
                "parameters of heart cycles of version {}; this software knows version {VERSION}",
                self.version
            )));
        }
        self.durations.validate()?;
        self.quality.as_ref().map_or(Ok(()), Listener::validate)?;
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
