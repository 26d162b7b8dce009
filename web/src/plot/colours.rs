//! The colours of the log-energy image, and pictures in them.

/// Colours of the lowest and highest energies, dark to bright; perceptually even and safe for the colour-blind.
const COLOURS: colorous::Gradient = colorous::MAGMA;

/// An RGBA picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Pixels {
    /// Four bytes a pixel, row by row from the top.
    pub rgba: Vec<u8>,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// RGBA of a place on the scale of colours, 0 to 1.
pub fn colour(place: f32) -> [u8; 4] {
    let colorous::Color { r, g, b } = COLOURS.eval_continuous(f64::from(place.clamp(0.0, 1.0)));
    [r, g, b, 255]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brighter_is_more() {
        let brightness = |place| colour(place).iter().take(3).map(|&c| u32::from(c)).sum::<u32>();
        assert!((1..=10).all(|i| brightness(i as f32 / 10.0) > brightness((i - 1) as f32 / 10.0)));
    }
}
