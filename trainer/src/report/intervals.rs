//! Fractions with their intervals as a picture.

use plotters::prelude::*;

use super::svg::{Drawn, svg};
use crate::error::Result;

/// SVG of fractions with their intervals, one row for each name, in percent.
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
