//! What the plots show, as numbers: no browser in here.

pub mod arrow;
pub mod axis;
pub mod beats;
pub mod colours;
pub mod contributions;
pub mod coverage;
pub mod curves;
pub mod detail;
pub mod drag;
pub mod envelope;
pub mod frequency;
pub mod growing;
pub mod held;
pub mod impulse;
pub mod learning;
pub mod mark;
pub mod phase_labels;
pub mod raster;
pub mod response;
pub mod rows;
pub mod spectrum;
pub mod time;
pub mod width_axis;
pub mod zoom;
