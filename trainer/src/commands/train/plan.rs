//! What a run has found and what it will do, said before hours of work: data, network, device, folder, and about how long it
//! takes.

use std::collections::BTreeSet;

use burn::tensor::Device;
use spectnet_core::model::ModelConfig;

use super::begun;
use crate::compute::device::ComputeDevice;
use crate::data::audio_file::AudioFile;
use crate::data::cache::Cache;
use crate::data::{Dataset, Example};
use crate::train_args::TrainArgs;
use crate::training::estimate::{Estimate, estimate, spread};
use crate::training::parts::Parts;

/// So many recordings are asked for their length.
const ASKED: usize = 64;

/// Says it. The random numbers of the device are others afterwards.
pub fn tell(args: &TrainArgs, config: &ModelConfig, dataset: &Dataset, parts: &Parts, compute: &ComputeDevice) {
    say!("{}", found(dataset));
    if let Some(start) = begun::in_words(args, &config.labels) {
        say!("{start}");
    }
    if let Some(network) = network(args, config) {
        say!("{network}");
    }
    say!("folder: {}", args.out.display());
    say!("time: {}", time(args, config, parts, compute));
}

/// How much there is.
fn found(dataset: &Dataset) -> String {
    let hours = match hours(dataset) {
        Some(hours) if hours >= 1.0 => format!(" (about {hours:.1} hours)"),
        Some(hours) => format!(" (about {:.0} minutes)", (60.0 * hours).ceil()),
        None => String::new(),
    };
    let groups: BTreeSet<&str> = dataset.examples.iter().map(|example| example.group.as_str()).collect();
    let named = dataset.examples.iter().any(Example::has_group);
    let groups = if named { format!("{} groups", groups.len()) } else { "no groups named".into() };
    let subsets: BTreeSet<&str> = dataset.examples.iter().map(|example| example.subset.as_str()).collect();
    let left_out = match dataset.left_out.len() {
        0 => "all of them can be opened".into(),
        count => format!("{count} more are missing or cannot be used"),
    };
    format!(
        "found: {} recordings{hours}, {groups}, subsets {}; {left_out}",
        dataset.examples.len(),
        subsets.into_iter().collect::<Vec<_>>().join(", ")
    )
}

/// Hours of sound, from the lengths that some files state.
fn hours(dataset: &Dataset) -> Option<f64> {
    let asked = spread(&dataset.examples, ASKED);
    let lengths = asked.iter().filter_map(|example| AudioFile::open(&example.path).ok()?.duration_s());
    let lengths: Vec<f64> = lengths.collect();
    let mean = lengths.iter().sum::<f64>() / lengths.len() as f64;
    (!lengths.is_empty()).then_some(mean * dataset.examples.len() as f64 / 3600.0)
}

/// How large the network is.
fn network(args: &TrainArgs, config: &ModelConfig) -> Option<String> {
    let tensors = config.tensors().ok()?;
    let of = |is_counted: &dyn Fn(&str) -> bool| -> usize {
        let counted = tensors.iter().filter(|(name, _)| is_counted(name) && !name.contains("running_"));
        counted.map(|(_, shape)| shape.iter().product::<usize>()).sum()
    };
    let (all, filters) = (of(&|_| true), of(&|name| name.starts_with("front_end.")));
    let moves = config.front_end.learnable && args.recipe.learns.filters();
    let moved = if moves { "trained with it" } else { "which stay as they are" };
    Some(format!(
        "network: {} with {} parameters, behind {} filters of {filters} numbers, {moved}",
        config.classifier.name(),
        all - filters,
        config.front_end.filters
    ))
}

/// How long it takes.
fn time(args: &TrainArgs, config: &ModelConfig, parts: &Parts, compute: &ComputeDevice) -> String {
    let epochs = args.recipe.epochs;
    if compute.device != Device::flex() {
        return format!(
            "{epochs} epochs; a GPU compiles its kernels first, so the first epochs say how long the others take"
        );
    }
    // What cannot be measured here is refused in the same words, and with all that cannot be used, when it is read.
    // Not the one that counts what it finds and says so, when all recordings are read.
    let cache = Cache::new(args.cache.as_ref());
    let found = estimate(&args.recipe, config, parts, &cache, &compute.device);
    let Ok(Estimate { reading, prepared, epoch, windows }) = found else {
        return format!("{epochs} epochs; how long they take is known after the first");
    };
    let training = epoch * f64::from(epochs);
    let training = args.recipe.minutes.map_or(training, |minutes| training.min(60.0 * minutes));
    format!(
        "about {} to read the recordings{} and {} for {epochs} epochs of about {windows:.0} windows on {} (a guess from a few \
         recordings and batches)",
        in_words(reading),
        already(prepared),
        in_words(training),
        compute.name
    )
}

/// How many of the recordings, 0 to 1, the cache has, as an insertion; nothing where it has none.
fn already(prepared: f64) -> String {
    match prepared {
        _ if prepared >= 1.0 => ", which are prepared already,".into(),
        _ if prepared > 0.0 => format!(", about {:.0} % of which are prepared already,", 100.0 * prepared),
        _ => String::new(),
    }
}

/// A time for people.
fn in_words(seconds: f64) -> String {
    match seconds {
        _ if seconds < 90.0 => format!("{:.0} s", seconds.max(1.0)),
        _ if seconds < 5400.0 => format!("{:.0} minutes", seconds / 60.0),
        _ if seconds < 48.0 * 3600.0 => format!("{:.1} hours", seconds / 3600.0),
        _ => format!("{:.1} days", seconds / 86_400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::{already, in_words};

    #[test]
    fn times_are_said_as_people_say_them() {
        let said = [0.2, 40.0, 300.0, 9000.0, 200_000.0, 864_000.0].map(in_words);
        assert_eq!(said, ["1 s", "40 s", "5 minutes", "2.5 hours", "2.3 days", "10.0 days"]);
    }

    #[test]
    fn what_the_cache_has_is_said_where_it_has_something() {
        let said = [0.0, 0.375, 1.0].map(already);
        assert_eq!(said, ["", ", about 38 % of which are prepared already,", ", which are prepared already,"]);
    }
}
