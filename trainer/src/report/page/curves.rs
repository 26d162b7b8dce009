//! Losses and metrics over the epochs, and what the journal says of the steps.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::html::Html;
use super::tables::{Row, Table, steps, thinned};
use crate::error::Result;
use crate::evaluation::metrics::mean_of_defined;
use crate::output::percent;
use crate::report::lines::{COLOURS, Curve, Frame, NAMED, lines_svg};

/// Points by the name of their curve, in the order in which they are drawn.
type Named = Vec<(String, Vec<(f64, f64)>)>;

pub(super) fn section(folder: &Path, best: u64) -> Result<Html> {
    let mut html = Html::default();
    let table = Table::read(&folder.join("metrics.csv"))?;
    let rows: Vec<Row> = table.rows().collect();
    let of = |what: &str, column: &str| -> Vec<(f64, f64)> {
        let rows = rows.iter().filter(|row| row.cell("of") == what);
        rows.filter_map(|row| Some((row.number("epoch")?, row.number(column)?))).collect()
    };
    let mark = Some(best as f64);
    let frame = Frame { caption: "Loss", x: "epoch", y: "nats", logarithmic: false, mark };
    let losses = vec![("training".into(), of("training", "loss")), ("validation".into(), of("validation", "loss"))];
    let words = "Mean cross-entropy of the batches of training, and of the recordings that choose the epoch. The upright line is \
                 the best epoch.";
    html.figure("Loss over the epochs", &drawn(&frame, losses)?, words);
    let in_percent = |points: Vec<(f64, f64)>| points.into_iter().map(|(x, y)| (x, 100.0 * y)).collect::<Vec<_>>();
    let metrics: Named =
        [("score", "score"), ("MAcc of all", "macc"), ("sensitivity", "sensitivity"), ("specificity", "specificity")]
            .into_iter()
            .map(|(name, column)| (name.to_owned(), in_percent(of("validation", column))))
            .filter(|(_, points)| !points.is_empty())
            .collect();
    if !metrics.is_empty() {
        let frame = Frame { caption: "Recordings that choose the epoch", y: "percent", ..frame };
        let words = "The score chooses the epoch: MAcc averaged over the subsets, or accuracy where no subset has one.";
        html.figure("Metrics over the epochs", &drawn(&frame, metrics)?, words);
    }
    let mut by_subset: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.cell("of") == "subset") {
        if let (Some(epoch), Some(macc)) = (row.number("epoch"), row.number("macc")) {
            by_subset.entry(row.cell("subset")).or_default().push((epoch, 100.0 * macc));
        }
    }
    if (2..=NAMED).contains(&by_subset.len()) {
        let frame = Frame { caption: "MAcc of each subset", y: "percent", ..frame };
        let subsets = by_subset.into_iter().map(|(name, points)| (name.to_owned(), points)).collect();
        html.figure("Subsets over the epochs", &drawn(&frame, subsets)?, "The same recordings, subset by subset.");
    }
    html.details("The numbers of every epoch", epochs(&rows));
    match steps(&folder.join("log.jsonl")) {
        Ok(steps) => journal(&mut html, &steps)?,
        Err(error) => html.paragraph(&format!("The journal is missing: {error}")),
    }
    Ok(html)
}

fn drawn(frame: &Frame, curves: Named) -> Result<String> {
    let coloured = curves.into_iter().zip(COLOURS.into_iter().cycle());
    let curves: Vec<Curve> = coloured.map(|((name, points), colour)| Curve { name, colour, points }).collect();
    lines_svg(frame, &curves)
}

fn epochs(rows: &[Row]) -> Html {
    let number = |value: Option<f64>| value.map_or("–".into(), |value| format!("{value:.4}"));
    let training = rows.iter().filter(|row| row.cell("of") == "training");
    let of_epoch = |training: &Row| {
        let epoch = training.cell("epoch");
        let validation = rows.iter().find(|row| row.cell("of") == "validation" && row.cell("epoch") == epoch);
        let of = |column: &str| validation.and_then(|row| row.number(column));
        vec![
            epoch.to_owned(),
            number(training.number("loss")),
            number(of("loss")),
            percent(of("score")),
            percent(of("macc")),
            percent(of("sensitivity")),
            percent(of("specificity")),
            if training.cell("best") == "true" { "best so far".into() } else { String::new() },
        ]
    };
    let head = ["epoch", "training loss", "validation loss", "score", "MAcc", "sensitivity", "specificity", "best"];
    let rows: Vec<Vec<String>> = training.map(of_epoch).collect();
    let mut html = Html::default();
    html.table("Epochs", &head, &rows);
    html
}

fn journal(html: &mut Html, steps: &[Value]) -> Result<()> {
    let of = |pointer: &str| -> Vec<(f64, f64)> {
        let points = steps.iter().filter_map(|line| Some((line["batch"].as_f64()?, line.pointer(pointer)?.as_f64()?)));
        thinned(&points.collect::<Vec<_>>())
    };
    let frame = Frame { caption: "", x: "batch", y: "", logarithmic: true, mark: None };
    let norms: Named = vec![
        ("filters".into(), of("/gradient_norm/front_end")),
        ("classifier".into(), of("/gradient_norm/classifier")),
    ];
    let rates: Named =
        vec![("filters".into(), of("/front_end_learning_rate")), ("classifier".into(), of("/learning_rate"))];
    let loss: Named = vec![(String::new(), of("/loss"))];
    for (caption, y, words, curves, logarithmic) in [
        ("Loss of the batches", "nats", "Means of some batches each.", loss, false),
        ("Norm of the gradient", "", "Before it is cut, where that is asked for.", norms, true),
        ("Learning rates", "", "They rise for a moment and then fall along half a cosine.", rates, true),
    ] {
        if curves.iter().any(|(_, points)| !points.is_empty()) {
            html.figure(caption, &drawn(&Frame { caption, y, logarithmic, ..frame }, curves)?, words);
        }
    }
    let last = |pointer: &str| steps.last().and_then(|line| line.pointer(pointer)?.as_f64());
    let mean = |pointer: &str| mean_of_defined(steps.iter().map(|line| line.pointer(pointer)?.as_f64()));
    let shown = |value: Option<f64>, digits: usize| value.map_or("–".into(), |value| format!("{value:.digits$}"));
    let rows = vec![
        vec!["batches".into(), shown(last("/batch"), 0)],
        vec!["seconds".into(), shown(last("/seconds"), 0)],
        vec!["windows a second, in the mean".into(), shown(mean("/windows_per_s"), 0)],
        vec!["share of the time waiting for data, in the mean".into(), percent(mean("/waiting"))],
        vec!["skipped steps".into(), shown(last("/skipped"), 0)],
    ];
    html.table("Steps", &["what", "value"], &rows);
    Ok(())
}
