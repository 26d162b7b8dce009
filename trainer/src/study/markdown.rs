//! RESULTS.md: a table for people.

use crate::evaluation::metrics::Metrics;
use spectnet_core::model::Task;

use super::comparison::Comparison;
use super::published;
use super::report::Report;
use super::summary::RowSummary;
use crate::output::percent;

/// The whole file.
pub fn markdown(report: &Report) -> String {
    let Report { data, protocol, level, runs: [done, asked], rows, .. } = report;
    let name = if report.task == Task::Heart { "Heart-sound" } else { "Scene" };
    let over = match rows.first() {
        Some(row) if row.groups as u64 == row.recording.n => "recordings, each of which is its own group".to_owned(),
        Some(row) => format!("{} groups", row.groups),
        None => "groups".to_owned(),
    };
    let mut lines = vec![
        format!("# {name} table on {data}\n"),
        format!("{protocol}. Metrics are at {level} level; means over seeds; 95 % intervals by bootstrap over {over}."),
        format!("{done} of {asked} runs are done; a row counts the seeds of which every part is there.\n"),
    ];
    lines.extend(recordings(rows));
    if !report.failed.is_empty() {
        lines.push("\n## Failed runs\n\nSeeds of which a part has failed do not count above.\n".into());
        let failed = report.failed.iter();
        lines.extend(
            failed.map(|run| format!("- {} without {}, seed {}: {}", run.row, run.held_out, run.seed, run.error)),
        );
    }
    if rows.iter().any(|row| row.segment.n > 0) {
        lines.push("\n## Segments\n\nEach has the label of its recording.\n".into());
        lines.extend(segments(rows));
    }
    let subsets: Vec<&str> = rows.first().map_or(Vec::new(), |row| row.subsets.keys().map(String::as_str).collect());
    if subsets.len() > 1 {
        lines.push("\n## Subsets\n\nMAcc of recordings.\n".into());
        lines.extend(by_subset(rows, &subsets));
    }
    if subsets.len() > 1 && rows.iter().any(|row| row.mean_area.is_some()) {
        lines.push("\nArea under the ROC of recordings.\n".into());
        lines.extend(areas(rows, &subsets));
    }
    if !report.comparisons.is_empty() {
        lines.push("\n## Side by side\n".into());
        lines.extend(side_by_side(&report.comparisons, subsets.len() > 1));
        lines.push(
            "\nDifferences in percentage points, mean over seeds. Both tests count one prediction a recording: the one that most of \
             the row's seeds report. McNemar takes recordings for independent of each other; the permutation test swaps the two \
             rows group by group."
                .into(),
        );
    }
    lines.push("\n## Published\n".into());
    lines.extend(beside_the_published(report));
    lines.push(String::new());
    lines.join("\n")
}

/// Rows of cells as a table, the first being its head.
fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Vec<String> {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let head: Vec<String> = head.iter().map(ToString::to_string).collect();
    let mut lines = vec![line(&head), format!("|{}", "---|".repeat(head.len()))];
    lines.extend(rows.into_iter().map(|row| line(&row)));
    lines
}

fn recordings(rows: &[RowSummary]) -> Vec<String> {
    let subsets = rows.iter().any(|row| row.subsets.len() > 1);
    let mut head = vec!["row", "seeds", "accuracy", "95 %", "MAcc"];
    head.extend(subsets.then_some("95 %"));
    head.extend(["sensitivity", "specificity", "precision", "F1"]);
    head.extend(if subsets { vec!["mean of subsets MAcc", "95 %"] } else { Vec::new() });
    head.extend(["parameters", "largest shift, Hz"]);
    table(
        &head,
        rows.iter().map(|row| {
            let Metrics { accuracy, macc, sensitivity, specificity, precision, f1, .. } = row.recording;
            let mut cells = vec![row.row.clone(), row.seeds.to_string()];
            cells.extend([percent(accuracy), between(row.accuracy_interval), percent(macc)]);
            cells.extend(subsets.then(|| between(row.macc_interval)));
            cells.extend([sensitivity, specificity, precision, f1].map(percent));
            if subsets {
                cells.extend([percent(row.mean_over_subsets.macc), between(row.mean_over_subsets_interval)]);
            }
            cells.push(row.parameters.to_string());
            cells.push(row.largest_shift_hz.map_or("–".into(), |hz| format!("{hz:.0}")));
            cells
        }),
    )
}

fn segments(rows: &[RowSummary]) -> Vec<String> {
    let rows = rows.iter().filter(|row| row.segment.n > 0);
    table(
        &["row", "n", "accuracy", "MAcc", "sensitivity", "specificity", "precision", "F1"],
        rows.map(|row| {
            let Metrics { n, accuracy, macc, sensitivity, specificity, precision, f1 } = row.segment;
            let metrics = [accuracy, macc, sensitivity, specificity, precision, f1];
            [row.row.clone(), n.to_string()].into_iter().chain(metrics.map(percent)).collect()
        }),
    )
}

