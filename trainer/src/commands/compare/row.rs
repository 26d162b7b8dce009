//! What is said of one run.

use serde::Serialize;
use spectnet_core::filterbank::Form;
use spectnet_core::prediction::assessment::{auc, brier};

use crate::evaluation::metrics::Metrics;
use crate::evaluation::past_run::{PastRun, Said, groups};

/// A run.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    /// Its folder.
    pub run: String,
    /// The data it was made on.
    pub data: String,
    /// How the data was split.
    pub protocol: String,
    /// The network behind the filters.
    pub classifier: String,
    /// The filters.
    pub front_end: String,
    /// Seed of all that is random.
    pub seed: u64,
    /// The best epoch.
    pub epoch: u64,
    /// Whether the figures are of recordings that were held out; if not, they are of those that chose the epoch.
    pub held_out: bool,
    /// Fraction of the recordings that got a label. All that follows is of these.
    pub coverage: f64,
    /// Their metrics.
    pub recording: Metrics,
    /// 95 % interval of MAcc, by groups.
    pub macc_interval: Option<[f64; 2]>,
    /// 95 % interval of the accuracy, by groups.
    pub accuracy_interval: Option<[f64; 2]>,
    /// Metrics averaged over subsets.
    pub mean_over_subsets: Metrics,
    /// 95 % interval of their MAcc, by groups.
    pub mean_over_subsets_interval: Option<[f64; 2]>,
    /// Groups that the intervals draw.
    pub groups: usize,
    /// Area under the ROC curve; none without a positive class of two.
    pub auc: Option<f64>,
    /// Mean square error of the probabilities, likewise.
    pub brier: Option<f64>,
}

impl Row {
    pub(super) fn of(run: &PastRun) -> Self {
        let answered = run.answered();
        let groups = groups(&answered);
        let interval = |of: &dyn Fn(&[&Said]) -> Option<f64>| {
            groups.bootstrap(|drawn| of(&drawn.iter().map(|&number| answered[number]).collect::<Vec<&Said>>()))
        };
        let scored = run.scored(&answered);
        let front_end = &run.config.front_end;
        Self {
            run: run.folder.display().to_string(),
            data: run.provenance.data.split(':').next().unwrap_or_default().into(),
            protocol: run.provenance.protocol.clone(),
            classifier: run.config.classifier.summary(),
            front_end: format!(
                "{}-{}{}",
                if front_end.learnable { "learnable" } else { "static" },
                front_end.filters,
                if front_end.form == Form::Paper { ", paper form" } else { "" }
            ),
            seed: run.provenance.seed,
            epoch: run.provenance.epochs,
            held_out: run.held_out,
            coverage: answered.len() as f64 / run.said.len().max(1) as f64,
            recording: run.metrics(&answered),
            macc_interval: interval(&|drawn| run.metrics(drawn).macc),
            accuracy_interval: interval(&|drawn| run.metrics(drawn).accuracy),
            mean_over_subsets: run.mean_over_subsets(&answered),
            mean_over_subsets_interval: interval(&|drawn| run.mean_over_subsets(drawn).macc),
            groups: groups.len(),
            auc: auc(&scored),
            brier: (!scored.is_empty()).then(|| brier(&scored)),
        }
    }
}
