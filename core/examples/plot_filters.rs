//! What training did to the filters of a model, as a picture: where each stood before (grey), and where it stands now.
//! `cargo run --release -p spectnet-core --example plot_filters -- MODEL.safetensors OUT.svg`
//!
//! Without arguments the heart model of the repository is drawn into `filters.svg`.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::{env, fs};

use spectnet_core::filterbank::FilterParameters;
use spectnet_core::filterbank::scale::erb_rate;
use spectnet_core::package::{self, Package};

/// The model that is drawn where none is named.
const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../web/weights/heart.safetensors");
/// Size of the picture in pixels: its width, the border around the rows, the height of the row of a filter.
const WIDTH: f64 = 960.0;
const BORDER: f64 = 40.0;
const ROW: f64 = 16.0;
/// Frequencies that are written below the picture, in Hz, as far as the model knows them.
const TICKS: [f64; 9] = [50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0, 20_000.0];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let model = arguments.next().unwrap_or_else(|| SHIPPED.into());
    let picture = arguments.next().unwrap_or_else(|| "filters.svg".into());

    let bytes = fs::read(&model).map_err(|error| format!("{model}: {error}; name a model file"))?;
    // A model file holds the filters before and after training, in Hz, whatever numbers the optimiser moved.
    let package = package::read(&bytes)?;
    for (number, (before, after)) in package.initial_filters.iter().zip(&package.filters).enumerate() {
        let (from, to) = (before.centre_hz, after.centre_hz);
        println!("filter {number}: {from:.1} Hz → {to:.1} Hz, {:.1} Hz wide", width_hz(&package, *after));
    }
    fs::write(&picture, svg(&package)?)?;
    println!("{picture}: bars reach 3 dB to either side of the peak");
    Ok(())
}

/// Width of a filter between the points 3 dB below its peak.
fn width_hz(package: &Package, filter: FilterParameters) -> f64 {
    package.config.front_end.gammatone(filter).half_power_width_hz()
}

/// A row for each filter; frequencies at equal steps of the ERB scale, where filters of one ERB are equally wide.
fn svg(package: &Package) -> Result<String, fmt::Error> {
    let nyquist = f64::from(package.config.front_end.sample_rate) / 2.0;
    let x = |hz: f64| BORDER + (WIDTH - 2.0 * BORDER) * erb_rate(hz.clamp(0.0, nyquist)) / erb_rate(nyquist);
    let bottom = BORDER + ROW * package.filters.len() as f64;

    let mut svg = String::new();
    let height = bottom + BORDER;
    writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">"#
    )?;
    writeln!(svg, r#"<rect width="100%" height="100%" fill="white"/>"#)?;
    for hz in TICKS.into_iter().filter(|hz| *hz <= nyquist) {
        let (x, below) = (x(hz), bottom + 20.0);
        writeln!(svg, r#"<line x1="{x:.1}" x2="{x:.1}" y1="{BORDER}" y2="{bottom}" stroke="gainsboro"/>"#)?;
        writeln!(svg, r#"<text x="{x:.1}" y="{below}" font-size="12" text-anchor="middle">{hz} Hz</text>"#)?;
    }
    let mut bar = |row: usize, filter: FilterParameters, [class, colour]: [&str; 2], offset: f64| {
        let y = BORDER + ROW * row as f64 + offset;
        let (centre, half) = (filter.centre_hz, width_hz(package, filter) / 2.0);
        let [low, middle, high] = [centre - half, centre, centre + half].map(x);
        write!(svg, r#"<line class="{class}" x1="{low:.1}" x2="{high:.1}" y1="{y:.1}" y2="{y:.1}" "#)?;
        writeln!(svg, r#"stroke="{colour}" stroke-width="2"/>"#)?;
        writeln!(svg, r#"<circle cx="{middle:.1}" cy="{y:.1}" r="3" fill="{colour}"/>"#)
    };
    for (row, (before, after)) in package.initial_filters.iter().zip(&package.filters).enumerate() {
        bar(row, *before, ["before", "darkgray"], 0.35 * ROW)?;
        bar(row, *after, ["after", "teal"], 0.65 * ROW)?;
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}
