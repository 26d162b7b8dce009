//! How reliable probabilities are, in two pictures side by side: predicted probability against the observed fraction of
//! positives, and the ROC curve.

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use spectnet_core::prediction::assessment::{Bin, Point, Scored, auc, brier, reliability, roc};

use super::svg::{Drawing, Drawn, svg};
use crate::error::{Error, Result};
use crate::evaluation::Evaluation;
use crate::evaluation::metrics::Metrics;

type Square<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Sides of each picture in pixels: the plots in them are about square.
const SIZE: (u32, u32) = (480, 500);
const BLUE: RGBColor = RGBColor(76, 114, 176);
const RED: RGBColor = RGBColor(196, 78, 82);
const GREY: RGBColor = RGBColor(170, 170, 170);
/// The 97.5 % point of the normal distribution, for intervals of 95 %.
const Z: f64 = 1.96;

/// SVG of the reliability of an evaluation's probabilities, and of its ROC curve with the point at the threshold.
///
/// # Errors
/// Recordings of one class only, or a drawing that fails.
pub fn reliability_svg(evaluation: &Evaluation) -> Result<String> {
    let Metrics { sensitivity, specificity, .. } = evaluation.recording;
    if evaluation.auc.is_none() {
        return Err(Error::input("--reliability needs recordings of both classes"));
    }
    let &Evaluation { calibrated, threshold, .. } = evaluation;
    let at = sensitivity.zip(specificity);
    reliability_of(&Probabilities { scored: &evaluation.all_scored(), calibrated, threshold, at })
}

/// Probabilities of the positive class, with the truth.
#[derive(Clone, Copy, Debug)]
pub struct Probabilities<'a> {
    /// They.
    pub scored: &'a [Scored],
    /// Whether they are calibrated.
    pub calibrated: bool,
    /// From where on a recording is called positive.
    pub threshold: Option<f64>,
    /// Sensitivity and specificity there.
    pub at: Option<(f64, f64)>,
}

/// The same of probabilities.
///
/// # Errors
/// A drawing that fails.
pub fn reliability_of(probabilities: &Probabilities) -> Result<String> {
    svg(|svg| draw(probabilities, svg))
}

fn draw(probabilities: &Probabilities, svg: &mut String) -> Drawn {
    let Probabilities { scored, calibrated, threshold, at: here } = *probabilities;
    let root = SVGBackend::with_string(svg, (2 * SIZE.0, SIZE.1)).into_drawing_area();
    root.fill(&WHITE)?;
    let (left, right) = root.split_horizontally(SIZE.0);
    let (brier, auc) = (brier(scored), auc(scored).unwrap_or_default());
    let kind = if calibrated { "Calibrated" } else { "Uncalibrated" };
    let n = scored.len();
    fractions(&left, &format!("{kind}, {n} recordings: Brier score {brier:.3}"), &reliability(scored))?;
    let points = roc(scored);
    let at = threshold.map_or(String::new(), |threshold| format!("; dot: from {:.1} % on", 100.0 * threshold));
    curve(&right, &format!("ROC, area {auc:.3}{at}"), &points, here)?;
    root.present()?;
    Ok(())
}

/// The square from 0 to 1 with its diagonal.
fn unit_square<'a, 'b>(
    root: &'a Drawing<'b>,
    caption: &str,
    x: &str,
    y: &str,
) -> std::result::Result<Square<'a, 'b>, Box<dyn std::error::Error>> {
    let mut chart = ChartBuilder::on(root)
        .caption(caption, ("sans-serif", 15))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(52)
        .build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
    chart.configure_mesh().light_line_style(WHITE).x_desc(x).y_desc(y).draw()?;
    chart.draw_series(LineSeries::new([(0.0, 0.0), (1.0, 1.0)], GREY.stroke_width(1)))?;
    Ok(chart)
}

/// A dot for each bin, with the interval of its fraction of positives; calibrated probabilities lie on the diagonal.
fn fractions(root: &Drawing, caption: &str, bins: &[Bin]) -> Drawn {
    let predicted = "predicted probability of the positive class";
    let mut chart = unit_square(root, caption, predicted, "observed fraction of positives (95 % interval)")?;
    for bin in bins {
        let [low, high] = interval(bin);
        chart.draw_series(LineSeries::new([(bin.predicted, low), (bin.predicted, high)], BLUE.stroke_width(2)))?;
        chart.draw_series([Circle::new((bin.predicted, bin.observed), 4, BLUE.filled())])?;
    }
    Ok(())
}

/// The curve, the diagonal of chance, and the point at the threshold.
fn curve(root: &Drawing, caption: &str, points: &[Point], here: Option<(f64, f64)>) -> Drawn {
    let mut chart = unit_square(root, caption, "1 − specificity", "sensitivity")?;
    // Where the most probable recording has probability 1, no point calls nothing positive.
    let line = points.iter().map(|point| (1.0 - point.specificity, point.sensitivity)).chain([(0.0, 0.0)]);
    chart.draw_series(LineSeries::new(line, BLUE.stroke_width(2)))?;
    if let Some((sensitivity, specificity)) = here {
        chart.draw_series([Circle::new((1.0 - specificity, sensitivity), 5, RED.filled())])?;
    }
    Ok(())
}

/// 95 % interval of the fraction of positives in a bin (Wilson 1927): it stays in 0..1 and, unlike the normal one, is right for
/// few recordings.
fn interval(bin: &Bin) -> [f64; 2] {
    let (n, z) = (bin.n as f64, Z * Z);
    let middle = (bin.observed + z / (2.0 * n)) / (1.0 + z / n);
    let half = Z * (bin.observed * (1.0 - bin.observed) / n + z / (4.0 * n * n)).sqrt() / (1.0 + z / n);
    [(middle - half).max(0.0), (middle + half).min(1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_by_hand() {
        // 8 of 10 are somewhere between 49 % and 94.3 %, none of 5 below 43.4 %.
        let near = |bin: Bin, expected: [f64; 2]| {
            interval(&bin).iter().zip(expected).all(|(got, expected)| (got - expected).abs() < 5e-4)
        };
        assert!(near(Bin { predicted: 0.5, observed: 0.8, n: 10 }, [0.490, 0.943]));
        assert!(near(Bin { predicted: 0.5, observed: 0.0, n: 5 }, [0.0, 0.434]));
    }

    #[test]
    fn the_curve_and_every_bin_are_drawn() {
        let scored = |(probability, positive)| Scored { probability, positive };
        let points = roc(&[(0.1, false), (0.6, true), (0.7, false), (0.9, true)].map(scored));
        let bins = [Bin { predicted: 0.2, observed: 0.3, n: 7 }, Bin { predicted: 0.8, observed: 0.9, n: 9 }];
        let mut svg = String::new();
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        fractions(&root, "two bins", &bins).unwrap();
        root.present().unwrap();
        drop(root);
        assert_eq!(svg.matches("<circle").count(), 2, "{svg}");
        let mut svg = String::new();
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        curve(&root, "four recordings", &points, Some((0.5, 1.0))).unwrap();
        root.present().unwrap();
        drop(root);
        assert!(svg.matches("<circle").count() == 1 && svg.contains("sensitivity"), "{svg}");
        // Of five operating points the last and the corner are the same place.
        assert!(svg.contains("<polyline") && !svg.contains("NaN"), "{svg}");
    }
}
