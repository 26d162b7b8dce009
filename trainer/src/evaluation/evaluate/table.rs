//! An evaluation for people to read.

use crate::evaluation::metrics::Metrics;

use super::Evaluation;
use crate::output::percent;

/// Width of the first column: "recordings, subset " and the name of a sensor.
const NAME: usize = 40;

impl Evaluation {
    /// Tables of the metrics (pooled, per subset, averaged over subsets, per class) and of the confusion.
    pub fn table(&self) -> String {
        let mut lines = vec![header("", "n")];
        lines.push(row("recordings, pooled", self.recording.n, &self.recording));
        if self.coverage < 1.0 {
            lines.insert(0, self.coverage_line());
            let wrong = &self.abstentions_as_errors;
            lines.push(row("… unanswered ones count as wrong", wrong.n, wrong));
            let forced = &self.forced.recording;
            lines.push(row("… unanswered ones get a label", forced.n, forced));
        }
        lines.push(row("segments, pooled", self.segment.n, &self.segment));
        if self.subsets.len() > 1 {
            for (name, subset) in &self.subsets {
                let metrics = &subset.recording;
                lines.push(row(&format!("recordings, subset {name}"), metrics.n, metrics));
            }
            let mean = &self.mean_over_subsets;
            lines.push(row("recordings, mean of subsets", mean.n, mean));
        }
        if let Some([low, high]) = self.macc_interval {
            let interval = format!("{:.1} % to {:.1} %", 100.0 * low, 100.0 * high);
            let over = match self.groups as u64 {
                groups if groups == self.recording.n => "recordings".to_owned(),
                groups => format!("{groups} groups"),
            };
            lines.push(format!("95 % interval of the recordings' MAcc (bootstrap over {over}): {interval}"));
        }
        if let (Some(brier), Some(auc)) = (self.brier, self.auc) {
            let kind = if self.calibrated { "calibrated" } else { "uncalibrated" };
            lines.push(format!(
                "{kind} probabilities of recordings: Brier score {brier:.3}, area under the ROC {auc:.3}"
            ));
        }
        if let (Some(threshold), Some(positive)) =
            (self.threshold.filter(|&threshold| threshold != 0.5), self.labels.get(1))
        {
            lines.push(format!("called {positive} from {:.1} % on", 100.0 * threshold));
        }
        // Of two classes, each one's metrics are the other's with the sides swapped.
        if self.labels.len() > 2 {
            lines.push(format!("\n{}", header("recordings, one class against the rest", "n")));
            for (label, counts) in self.labels.iter().zip(&self.confusion) {
                if let Some(metrics) = self.per_class.get(label) {
                    lines.push(row(label, counts.iter().sum(), metrics));
                }
            }
        }
        lines.push(self.confusion_table());
        lines.join("\n")
    }

    /// How many recordings were answered, and why the others were not.
    pub fn coverage_line(&self) -> String {
        let reasons: Vec<String> =
            self.abstained.iter().map(|(reason, count)| format!("{count} {}", reason.replace('_', " "))).collect();
        format!(
            "answered: {} of {} recordings (coverage {}); the others: {}",
            self.recording.n,
            self.forced.recording.n,
            percent(Some(self.coverage)),
            reasons.join(", ")
        )
    }

    /// Rows: truth; columns: prediction, under the numbers of the rows, so that names of any length fit.
    fn confusion_table(&self) -> String {
        let largest = self.confusion.iter().flatten().copied().max().unwrap_or(0);
        let cell = largest.to_string().len().max(self.labels.len().to_string().len()) + 2;
        let numbers: String = (1..=self.labels.len()).map(|number| format!("{number:>cell$}")).collect();
        let longest = self.labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
        let mut lines = vec![
            "\nconfusion of recordings (rows: truth; columns: prediction)".to_string(),
            format!("{:<longest$}    {numbers}", ""),
        ];
        for (number, (label, counts)) in self.labels.iter().zip(&self.confusion).enumerate() {
            let count = |count: &u64| if *count == 0 { format!("{:>cell$}", "·") } else { format!("{count:>cell$}") };
            let counts: String = counts.iter().map(count).collect();
            lines.push(format!("{:>3} {label:<longest$}{counts}", number + 1));
        }
        lines.join("\n")
    }
}

fn header(name: &str, n: &str) -> String {
    format!("{name:<NAME$}{n:>7}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}", "MAcc", "Se", "Sp", "Prec", "F1", "Acc")
}

fn row(name: &str, n: u64, metrics: &Metrics) -> String {
    let Metrics { macc, sensitivity, specificity, precision, f1, accuracy, .. } = *metrics;
    let cells = [macc, sensitivity, specificity, precision, f1, accuracy];
    let cells: String = cells.into_iter().map(|value| format!("{:>8}", percent(value))).collect();
    format!("{name:<NAME$}{n:>7}{cells}")
}

#[cfg(test)]
mod tests {
    use super::super::{Judged, summarise};

    #[test]
    fn fifteen_long_names_stand_in_straight_columns() {
        let labels: Vec<String> = (0..15).map(|class| format!("a long name of a scene, {class}")).collect();
        let one = |number: usize| Judged {
            subset: "all",
            group: "one",
            truth: number % 15,
            prediction: if number.is_multiple_of(4) { 14 } else { number % 15 },
            abstained: None,
            segments: Vec::new(),
            loss: 0.0,
            probability: None,
        };
        let judged: Vec<Judged> = (0..300).map(one).collect();
        let table = summarise(&judged, &labels, None).table();
        let lines: Vec<&str> = table.lines().collect();
        let start = lines.iter().position(|line| line.starts_with("confusion")).unwrap();
        let matrix = &lines[start + 1..];
        assert_eq!(matrix.len(), 16);
        let ends: Vec<usize> = matrix.iter().map(|line| line.chars().count()).collect();
        assert!(ends.iter().all(|&end| end == ends[0] && end <= 100), "{table}");
        assert!(matrix[15].starts_with(" 15 a long name of a scene, 14") && matrix[15].ends_with("20"), "{table}");
        // Every class has its row of metrics, with the number of its recordings.
        let class = lines.iter().find(|line| line.starts_with("a long name of a scene, 3 ")).unwrap();
        assert!(class.contains("     20 ") && class.contains("75.0 %"), "{table}");
    }
}
