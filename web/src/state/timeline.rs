//! What is seen of a recording over time.

use std::rc::Rc;

use spectnet_core::heart::StateInterval;

use super::Input;
use crate::extent::Extent;
use crate::plot::envelope::Envelope;
use crate::plot::raster::LogEnergy;

/// What is seen of a recording on its way through a model. Drawings are shared, not copied: another drawing is another
/// place in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// How long the recording is, and how much of it is judged.
    pub extent: Extent,
    /// The waveform so far.
    pub waveform: Rc<Envelope>,
    /// The log-energy image so far.
    pub image: Rc<LogEnergy>,
    /// The states of the heart cycle, where a rhythm was found.
    pub states: Rc<Vec<StateInterval>>,
}

impl Timeline {
    /// Nothing yet of a recording, of which the first `max_seconds` are judged.
    pub(super) fn new(input: &Input, max_seconds: Option<f64>) -> Self {
        Self {
            extent: Extent { given_s: input.length_s, most_s: max_seconds, taken_s: 0.0 },
            waveform: Rc::default(),
            image: Rc::default(),
            states: Rc::default(),
        }
    }
}
