//! What the plots show, as numbers: no browser in here.

pub mod axis;
pub mod contributions;
pub mod envelope;
pub mod frequency;
pub mod raster;
pub mod response;
