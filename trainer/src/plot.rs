//! Pictures: the image of a recording as PNG; as SVG the filters' frequency responses, a confusion matrix, how reliable
//! probabilities are, and heart cycles.

mod confusion;
mod cycles;
mod reliability;

use plotters::coord::Shift;
use plotters::prelude::*;
use spectnet_core::filterbank::FilterParameters;
use spectnet_core::package::Package;

use crate::commands::features::Image;
use crate::error::{Error, Result};

pub use confusion::confusion_svg;
pub use cycles::{Waveform, cycles_svg};
pub use reliability::reliability_svg;

/// What is drawn on.
type Drawing<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// How drawing ends.
pub type Drawn = std::result::Result<(), Box<dyn std::error::Error>>;

/// Energies this far below the loudest are drawn as silence: 80 dB as a natural logarithm of energy.
const RANGE: f32 = 18.42;
/// Widest picture in pixels, 11 minutes of heart sound: viewers refuse much larger ones.
const MAX_WIDTH: usize = 65_535;
/// Filters of a picture are stretched to about this height in pixels.
const HEIGHT: usize = 256;
/// Lowest level of the responses in dB below the highest peak.
const FLOOR_DB: f64 = -60.0;
/// Frequencies at which a response is drawn.
const POINTS: usize = 512;

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
    let span = (highest - lowest).max(f32::EPSILON);
    let mut pixels = Vec::with_capacity(3 * width * height);
    for y in 0..height {
        let filter = filters - 1 - y / zoom_y;
        for x in 0..width {
            let level = (values[x / zoom_x * filters + filter] - lowest) / span;
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

/// The SVG that `draw` writes.
///
/// # Errors
/// A drawing that fails.
pub fn svg(draw: impl FnOnce(&mut String) -> Drawn) -> Result<String> {
    let mut svg = String::new();
    draw(&mut svg).map_err(|error| Error::input(format!("the plot cannot be drawn: {error}")))?;
    Ok(svg)
}

/// SVG of every filter's magnitude response: grey before training, in colour as learned.
///
/// # Errors
/// A drawing that fails.
pub fn responses_svg(package: &Package) -> Result<String> {
    svg(|svg| draw(package, svg))
}

fn draw(package: &Package, svg: &mut String) -> Drawn {
    let front_end = &package.config.front_end;
    let nyquist = f64::from(front_end.sample_rate) / 2.0;
    let hz: Vec<f64> = (0..=POINTS).map(|point| nyquist * point as f64 / POINTS as f64).collect();
    let responses = |filters: &[FilterParameters]| -> Vec<Vec<f64>> {
        filters.iter().map(|&filter| front_end.gammatone(filter).magnitudes(&hz)).collect()
    };
    let (initial, learned) = (responses(&package.initial_filters), responses(&package.filters));
    let highest = initial.iter().chain(&learned).flatten().copied().fold(f64::MIN_POSITIVE, f64::max);
    let line = |magnitudes: &[f64]| -> Vec<(f64, f64)> {
        let db = |magnitude: f64| (20.0 * (magnitude / highest).log10()).max(FLOOR_DB);
        hz.iter().zip(magnitudes).map(|(&hz, &magnitude)| (hz, db(magnitude))).collect()
    };

    let root = SVGBackend::with_string(svg, (960, 480)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption("Filters before training (grey) and as learned (colour)", ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(52)
        .build_cartesian_2d(0.0..nyquist, FLOOR_DB..3.0)?;
    chart.configure_mesh().light_line_style(WHITE).x_desc("frequency in Hz").y_desc("level in dB").draw()?;
    for magnitudes in &initial {
        chart.draw_series(LineSeries::new(line(magnitudes), RGBColor(170, 170, 170).stroke_width(1)))?;
    }
    for (number, magnitudes) in learned.iter().enumerate() {
        let (r, g, b) = colorous::VIRIDIS.eval_rational(number, learned.len().max(2)).into_tuple();
        chart.draw_series(LineSeries::new(line(magnitudes), RGBColor(r, g, b).stroke_width(2)))?;
    }
    root.present()?;
    Ok(())
}

/// SVG of shares with their intervals, one row a name, in percent.
///
/// # Errors
/// A drawing that fails.
pub fn intervals_svg(what: &str, rows: &[(String, f64, [f64; 2])]) -> Result<String> {
    svg(|svg| draw_intervals(what, rows, svg))
}

fn draw_intervals(what: &str, rows: &[(String, f64, [f64; 2])], svg: &mut String) -> Drawn {
    let lowest = rows.iter().map(|(.., [low, _])| 100.0 * low).fold(100.0, f64::min);
    let lowest = ((lowest - 2.0) / 5.0).floor().max(0.0) * 5.0;
    let root = SVGBackend::with_string(svg, (800, 90 + 28 * rows.len() as u32)).into_drawing_area();
    root.fill(&WHITE)?;
    let names: Vec<String> = rows.iter().map(|(name, ..)| name.clone()).collect();
    // One place more than rows, so that none lies on the frame.
    let mut chart = ChartBuilder::on(&root)
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(110)
        .build_cartesian_2d(lowest..100.0, -(rows.len() as i32)..1)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .light_line_style(WHITE)
        .x_desc(format!("{what} in percent, with 95 % interval"))
        .y_labels(rows.len() + 2)
        .y_label_formatter(&|place: &i32| {
            usize::try_from(-place).ok().and_then(|row| names.get(row)).cloned().unwrap_or_default()
        })
        .draw()?;
    for (place, (name, value, [low, high])) in rows.iter().enumerate() {
        let place = -(place as i32);
        let colour = if name.starts_with("learnable") { RGBColor(196, 78, 82) } else { RGBColor(76, 114, 176) };
        chart.draw_series(LineSeries::new([(100.0 * low, place), (100.0 * high, place)], colour.stroke_width(2)))?;
        chart.draw_series([Circle::new((100.0 * value, place), 4, colour.filled())])?;
    }
    root.present()?;
    Ok(())
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
