//! `spectnet reproduce`: a whole table, run by run.

mod args;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use spectnet_core::learning::recipe::Selection;
use spectnet_core::model::Task;
use spectnet_core::package::recordings::Digest;

use crate::compute::device;
use crate::data::cache::Cache;
use crate::data::library::Library;
use crate::data::{DEFAULT_FOLDS, Dataset, Example, LeftOut, digest};
use crate::error::{Error, Result};
use crate::output::{create_folder, print};
use crate::study::args::{StudyArgs, StudyFlags};
use crate::study::faults;
use crate::study::markdown::markdown;
use crate::study::report::Report;
use crate::study::row::Row;
use crate::study::run::{self, Run};
use crate::study::work::{State, Work};
use crate::train_args::{Protocol, TrainArgs, TrainFlags};
use crate::training::fingerprint::Fingerprint;
use crate::training::parts::{HeldOut, Parts, check_classes};
use crate::training::stop::Stop;

use args::usual_rows;

pub use args::ReproduceArgs;

/// Runs the command.
///
/// # Errors
/// Settings that do not fit together or the data, unreadable data, an unwritable folder, training that diverges, or a signal
/// that asks for the end.
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
    let mut library = Library::new(train.opening.skips, Cache::new(train.cache.as_ref()));
    let data = match rows.first() {
        Some(&row) => the_same(&out, &run::recordings(row, train, &dataset, &parts, &mut library)?)?,
        None => return Err(Error::Usage("--rows names no row".into())),
    };
    library.leave_out_copies(&dataset.examples)?;
    let left_out: Vec<LeftOut> = dataset.left_out.iter().chain(library.left_out()).cloned().collect();
    check_parts(&dataset, &parts, train, &left_out)?;

    // Seed by seed: an unfinished table has every row with fewer seeds, not some rows with all of them.
    let runs: Vec<Run> = (0..args.seeds)
        .flat_map(|seed| rows.iter().map(move |&row| (seed, row)))
        .flat_map(|(seed, row)| parts.iter().map(move |held_out| Run { row, held_out: held_out.clone(), seed }))
        .collect();
    let settings = rows
        .iter()
        .map(|&row| Ok((row, run::settings(row, &asked, &dataset.labels)?)))
        .collect::<Result<BTreeMap<Row, Value>>>()?;
    // Up to here there is nothing to save, and a signal ends the program as usual.
    let stop = Stop::listen()?;
    let work = Work {
        asked: &asked,
        dataset: &dataset,
        data,
        device: &compute.device,
        out: &out,
        runs: &runs,
        settings: &settings,
        ways: args.ways(),
        stop: &stop,
    };
    let mut states = work.make(&mut library)?;
    let protocol = format!(
        "{}; device {}{}",
        protocol_in_words(&dataset, &asked, &parts, subsets, library.left_out().count())?,
        compute.name,
        in_words(&left_out)
    );
    // Written again where others have come to more while it was written: the last one to write knows most.
    let report = loop {
        let report = Report::new(task, &work, &rows, parts.len(), &states, protocol.clone());
        report.write(&out)?;
        if !work.look_again(&mut states)? {
            break report;
        }
    };
    let open = runs.len() - report.runs[0] - report.failed.len();
    if open > 0 {
        say!("{}", unfinished(args, &work, &states, report.runs));
    }
    print(&markdown(&report))?;
    if report.failed.is_empty() { Ok(()) } else { Err(Error::Reported) }
}

/// Why a table is not complete, and what to do.
fn unfinished(args: &ReproduceArgs, work: &Work, states: &[State], [done, all]: [usize; 2]) -> String {
    let is_open = |(number, state): (usize, &State)| matches!(state, State::Open) && work.is_mine(number);
    let mine = states.iter().enumerate().filter(|one| is_open(*one)).count();
    match (args.shard, args.budget) {
        (Some(shard), _) if mine == 0 => format!("share {shard} is done; {done} of {all} runs of the table are there"),
        (_, Some(_)) => format!("the budget is used up: {done} of {all} runs are done; the same command goes on"),
        _ => format!("{done} of {all} runs are done, others are being made; the same command goes on"),
    }
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
    let of_others =
        if by_groups { "a part of the other recordings, by groups" } else { "a part of the other recordings" };
    let chosen = match train.recipe.selection {
        Selection::Best => format!("epoch and threshold chosen on {of_others}"),
        Selection::Calibrated => format!("the last epoch taken, its threshold chosen on {of_others}"),
        Selection::Last => "the last epoch taken, so nothing is chosen on any of them".to_owned(),
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
