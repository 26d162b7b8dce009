//! Curves as a picture.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use super::svg::{Drawing, Drawn, svg, text};
use crate::error::Result;

/// Size of the picture, and of what stands above the plot, in pixels.
const SIZE: (u32, u32) = (960, 420);
const HEAD: u32 = 64;
/// Most points of a curve of which each is a dot too.
const DOTS: usize = 40;
/// Names of curves in a line above the plot: more would not fit.
pub const NAMED: usize = 6;
const QUIET: RGBColor = RGBColor(90, 90, 90);
/// Colours of curves that have names. Darker and lighter ones take turns, so that they are apart for every eye.
pub const COLOURS: [RGBColor; NAMED] = [
    RGBColor(76, 114, 176),
    RGBColor(221, 132, 82),
    RGBColor(44, 110, 73),
    RGBColor(196, 78, 82),
    RGBColor(99, 77, 140),
    RGBColor(120, 120, 120),
];

/// A curve.
#[derive(Clone, Debug)]
pub struct Curve {
    /// Its name above the plot; none is drawn for an empty one.
    pub name: String,
    /// Its colour.
    pub colour: RGBColor,
    /// Its points; those that are no numbers are left out.
    pub points: Vec<(f64, f64)>,
}

/// What stands around curves.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Above them.
    pub caption: &'a str,
    /// Along both axes.
    pub x: &'a str,
    /// The other one.
    pub y: &'a str,
    /// Whether the axis upwards is logarithmic: then values must be above 0.
    pub logarithmic: bool,
    /// A place that is marked, such as the best epoch.
    pub mark: Option<f64>,
}

/// SVG of curves.
///
/// # Errors
/// A drawing that fails.
pub fn lines_svg(frame: &Frame, curves: &[Curve]) -> Result<String> {
    let level = |value: f64| if frame.logarithmic { value.log10() } else { value };
    let drawn = |curve: &Curve| {
        let points = curve.points.iter().map(|(x, y)| (*x, level(*y)));
        let points = points.filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
        Curve { points, ..curve.clone() }
    };
    let curves: Vec<Curve> = curves.iter().map(drawn).collect();
    svg(|svg| draw(frame, &curves, svg))
}

fn draw(frame: &Frame, curves: &[Curve], svg: &mut String) -> Drawn {
    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let (head, body) = root.split_vertically(HEAD);
    text(&head, frame.caption, (16, 10), 17, &BLACK, (HPos::Left, VPos::Top))?;
    names(&head, curves)?;
    let (x, y) = (range(curves, |point| point.0), range(curves, |point| point.1));
    let mut chart = ChartBuilder::on(&body)
        .margin(8)
        .x_label_area_size(40)
        .y_label_area_size(64)
        .build_cartesian_2d(x.clone(), y.clone())?;
    let value = |level: &f64| number(if frame.logarithmic { 10f64.powf(*level) } else { *level });
    // Between epochs there is nothing.
    let places = ((x.end - x.start) as usize + 1).clamp(2, 13);
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_desc(frame.x)
        .y_desc(frame.y)
        .x_labels(places)
        .x_label_formatter(&|x: &f64| number(*x))
        .y_label_formatter(&value)
        .draw()?;
    if let Some(mark) = frame.mark.filter(|mark| x.contains(mark)) {
        chart.draw_series(LineSeries::new([(mark, y.start), (mark, y.end)], QUIET.mix(0.4).stroke_width(2)))?;
    }
    for curve in curves {
        chart.draw_series(LineSeries::new(curve.points.iter().copied(), curve.colour.stroke_width(2)))?;
        if curve.points.len() <= DOTS {
            chart.draw_series(curve.points.iter().map(|point| Circle::new(*point, 2, curve.colour.filled())))?;
        }
    }
    root.present()?;
    Ok(())
}

/// The names of the curves that have one, beside their colours.
fn names(head: &Drawing, curves: &[Curve]) -> Drawn {
    let mut x = 72;
    for curve in curves.iter().filter(|curve| !curve.name.is_empty()).take(NAMED) {
        head.draw(&Rectangle::new([(x, 42), (x + 18, 47)], curve.colour.filled()))?;
        let name: String = curve.name.chars().take(24).collect();
        text(head, &name, (x + 24, 44), 14, &BLACK, (HPos::Left, VPos::Center))?;
        x += 40 + 8 * name.chars().count() as i32;
    }
    Ok(())
}

/// From the lowest to the highest, with some room.
fn range(curves: &[Curve], of: impl Fn(&(f64, f64)) -> f64) -> std::ops::Range<f64> {
    let values = || curves.iter().flat_map(|curve| &curve.points).map(&of);
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    match high - low {
        span if span > 0.0 => low - 0.03 * span..high + 0.03 * span,
        span if span.is_finite() => low - 0.5..high + 0.5,
        // Nothing is drawn.
        _ => 0.0..1.0,
    }
}

/// A number as short as it can be.
fn number(value: f64) -> String {
    let size = value.abs();
    let text = match size {
        _ if size != 0.0 && !(1e-3..1e6).contains(&size) => return format!("{value:.1e}"),
        _ if size >= 100.0 => format!("{value:.0}"),
        _ => format!("{value:.3}"),
    };
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text.as_str() };
    if matches!(text, "-0" | "") { "0".into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(name: &str, points: &[(f64, f64)]) -> Curve {
        Curve { name: name.into(), colour: COLOURS[0], points: points.to_vec() }
    }

    fn frame(logarithmic: bool) -> Frame<'static> {
        Frame { caption: "curves <of> a run", x: "epoch", y: "loss", logarithmic, mark: Some(2.0) }
    }

    #[test]
    fn every_curve_is_drawn_with_its_name() {
        let curves =
            [curve("training", &[(1.0, 0.7), (2.0, f64::NAN), (3.0, 0.4)]), curve("", &[(1.0, 0.6), (3.0, 0.5)])];
        let svg = lines_svg(&frame(false), &curves).unwrap();
        // Two points of each; the name of one; the mark.
        assert_eq!(svg.matches("<circle").count(), 4, "{svg}");
        assert!(svg.contains("training") && svg.contains("curves &lt;of&gt; a run") && !svg.contains("NaN"), "{svg}");
        let unmarked = lines_svg(&Frame { mark: None, ..frame(false) }, &curves).unwrap();
        assert_eq!(svg.matches("<polyline").count(), unmarked.matches("<polyline").count() + 1);
    }

    #[test]
    fn what_has_no_points_or_no_logarithm_is_a_picture_too() {
        for curves in [vec![], vec![curve("a", &[])], vec![curve("a", &[(1.0, 0.0), (2.0, -1.0)])]] {
            let svg = lines_svg(&frame(true), &curves).unwrap();
            assert!(svg.starts_with("<svg") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
        // A single epoch.
        assert!(lines_svg(&frame(true), &[curve("a", &[(1.0, 5.0)])]).unwrap().contains("<circle"));
    }

    #[test]
    fn numbers_are_short() {
        let shown = [0.0, 1.0, 0.25, -0.000_01, 123.4, 2e7, 0.1 + 0.2, 10.0].map(number);
        assert_eq!(shown, ["0", "1", "0.25", "-1.0e-5", "123", "2.0e7", "0.3", "10"]);
    }
}
