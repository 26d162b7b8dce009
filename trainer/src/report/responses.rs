//! The filters' frequency responses as a picture, before and after training.

use plotters::prelude::*;
use spectnet_core::filterbank::FilterParameters;
use spectnet_core::package::Package;

use super::svg::{Drawn, svg};
use crate::error::Result;

/// Lowest level of the responses in dB below the highest peak.
const FLOOR_DB: f64 = -60.0;
/// Frequencies at which a response is drawn.
const POINTS: usize = 512;

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
