//! `spectnet reproduce`: a whole table, run by run.

mod args;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use serde_json::Value;
use spectnet_core::model::Task;
use spectnet_core::package::recordings::Digest;

use crate::compute::device;
use crate::data::library::Library;
use crate::data::{DEFAULT_FOLDS, Dataset, Example, LeftOut, digest};
use crate::error::{Error, Result};
use crate::output::{create_folder, print};
use crate::progress;
use crate::study::args::{StudyArgs, StudyFlags};
use crate::study::comparison::compare;
use crate::study::complete::Seeds;
use crate::study::faults;
use crate::study::markdown::markdown;
use crate::study::report::{Report, pairs};
use crate::study::row::Row;
use crate::study::run::{self, Run};
use crate::study::summary::summarise;
use crate::train_args::{Protocol, TrainArgs, TrainFlags};
use crate::training::fingerprint::Fingerprint;
use crate::training::parts::{HeldOut, Parts, check_classes};

use args::usual_rows;

pub use args::ReproduceArgs;

/// Runs the command.
///
/// # Errors
/// Settings that do not fit together or the data, unreadable data, an unwritable folder, or training that diverges.
pub fn run(args: &ReproduceArgs) -> Result<()> {
    let task = Task::from(args.table);
    let (flags, subsets) = flags(args)?;
    let out = flags.train.out.clone().unwrap_or_else(|| "runs/table".into());

    let asked = flags.resolve_for_table()?;
    let train = &asked.train;
    let rows = rows(args);
    // Rows that cannot be made are refused before any file is opened.
    check_rows(&rows, &asked)?;
    let dataset = Dataset::open(&train.data, task, train.opening)?;
    let parts = match &train.held_out {
        listed @ HeldOut::Listed(_) => vec![listed.clone()],
        _ => parts(&dataset, subsets)?,
    };
    // So are rows and splits that do not fit the data, before the first run.
    fit(&rows, &asked, &dataset.labels)?;
    parts.iter().try_for_each(|held_out| Parts::new(&dataset, held_out, &train.recipe).map(drop))?;
    let compute = device::select(train.device)?;
    train.held_out.unknown_names(&dataset).iter().for_each(|warning| say!("{warning}"));
    let mut library = Library::new(train.opening.skips);
    let data = match rows.first() {
        Some(&row) => the_same(&out, &run::recordings(row, train, &dataset, &parts, &mut library)?)?,
        None => return Err(Error::Usage("--rows names no row".into())),
    };
    library.leave_out_copies(&dataset.examples)?;
    let left_out: Vec<LeftOut> = dataset.left_out.iter().chain(library.left_out()).cloned().collect();
    check_parts(&dataset, &parts, train, &left_out)?;
    let started = Instant::now();

    // Seed by seed: an unfinished table has every row with fewer seeds, not some rows with all of them.
    let runs: Vec<Run> = (0..args.seeds)
        .flat_map(|seed| rows.iter().map(move |&row| (seed, row)))
        .flat_map(|(seed, row)| parts.iter().map(move |held_out| Run { row, held_out: held_out.clone(), seed }))
        .collect();
    let mut results: BTreeMap<Row, Seeds> = BTreeMap::new();
    let mut settings = serde_json::Map::new();
    let (mut done, mut late) = (0, false);
    // What an earlier call has done takes no time.
    let all = runs.iter().filter(|run| !run.path(&out).exists()).count();
    let (table, mut made) = (progress::table(all), 0_u32);
    for (number, run) in runs.iter().enumerate() {
        let of_run = run::settings(run.row, &asked, &dataset.labels)?;
        let result = match run.load(&out, &of_run, data)? {
            Some(result) => result,
            None if late => continue,
            None => {
                let words = format!(
                    "run {} of {} ({} without {}, seed {})",
                    number + 1,
                    runs.len(),
                    run.row,
                    run.held_out,
                    run.seed
                );
                table.at(f64::from(made) / all.max(1) as f64, &words);
                say!("{words}{}", progress::left());
                let result = run.execute(&asked, (&dataset, data), &mut library, &compute.device, &out)?;
                let right = result.recordings.iter().filter(|row| row.truth == row.prediction).count();
                made += 1;
                table.at(f64::from(made) / all.max(1) as f64, &words);
                say!(
                    "  {right} of {} recordings right, {:.0} s{}",
                    result.recordings.len(),
                    result.seconds,
                    progress::left()
                );
                late = args.budget.is_some_and(|minutes| started.elapsed().as_secs_f64() > 60.0 * minutes);
                result
            }
        };
        done += 1;
        settings.insert(run.row.to_string(), of_run);
        results.entry(run.row).or_default().entry(run.seed).or_default().push(result);
    }
    drop(table);

    let positive = task.positive_label().and_then(|label| dataset.labels.iter().position(|other| other == label));
    let known: Vec<Row> = rows.iter().copied().filter(|row| results.contains_key(row)).collect();
    let report = Report {
        task,
        software_version: env!("CARGO_PKG_VERSION").into(),
        data: dataset.name.clone(),
        protocol: format!(
            "{}; device {}{}",
            protocol_in_words(&dataset, &asked, &parts, subsets, library.left_out().count())?,
            compute.name,
            in_words(&left_out)
        ),
        level: "recording".into(),
        labels: dataset.labels.clone(),
        runs: [done, runs.len()],
        rows: known
            .iter()
            .filter_map(|&row| summarise(row, &results[&row], parts.len(), &dataset.labels, positive))
            .collect(),
        comparisons: pairs(&known)
            .into_iter()
            .filter_map(|pair| compare(pair.map(|row| (row, &results[&row])), parts.len(), &dataset.labels, positive))
            .collect(),
        settings: Value::Object(settings),
    };
    report.write(&out)?;
    if late && done < runs.len() {
        say!("the budget is used up: {done} of {} runs are done; the same command goes on", runs.len());
    }
    print(&markdown(&report))
}

