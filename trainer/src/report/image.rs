//! The log-energy image of a recording as a picture.

use crate::error::{Error, Result};

/// Energies this far below the loudest are drawn as silence: 80 dB as a natural logarithm of energy.
const RANGE: f32 = 18.42;
/// Widest picture in pixels, 11 minutes of heart sound: viewers refuse much larger ones.
const MAX_WIDTH: usize = 65_535;
/// Filters of a picture are stretched to about this height in pixels.
const HEIGHT: usize = 256;

/// Log energies, row by row: `frames` rows of `filters` values.
pub struct Image {
    /// Natural logarithm of energy, `frames × filters` values.
    pub values: Vec<f32>,
    /// Rows.
    pub frames: usize,
    /// Columns, in the order of the filters.
    pub filters: usize,
}

/// PNG of an image: time to the right, the last filter at the top, colours from 80 dB below the maximum up to it in a
/// perceptually even map.
///
/// # Errors
/// A picture that would be too wide.
pub fn image_png(image: &Image) -> Result<Vec<u8>> {
    let Image { values, frames, filters } = image;
    let (zoom_x, zoom_y) = ((960 / frames).clamp(1, 4), (HEIGHT / filters).max(1));
    let (width, height) = (frames * zoom_x, filters * zoom_y);
    if width > MAX_WIDTH {
        return Err(Error::Limit(format!(
            "a picture of {width} pixels; at most {MAX_WIDTH} are drawn, cut the recording or write .safetensors"
        )));
    }
    let highest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let lowest = values.iter().copied().fold(f32::INFINITY, f32::min).max(highest - RANGE);
    let range = (highest - lowest).max(f32::EPSILON);
    let mut pixels = Vec::with_capacity(3 * width * height);
    for y in 0..height {
        let filter = filters - 1 - y / zoom_y;
        for x in 0..width {
            let level = (values[x / zoom_x * filters + filter] - lowest) / range;
            pixels.extend(colorous::MAGMA.eval_continuous(f64::from(level.clamp(0.0, 1.0))).into_array());
        }
    }
    encode(&pixels, width as u32, height as u32)
        .map_err(|error| Error::input(format!("the picture cannot be written: {error}")))
}

fn encode(pixels: &[u8], width: u32, height: u32) -> std::result::Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_filter_is_at_the_top_and_the_loudest_brightest() {
        // Two frames of two filters; the second filter is loud in the second frame.
        let image = Image { values: vec![-30.0, -30.0, -30.0, 0.0], frames: 2, filters: 2 };
        let bytes = image_png(&image).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (8, 256));
        let brightness =
            |x: usize, y: usize| -> u32 { pixels[3 * (8 * y + x)..][..3].iter().map(|&v| u32::from(v)).sum() };
        assert!(brightness(7, 0) > 600 && brightness(0, 0) < 20 && brightness(7, 255) < 20);
    }

    #[test]
    fn a_picture_too_wide_to_open_is_refused() {
        let image = Image { values: vec![0.0; MAX_WIDTH + 1], frames: MAX_WIDTH + 1, filters: 1 };
        assert!(matches!(image_png(&image), Err(Error::Limit(_))));
    }
}
