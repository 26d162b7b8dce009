//! The filters before and after training, and their paths over the epochs.

use std::collections::BTreeMap;
use std::path::Path;

use plotters::style::RGBColor;

use super::html::Html;
use super::tables::Table;
use crate::compute::model_file::read_model;
use crate::error::Result;
use crate::report::lines::{COLOURS, Curve, Frame, lines_svg};
use crate::report::responses::responses_svg;

/// Where the highest centre frequency is so many times the lowest, the axis is logarithmic.
const WIDE: f64 = 20.0;
/// Part of the colours from dark to bright that is seen on white.
const BRIGHTEST: f64 = 0.85;

/// A filter in an epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    epoch: f64,
    centre_hz: f64,
    bandwidth_hz: f64,
    gain: f64,
}

/// What the path of a filter is drawn from: one of its numbers now, and where it began.
type Along = fn(Place, Place) -> f64;

pub(super) fn section(folder: &Path, best: u64) -> Result<Html> {
    let mut html = Html::default();
    let paths = paths(&Table::read(&folder.join("filters.csv"))?);
    let mark = Some(best as f64);
    let (mut low, mut high) = (f64::INFINITY, 0.0f64);
    for place in paths.values().flatten() {
        (low, high) = (low.min(place.centre_hz), high.max(place.centre_hz));
    }
    let logarithmic = low > 0.0 && high > WIDE * low;
    let frame = Frame { caption: "Centre frequency of every filter", x: "epoch", y: "Hz", logarithmic, mark };
    let words = "Every line is a filter: where it begins (epoch 0), and where training moves it. The upright line is the best \
                 epoch, whose filters the model has.";
    html.figure("Paths of the filters", &drawn(&frame, &paths, |now, _| now.centre_hz)?, words);
    match read_model(&folder.join("best.safetensors")).and_then(|package| responses_svg(&package)) {
        Ok(svg) => html.figure(
            "Filters before and after training",
            &svg,
            "The magnitude of what every filter lets through: grey before training, in colour as learned.",
        ),
        Err(error) => html.paragraph(&format!("The responses of the filters are missing: {error}")),
    }
    if moved(&paths) {
        let drift = drift(&paths);
        let frame = Frame { caption: "Distance from the start", logarithmic: false, ..frame };
        let words = "How far the centre frequencies are from where they began: in the mean, and the farthest.";
        html.figure("Drift of the filters", &lines_svg(&frame, &drift)?, words);
        let frame = Frame {
            caption: "Bandwidth of every filter, by that of its start",
            y: "times",
            logarithmic: true,
            ..frame
        };
        let of_start = drawn(&frame, &paths, |now, start| now.bandwidth_hz / start.bandwidth_hz)?;
        html.figure("Bandwidths over the epochs", &of_start, "Above 1 a filter has become wider, below 1 narrower.");
        let frame =
            Frame { caption: "Gain of every filter, by that of its start", y: "dB", logarithmic: false, ..frame };
        let of_start = drawn(&frame, &paths, |now, start| 20.0 * (now.gain / start.gain).abs().log10())?;
        html.figure("Gains over the epochs", &of_start, "In dB; a filter at −20 dB counts a tenth of what it did.");
    } else {
        html.paragraph("No filter has moved: they do not learn in this run, or it had no epoch.");
    }
    html.details("The filters before training and in the best epoch", table(&paths, best as f64));
    Ok(html)
}

/// The path of every filter by its number, in the order of the epochs.
fn paths(table: &Table) -> BTreeMap<u64, Vec<Place>> {
    let mut paths: BTreeMap<u64, Vec<Place>> = BTreeMap::new();
    for row in table.rows() {
        let place = || {
            Some(Place {
                epoch: row.number("epoch")?,
                centre_hz: row.number("centre_hz")?,
                bandwidth_hz: row.number("bandwidth_hz")?,
                gain: row.number("gain")?,
            })
        };
        if let (Ok(filter), Some(place)) = (row.cell("filter").parse::<u64>(), place()) {
            paths.entry(filter).or_default().push(place);
        }
    }
    paths
}

