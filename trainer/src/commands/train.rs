//! `spectnet train`: from labelled recordings to a model file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use spectnet_core::model::ModelConfig;
use spectnet_core::package::Provenance;
use spectnet_core::spectnet::SpectNet;

use crate::classify::{BATCH, Classifier};
use crate::dataset::{DEFAULT_FOLDS, Dataset, Example};
use crate::device::{self, ComputeDevice};
use crate::error::{Error, Result};
use crate::evaluate::evaluate;
use crate::output::print;
use crate::train_args::{TrainArgs, TrainFlags};
use crate::training::clips;
use crate::training::outputs::{RunFolder, read_model};
use crate::training::run::{Data, Start, train};

/// One group-wise share in so many of the training recordings chooses the epoch.
const VALIDATION_SHARES: u32 = 5;

/// Runs the command.
///
/// # Errors
/// Settings that do not fit together or the data, unreadable data, an unwritable folder, or training that diverges.
pub fn run(flags: TrainFlags) -> Result<()> {
    let args = flags.resolve()?;
    let folder = RunFolder::create(&args.out, args.resume)?;
    let dataset = Dataset::open(&args.data, args.task)?;
    let compute = device::select(args.device)?;
    compute.device.seed(args.seed);
    let (config, start) = start(&args, &dataset, &folder, &compute)?;
    let config = &config;

    let Parts { training, validation, held_out, fold, folds } = Parts::new(&dataset, args.fold)?;
    describe(&dataset, config, [&training, &validation, &held_out], fold);
    let data = Data { training: clips::load(&training, config)?, validation: clips::load(&validation, config)? };
    let provenance = Provenance {
        software_version: env!("CARGO_PKG_VERSION").into(),
        data: format!(
            "{}: {} recordings trained on, {} chose the epoch, {} held out",
            dataset.name,
            training.len(),
            validation.len(),
            held_out.len()
        ),
        protocol: format!(
            "grouped: fold {fold} of {folds} held out, no group split; the epoch chosen on one in {VALIDATION_SHARES} of \
             the other recordings, by groups; batches balanced over class x subset"
        ),
        seed: args.seed,
        device: compute.name.clone(),
        epochs: 0,
        metrics: json!(null),
    };
    let best = train(&args, config, start, &data, &compute.device, &folder, &provenance)?;

    say!("measuring the model of epoch {} on the held-out recordings", best.epoch);
    let held_out = clips::load(&held_out, config)?;
    let evaluation = evaluate(&Classifier::new(config, &best.weights, &compute.device)?, &held_out, BATCH)?;
    let metrics = json!({ "held_out": evaluation, "validation": best.validation });
    let provenance = Provenance { epochs: best.epoch, metrics, ..provenance };
    folder.save(&folder.best(), &best.weights, config, &provenance)?;
    folder.save_report(config, &provenance)?;
    print(&format!(
        "held-out recordings (fold {fold} of {folds} of {}, no group shared with training; seed {})\n{}\n\nmodel: {}\nreport: {}",
        dataset.name,
        args.seed,
        evaluation.table(),
        folder.best().display(),
        folder.report().display()
    ))
}

/// Who plays which part; no group plays two.
struct Parts {
    training: Vec<Example>,
    validation: Vec<Example>,
    held_out: Vec<Example>,
    /// Number of the fold held out.
    fold: u32,
    /// Number of folds.
    folds: usize,
}

impl Parts {
    fn new(dataset: &Dataset, fold: Option<u32>) -> Result<Self> {
        let folds = dataset.folds(DEFAULT_FOLDS)?;
        let outer = dataset.split(fold)?;
        let pick = |indices: &[usize]| indices.iter().map(|&index| dataset.examples[index].clone()).collect();
        // Of what is left, groups are dealt out anew: the data's folds have done their work.
        let mut rest: Vec<Example> = pick(&outer.train);
        rest.iter_mut().for_each(|example| example.fold = None);
        let rest = Dataset { examples: rest, ..dataset.clone() };
        let shares = rest.folds(VALIDATION_SHARES)?;
        let share = most_typical(&rest, &shares);
        let part = |chosen: bool| {
            let examples = rest.examples.iter().zip(&shares).filter(|(_, of)| (**of == share) == chosen);
            examples.map(|(example, _)| example.clone()).collect()
        };
        Ok(Self {
            training: part(false),
            validation: part(true),
            held_out: pick(&outer.validation),
            fold: outer.validation.first().map_or(0, |&index| folds[index]),
            folds: folds.iter().collect::<BTreeSet<_>>().len(),
        })
    }
}

