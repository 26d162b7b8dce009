//! Runs side by side as text.

use super::Compared;
use super::difference::Difference;
use super::row::Row;
use crate::export::markdown::escaped;
use crate::output::percent;

/// Rows of cells under a head.
struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

/// The tables, in Markdown or in columns.
pub(super) fn tables(compared: &Compared, markdown: bool) -> String {
    let made = Table {
        head: vec!["run", "data", "protocol", "front-end", "classifier", "seed", "epoch"],
        rows: compared.runs.iter().map(made).collect(),
    };
    let measured = Table {
        head: vec!["run", "recordings", "MAcc", "mean of subsets", "accuracy", "Se", "Sp", "ROC area", "named"],
        rows: compared.runs.iter().map(measured).collect(),
    };
    let shown = |table: &Table| if markdown { table.markdown() } else { table.columns() };
    let mut parts = vec![shown(&made), shown(&measured)];
    let differences: Vec<Vec<String>> = compared
        .differences
        .iter()
        .filter_map(|against| Some(differing(&against.run, against.difference.as_ref()?)))
        .collect();
    if !differences.is_empty() {
        let head = vec![
            "minus the first",
            "recordings",
            "MAcc",
            "mean of subsets",
            "accuracy",
            "only it",
            "only the first",
            "p",
        ];
        parts.push(shown(&Table { head, rows: differences }));
    }
    for against in &compared.differences {
        if let Some(why) = against.why_not {
            parts.push(format!("{} is not compared with {}: {why}.", against.run, against.first));
        }
    }
    if compared.runs.iter().any(|row| !row.held_out) {
        parts.push(
            "* measured on the recordings that chose the epoch or the threshold, so better than on others".into(),
        );
    }
    parts.push(
        "In brackets: 95 % intervals by a bootstrap over groups. p: test that swaps the decisions of two runs group by group."
            .into(),
    );
    parts.join("\n\n")
}

fn made(row: &Row) -> Vec<String> {
    let protocol = row.protocol.split([',', ';']).next().unwrap_or_default();
    vec![
        row.run.clone(),
        row.data.clone(),
        protocol.into(),
        row.front_end.clone(),
        row.classifier.clone(),
        row.seed.to_string(),
        row.epoch.to_string(),
    ]
}

fn measured(row: &Row) -> Vec<String> {
    let star = if row.held_out { "" } else { "*" };
    vec![
        row.run.clone(),
        format!("{}{star}", row.recording.n),
        within(row.recording.macc, row.macc_interval),
        within(row.mean_over_subsets.macc, row.mean_over_subsets_interval),
        within(row.recording.accuracy, row.accuracy_interval),
        percent(row.recording.sensitivity),
        percent(row.recording.specificity),
        row.auc.map_or("–".into(), |area| format!("{area:.3}")),
        percent(Some(row.coverage)),
    ]
}

fn differing(run: &str, difference: &Difference) -> Vec<String> {
    let points = |value: Option<f64>, interval: Option<[f64; 2]>| {
        let shown = |value: f64| format!("{:+.1}", 100.0 * value);
        let value = value.map_or("–".into(), shown);
        interval.map_or(value.clone(), |[low, high]| format!("{value} [{}, {}]", shown(low), shown(high)))
    };
    vec![
        run.to_owned(),
        difference.recordings.to_string(),
        points(difference.macc, difference.macc_interval),
        points(difference.mean_over_subsets, difference.mean_over_subsets_interval),
        points(difference.accuracy, difference.accuracy_interval),
        difference.only_this.to_string(),
        difference.only_other.to_string(),
        difference.permutation_p.map_or("–".into(), |p| format!("{p:.4}")),
    ]
}

/// A fraction in percent with its interval.
fn within(value: Option<f64>, interval: Option<[f64; 2]>) -> String {
    let interval = interval.map(|[low, high]| format!(" [{:.1}, {:.1}]", 100.0 * low, 100.0 * high));
    format!("{}{}", percent(value), interval.unwrap_or_default())
}

impl Table {
    fn columns(&self) -> String {
        let head: Vec<String> = self.head.iter().map(ToString::to_string).collect();
        let lines = || [&head].into_iter().chain(&self.rows);
        let length = |cell: &String| cell.chars().count();
        let widths: Vec<usize> = (0..head.len())
            .map(|column| lines().filter_map(|line| line.get(column)).map(length).max().unwrap_or(0))
            .collect();
        let line = |cells: &Vec<String>| {
            let padded = cells.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        lines().map(line).collect::<Vec<_>>().join("\n")
    }

    fn markdown(&self) -> String {
        let line = |cells: &mut dyn Iterator<Item = String>| format!("| {} |", cells.collect::<Vec<_>>().join(" | "));
        let head = line(&mut self.head.iter().map(ToString::to_string));
        let rule = line(&mut self.head.iter().map(|_| "---".to_owned()));
        let rows = self.rows.iter().map(|row| line(&mut row.iter().map(|cell| escaped(cell))));
        [head, rule].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_under_their_head() {
        let rows = vec![vec!["a|b".to_owned(), "70.0 %".into()], vec!["ä".into(), "–".into()]];
        let table = Table { head: vec!["run", "MAcc"], rows };
        assert_eq!(table.columns(), "run  MAcc\na|b  70.0 %\nä    –");
        assert_eq!(table.markdown(), "| run | MAcc |\n| --- | --- |\n| a\\|b | 70.0 % |\n| ä | – |");
    }
}
