//! Pictures: the image of a recording as PNG; as SVG the filters' frequency responses, a confusion matrix, how reliable
//! probabilities are, fractions with their intervals, heart cycles, and why a result is what it is. And [all of a training
//! run](page) on one page.

mod confusion;
mod cycles;
mod explanation;
mod image;
mod intervals;
mod lines;
pub mod page;
mod reliability;
mod responses;
mod svg;

pub use confusion::confusion_svg;
pub use cycles::{Waveform, cycles_svg};
pub use explanation::explanation_svg;
pub use image::{Image, image_png};
pub use intervals::intervals_svg;
pub use reliability::reliability_svg;
pub use responses::responses_svg;
pub use svg::{Drawn, svg};