fn drawn(frame: &Frame, paths: &BTreeMap<u64, Vec<Place>>, of: Along) -> Result<String> {
    let count = paths.len().saturating_sub(1).max(1) as f64;
    let curve = |(number, path): (usize, &Vec<Place>)| {
        let (r, g, b) = colorous::VIRIDIS.eval_continuous(BRIGHTEST * number as f64 / count).into_tuple();
        let points = path.iter().filter_map(|now| Some((now.epoch, of(*now, *path.first()?)))).collect();
        Curve { name: String::new(), colour: RGBColor(r, g, b), points }
    };
    lines_svg(frame, &paths.values().enumerate().map(curve).collect::<Vec<_>>())
}

fn moved(paths: &BTreeMap<u64, Vec<Place>>) -> bool {
    let differ = |a: &Place, b: &Place| [a.centre_hz, a.bandwidth_hz, a.gain] != [b.centre_hz, b.bandwidth_hz, b.gain];
    paths.values().any(|path| path.windows(2).any(|pair| differ(&pair[0], &pair[1])))
}

/// Mean and largest distance of the centre frequencies from where they began.
fn drift(paths: &BTreeMap<u64, Vec<Place>>) -> Vec<Curve> {
    let mut shifts: Vec<(f64, Vec<f64>)> = Vec::new();
    for path in paths.values() {
        for (number, place) in path.iter().enumerate() {
            if shifts.len() == number {
                shifts.push((place.epoch, Vec::new()));
            }
            shifts[number].1.push((place.centre_hz - path[0].centre_hz).abs());
        }
    }
    let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len().max(1) as f64;
    let largest = |all: &[f64]| all.iter().copied().fold(0.0, f64::max);
    let curve = |name: &str, colour: RGBColor, of: &dyn Fn(&[f64]) -> f64| Curve {
        name: name.into(),
        colour,
        points: shifts.iter().map(|(epoch, all)| (*epoch, of(all))).collect(),
    };
    vec![curve("in the mean", COLOURS[0], &mean), curve("farthest", COLOURS[1], &largest)]
}

fn table(paths: &BTreeMap<u64, Vec<Place>>, best: f64) -> Html {
    let row = |(filter, path): (&u64, &Vec<Place>)| {
        let start = path.first()?;
        let end = path.iter().find(|place| place.epoch == best).or(path.last())?;
        Some(vec![
            filter.to_string(),
            format!("{:.2}", start.centre_hz),
            format!("{:.2}", end.centre_hz),
            format!("{:+.2}", end.centre_hz - start.centre_hz),
            format!("{:.2}", start.bandwidth_hz),
            format!("{:.2}", end.bandwidth_hz),
            format!("{:.3e}", start.gain),
            format!("{:.3e}", end.gain),
        ])
    };
    let head = [
        "filter",
        "centre at the start, Hz",
        "learned, Hz",
        "shift, Hz",
        "bandwidth at the start, Hz",
        "learned, Hz",
        "gain at the start",
        "learned",
    ];
    let mut html = Html::default();
    html.table("Filters", &head, &paths.iter().filter_map(row).collect::<Vec<_>>());
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(epoch: f64, centre_hz: f64) -> Place {
        Place { epoch, centre_hz, bandwidth_hz: 20.0, gain: 1.0 }
    }

    #[test]
    fn drift_is_the_distance_from_the_start() {
        let paths = BTreeMap::from([
            (1, vec![place(0.0, 50.0), place(1.0, 52.0), place(2.0, 49.0)]),
            (2, vec![place(0.0, 90.0), place(1.0, 90.0), place(2.0, 95.0)]),
        ]);
        let [mean, largest]: [Curve; 2] = drift(&paths).try_into().unwrap();
        assert_eq!(mean.points, [(0.0, 0.0), (1.0, 1.0), (2.0, 3.0)]);
        assert_eq!(largest.points, [(0.0, 0.0), (1.0, 2.0), (2.0, 5.0)]);
        assert!(moved(&paths));
        assert!(!moved(&BTreeMap::from([(1, vec![place(0.0, 50.0), place(1.0, 50.0)])])));
        let text = table(&paths, 1.0).into_text();
        assert!(text.contains("<td class=\"number\">+2.00</td>"), "{text}");
    }
}