/// Whether the flags and the rows go together, as far as that is known before any file is opened.
///
/// # Errors
/// [`Error::Usage`] with what does not.
pub fn check(args: &ReproduceArgs) -> Result<()> {
    let (flags, _) = flags(args)?;
    check_rows(&rows(args), &flags.checked_for_table()?)
}

/// The flags of every run, over the configuration file, and whether subsets are held out in turn.
fn flags(args: &ReproduceArgs) -> Result<(StudyFlags, bool)> {
    let StudyFlags { train, faults } = args.flags.clone();
    let train = TrainFlags { task: Some(args.table), ..train.for_table()? };
    let StudyFlags { train, faults } = StudyFlags { train, faults }.over_file()?;
    let subsets = train.protocol == Some(Protocol::LeaveOneSubsetOut);
    // The table says which one.
    let protocol = train.protocol.filter(|protocol| *protocol != Protocol::LeaveOneSubsetOut);
    Ok((StudyFlags { train: TrainFlags { protocol, ..train }, faults }, subsets))
}

fn rows(args: &ReproduceArgs) -> Vec<Row> {
    if args.rows.is_empty() { usual_rows(args.table.into()) } else { args.rows.clone() }
}

fn check_rows(rows: &[Row], asked: &StudyArgs) -> Result<()> {
    run::check(rows, &asked.train)?;
    fit(rows, asked, &asked.train.any_labels()).map_err(|error| Error::Usage(error.to_string()))
}

/// Whether there is a model for every row.
fn fit(rows: &[Row], asked: &StudyArgs, labels: &[String]) -> Result<()> {
    rows.iter().try_for_each(|&row| run::settings(row, asked, labels).map(drop))
}

/// The digest of a table's recordings. They are listed in its folder, which must not list others.
///
/// # Errors
/// What differs, by name, or a folder that cannot be written.
fn the_same(out: &Path, now: &Fingerprint) -> Result<Digest> {
    let list = out.join("data.json");
    match Fingerprint::read(&list)? {
        Some(then) => match then.difference(now) {
            None => {}
            Some(difference) => {
                return Err(Error::input(format!(
                    "the runs in this folder were made on other data: {difference}. Use the same data, or another --out"
                ))
                .at(list.display()));
            }
        },
        None => {
            create_folder(out)?;
            now.write(&list)?;
        }
    }
    Ok(digest::of_text(&now.bytes()?))
}

/// Whether every run has a recording of every class to train on when these are left out.
///
/// # Errors
/// The classes of which none is left.
fn check_parts(dataset: &Dataset, parts: &[HeldOut], train: &TrainArgs, left_out: &[LeftOut]) -> Result<()> {
    let left_out: BTreeSet<&Path> = left_out.iter().map(|left_out| &*left_out.path).collect();
    for held_out in parts {
        let training = Parts::new(dataset, held_out, &train.recipe)?.training;
        let used = training.iter().filter(|example| !left_out.contains(&*example.path));
        check_classes(dataset, used.map(|example| example.label))?;
    }
    Ok(())
}

/// What is left out, for the report of a table.
fn in_words(left_out: &[LeftOut]) -> String {
    let names: Vec<String> = left_out.iter().map(ToString::to_string).collect();
    match names.len() {
        0 => String::new(),
        count => format!("; left out ({count}): {}", names.join("; ")),
    }
}

/// How the recordings of a table are split, of which so many were left out when they had been read.
fn protocol_in_words(
    dataset: &Dataset,
    asked: &StudyArgs,
    parts: &[HeldOut],
    subsets: bool,
    left_out: usize,
) -> Result<String> {
    let StudyArgs { train, faults } = asked;
    if let [listed @ HeldOut::Listed(_)] = parts {
        let protocol = Parts::new(dataset, listed, &train.recipe)?.protocol;
        return Ok(faults::in_words(protocol, faults));
    }
    let by_groups = dataset.examples.iter().all(Example::has_group);
    let chosen = if run::selects(train) {
        if by_groups {
            "epoch and threshold chosen on a part of the other recordings, by groups"
        } else {
            "epoch and threshold chosen on a part of the other recordings"
        }
    } else {
        "the last epoch taken, so nothing is chosen on any of them"
    };
    Ok(format!(
        "{} recordings, each held out once in {} {}, {}; {chosen}",
        dataset.examples.len().saturating_sub(left_out),
        parts.len(),
        if subsets { "subsets, one at a time and never trained on" } else { "folds" },
        dataset.separation()
    ))
}

/// What is held out in turn: the folds, or the subsets.
fn parts(dataset: &Dataset, subsets: bool) -> Result<Vec<HeldOut>> {
    if subsets {
        let names: BTreeSet<&str> = dataset.examples.iter().map(|example| example.subset.as_str()).collect();
        return Ok(names.into_iter().map(|name| HeldOut::Subset(name.into())).collect());
    }
    let folds: BTreeSet<u32> = dataset.folds(DEFAULT_FOLDS)?.into_iter().collect();
    Ok(folds.into_iter().map(|fold| HeldOut::Fold(Some(fold))).collect())
}