/// The share whose make-up is nearest to the whole: a class of a subset can have fewer groups than there are shares, and a
/// share without it would choose the epoch blindly.
fn most_typical(dataset: &Dataset, shares: &[u32]) -> u32 {
    let mut counts: BTreeMap<(usize, &str), [usize; VALIDATION_SHARES as usize]> = BTreeMap::new();
    for (example, &share) in dataset.examples.iter().zip(shares) {
        let stratum = counts.entry((example.label, &example.subset)).or_default();
        stratum[share as usize] += 1;
    }
    let distance = |share: &u32| -> f64 {
        let parts = counts.values().map(|count| {
            let total: usize = count.iter().sum();
            (count[*share as usize] as f64 / total as f64 - 1.0 / f64::from(VALIDATION_SHARES)).abs()
        });
        parts.sum()
    };
    (0..VALIDATION_SHARES).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(0)
}

/// A new model, or with `--resume` the last one in the folder.
fn start(
    args: &TrainArgs,
    dataset: &Dataset,
    folder: &RunFolder,
    compute: &ComputeDevice,
) -> Result<(ModelConfig, Start)> {
    let config = args.model_config(dataset.labels.clone());
    if !args.resume || !folder.last().exists() {
        if args.resume {
            say!("nothing to resume in {}: starting anew", args.out.display());
        }
        let model = SpectNet::new(&config, &compute.device)?;
        return Ok((config, Start { model, epochs: 0, best: None }));
    }
    let package = read_model(&folder.last())?;
    if package.config != config {
        return Err(Error::input(format!(
            "{}: trained with other settings or labels than asked for now; use the same ones, or another --out",
            folder.last().display()
        )));
    }
    let epochs = package.provenance.epochs;
    say!("going on after epoch {epochs} (weights are kept; the optimiser's moments start afresh)");
    let best = if folder.best().exists() {
        let best = read_model(&folder.best())?;
        Some((best.weights, best.provenance.epochs))
    } else {
        None
    };
    let model = SpectNet::with_weights(&config, &package.weights, &compute.device)?;
    Ok((config, Start { model, epochs, best }))
}

fn describe(dataset: &Dataset, config: &ModelConfig, parts: [&[Example]; 3], fold: u32) {
    let front_end = &config.front_end;
    say!("data: {}, {} recordings, labels {}", dataset.name, dataset.examples.len(), dataset.labels.join(", "));
    for (name, part) in ["training", "validation (chooses the epoch)", "held out"].into_iter().zip(parts) {
        let counts = dataset.labels.iter().enumerate().map(|(number, label)| {
            format!("{} {label}", part.iter().filter(|example| example.label == number).count())
        });
        let fold = if name == "held out" { format!(" (fold {fold})") } else { String::new() };
        say!("  {name}{fold}: {}", counts.collect::<Vec<_>>().join(", "));
    }
    say!(
        "model: SpectNet-{} {}, {:?} form, order {}, {} Hz, windows of {:.2} s",
        front_end.filters,
        if front_end.learnable { "learnable" } else { "static" },
        front_end.form,
        front_end.order,
        front_end.sample_rate,
        config.windowing.samples as f64 / f64::from(front_end.sample_rate)
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_that_lacks_no_class_of_a_subset_chooses_the_epoch() {
        let example = |label, subset: &str| Example {
            path: "x".into(),
            label,
            group: "g".into(),
            fold: None,
            subset: subset.into(),
            quality: None,
        };
        // Subset b has too few groups to be in share 0, and is twice in share 2.
        let shares = [0, 1, 2, 3, 4, 1, 2, 2, 3, 4];
        let examples = (0..10).map(|i| example(i / 5, if i < 5 { "a" } else { "b" })).collect();
        let dataset = Dataset { name: "test".into(), labels: vec!["normal".into(), "abnormal".into()], examples };
        assert_eq!(most_typical(&dataset, &shares), 1);
    }
}