fn by_subset(rows: &[RowSummary], subsets: &[&str]) -> Vec<String> {
    let of = |row: &RowSummary, subset: &str| row.subsets.get(subset).map(|subset| subset.recording.clone());
    let named = |subset: &&str| {
        let n = rows.first().and_then(|row| of(row, subset)).map_or(0, |metrics| metrics.n);
        format!("{subset} ({n})")
    };
    let names: Vec<String> = subsets.iter().map(named).collect();
    let head: Vec<&str> = ["row"].into_iter().chain(names.iter().map(String::as_str)).collect();
    table(
        &head,
        rows.iter().map(|row| {
            let cells = subsets.iter().map(|subset| percent(of(row, subset).and_then(|metrics| metrics.macc)));
            [row.row.clone()].into_iter().chain(cells).collect()
        }),
    )
}

fn areas(rows: &[RowSummary], subsets: &[&str]) -> Vec<String> {
    let head: Vec<&str> = ["row"].into_iter().chain(subsets.iter().copied()).chain(["mean", "95 %"]).collect();
    let area = |value: Option<f64>| value.map_or("–".into(), |value| format!("{value:.3}"));
    table(
        &head,
        rows.iter().map(|row| {
            let cells = subsets.iter().map(|subset| area(row.areas.get(*subset).copied()));
            let interval = row.mean_area_interval.map_or("–".into(), |[low, high]| format!("{low:.3}–{high:.3}"));
            [row.row.clone()].into_iter().chain(cells).chain([area(row.mean_area), interval]).collect()
        }),
    )
}

fn side_by_side(pairs: &[Comparison], subsets: bool) -> Vec<String> {
    let mut head = vec!["", "difference of accuracy", "95 %"];
    head.extend(if subsets { vec!["of MAcc", "95 %", "of mean of subsets MAcc", "95 %"] } else { Vec::new() });
    head.extend(["only the first is right", "only the second", "McNemar p", "permutation p"]);
    table(
        &head,
        pairs.iter().map(|pair| {
            let mut cells = vec![format!("{} against {}", pair.first, pair.second)];
            cells.extend([points(Some(pair.difference)), range(pair.interval)]);
            if subsets {
                cells.extend([points(pair.macc_difference), range(pair.macc_interval)]);
                cells.extend([points(pair.mean_over_subsets_difference), range(pair.mean_over_subsets_interval)]);
            }
            cells.extend([pair.only_first.to_string(), pair.only_second.to_string()]);
            cells.extend([p_value(Some(pair.p)), p_value(pair.permutation_p)]);
            cells
        }),
    )
}

fn beside_the_published(report: &Report) -> Vec<String> {
    let Report { task, data, rows, .. } = report;
    let here = format!("here, on {data}");
    let mut lines = table(
        &["row", "accuracy", "MAcc", "sensitivity", "specificity", "precision", "F1", &here, "does it fit together?"],
        published::table(*task).iter().map(|row| {
            let [accuracy, sensitivity, specificity, precision, f1, macc] = row.percent;
            let own = rows.iter().find(|own| own.row == row.row.to_string());
            let own = own.map_or("–".into(), |own| {
                let Metrics { accuracy, macc, .. } = own.recording;
                format!("accuracy {}, MAcc {}", percent(accuracy), percent(macc))
            });
            let columns = [accuracy, macc, sensitivity, specificity, precision, f1].map(|value| format!("{value:.2}"));
            let fit = published::misfit(*task, row).unwrap_or_else(|| "yes".into());
            [row.name.to_owned()].into_iter().chain(columns).chain([own, fit]).collect()
        }),
    );
    lines.push(format!(
        "\nOurs can be compared with the published where {data} is the data that they were published on: {}.",
        published::data(*task)
    ));
    lines.push(format!("\n{}", published::remarks(*task)));
    lines
}

fn between(interval: Option<[f64; 2]>) -> String {
    interval.map_or("–".into(), |[low, high]| format!("{:.1}–{:.1} %", 100.0 * low, 100.0 * high))
}

fn points(difference: Option<f64>) -> String {
    difference.map_or("–".into(), |value| format!("{:+.1}", 100.0 * value))
}

fn range(interval: Option<[f64; 2]>) -> String {
    interval.map_or("–".into(), |[low, high]| format!("{:+.1} to {:+.1}", 100.0 * low, 100.0 * high))
}

/// Three decimals; below them the order of magnitude.
fn p_value(p: Option<f64>) -> String {
    p.map_or("–".into(), |p| if p < 0.001 { format!("{p:.0e}") } else { format!("{p:.3}") })
}
