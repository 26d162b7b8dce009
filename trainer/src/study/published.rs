//! The published tables (Ansari & Hasan 2022, arXiv:2211.09352), in percent as printed.

use spectnet_core::model::Task;

use super::row::Row;

/// One row of a published table.
pub struct Published {
    /// As printed.
    pub name: &'static str,
    /// Its counterpart here.
    pub row: Row,
    /// Accuracy, sensitivity, specificity, precision, F1, MAcc.
    pub percent: [f64; 6],
}

/// The table of a task.
pub fn table(task: Task) -> &'static [Published] {
    match task {
        Task::Heart => &HEART,
        Task::Scene => &SCENE,
    }
}

/// What a table was published on.
pub fn data(task: Task) -> &'static str {
    match task {
        Task::Heart => "heart sounds of the PhysioNet/CinC Challenge 2016",
        Task::Scene => "TUT Acoustic Scenes 2016 (DCASE 2016)",
    }
}

/// What stands beside the table, and what does not add up in it.
pub fn remarks(task: Task) -> &'static str {
    match task {
        Task::Heart => {
            "Published on one split of 284 recordings (138 abnormal, 146 normal), one seed, with dropout active at \
             evaluation and the epoch selected on the reported set. Accuracy is per segment, the other columns per \
             recording."
        }
        Task::Scene => {
            "Published on one split of DCASE 2016, one seed. On a set with equally many recordings of every class accuracy \
             equals macro sensitivity; where it does not, the columns cannot come from one confusion matrix. The challenge's baseline (MFCC and GMM) \
             reached 77.2 % on the evaluation set, its winner 89.7 %."
        }
    }
}

/// Abnormal and normal recordings that the heart table was published on.
const HEART_RECORDINGS: [f64; 2] = [138.0, 146.0];

/// Rounding of two printed numbers, in percent.
const ROUNDING: f64 = 0.011;

/// Which columns of a row cannot come from one confusion matrix, if any.
///
/// Of two classes, sensitivity and specificity settle the matrix and with it every other column. Of several with equally
/// many members, accuracy is sensitivity.
pub fn misfit(task: Task, row: &Published) -> Option<String> {
    let [accuracy, sensitivity, specificity, precision, f1, _] = row.percent;
    match task {
        Task::Heart => {
            let [positives, negatives] = HEART_RECORDINGS;
            let true_positives = (positives * sensitivity / 100.0).round();
            let true_negatives = (negatives * specificity / 100.0).round();
            let called = true_positives + negatives - true_negatives;
            let columns = [
                ("accuracy", accuracy, (true_positives + true_negatives) / (positives + negatives)),
                ("sensitivity", sensitivity, true_positives / positives),
                ("specificity", specificity, true_negatives / negatives),
                ("precision", precision, true_positives / called),
                ("F1", f1, 2.0 * true_positives / (positives + called)),
            ];
            let wrong = columns.iter().filter(|(_, printed, follows)| (printed - 100.0 * follows).abs() > ROUNDING);
            let wrong: Vec<String> =
                wrong.map(|(name, _, follows)| format!("{name} would be {:.2}", 100.0 * follows)).collect();
            (!wrong.is_empty()).then(|| wrong.join(", "))
        }
        Task::Scene => ((accuracy - sensitivity).abs() > ROUNDING)
            .then(|| "accuracy and sensitivity differ on a balanced set".to_owned()),
    }
}

const HEART: [Published; 6] = [
    Published { name: "Gammatone 1-D CNN", row: Row::Cnn1d(4), percent: [75.80, 91.30, 73.29, 76.36, 83.17, 82.30] },
    Published { name: "Gammatone 2-D CNN", row: Row::Cnn2d(4), percent: [76.69, 92.03, 76.03, 78.39, 84.67, 84.03] },
    Published { name: "SpectNet-4 static", row: Row::Static(4), percent: [77.42, 93.48, 67.12, 72.88, 81.91, 80.30] },
    Published { name: "SpectNet-8 static", row: Row::Static(8), percent: [81.64, 86.96, 88.36, 87.59, 87.27, 87.66] },
    Published { name: "SpectNet-16 static", row: Row::Static(16), percent: [81.79, 87.68, 87.67, 87.05, 87.37, 87.68] },
    Published {
        name: "SpectNet-16 learnable",
        row: Row::Learnable(16),
        percent: [80.36, 87.68, 89.73, 88.97, 88.32, 88.70],
    },
];

const SCENE: [Published; 7] = [
    scene("SpectNet-16 static", Row::Static(16), [66.92, 65.44, 97.53, 65.88, 65.66, 81.47]),
    scene("SpectNet-32 static", Row::Static(32), [73.59, 73.59, 98.11, 74.37, 73.98, 85.85]),
    scene("SpectNet-46 static", Row::Static(46), [74.44, 74.50, 98.18, 74.95, 74.10, 86.34]),
    scene("SpectNet-64 static", Row::Static(64), [73.93, 73.56, 98.11, 74.05, 73.81, 85.84]),
    scene("SpectNet-128 static", Row::Static(128), [75.55, 75.56, 98.25, 76.10, 75.83, 86.91]),
    scene("SpectNet-149 static", Row::Static(149), [74.81, 74.22, 98.16, 74.94, 74.58, 86.19]),
    scene("SpectNet-46 learnable", Row::Learnable(46), [76.55, 76.47, 98.32, 77.15, 76.07, 87.39]),
];

const fn scene(name: &'static str, row: Row, percent: [f64; 6]) -> Published {
    Published { name, row, percent }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macc_is_the_mean_of_sensitivity_and_specificity_in_every_published_row() {
        for row in HEART.iter().chain(&SCENE) {
            let [_, sensitivity, specificity, .., macc] = row.percent;
            assert!(((sensitivity + specificity) / 2.0 - macc).abs() < 0.51, "{}", row.name);
        }
    }

    #[test]
    fn the_published_columns_that_do_not_fit_together_are_named() {
        // 126 of 138 and 107 of 146: 233 of 284 right.
        assert_eq!(misfit(Task::Heart, &HEART[0]).unwrap(), "accuracy would be 82.04");
        assert!(HEART.iter().all(|row| misfit(Task::Heart, row).unwrap().starts_with("accuracy would be ")));
        let misfits: Vec<&str> =
            SCENE.iter().filter(|row| misfit(Task::Scene, row).is_some()).map(|row| row.name).collect();
        assert!(!misfits.contains(&"SpectNet-32 static") && misfits.contains(&"SpectNet-16 static"), "{misfits:?}");
        assert_eq!(misfits.len(), 5);
    }
}
