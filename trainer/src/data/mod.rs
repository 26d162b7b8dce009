//! Recordings: their files, the lists that label them, and loading them.
//!
//! - [`audio_file`]: a recording from its file, a few samples at a time; [`digest`]: tells the same samples under any name
//! - [`csv_table`], [`text`], [`finder`], [`listing`], [`place`]: lists and names as people and programs leave them, and where
//!   they stand
//! - `manifest`, `physionet`, `circor`, `pascal`, [`dcase`], `folders`: the layouts; `layout`: which one a folder has; `row`:
//!   what each gives
//! - `labels`: which class a label means
//! - [`left_out`]: recordings that cannot be used, all at once
//! - `listed`, `same_sound`: recordings that are listed, or lie there, twice
//! - `example`, `dataset`: what comes of it; `folds`: which recordings are held out together
//! - [`library`]: recordings decoded and conditioned, in memory; [`cache`]: the same on disk, for the next program
//! - [`already_seen`]: how many of them a model was trained on or chosen with

pub mod already_seen;
pub mod audio_file;
pub mod cache;
mod circor;
pub mod csv_table;
mod dataset;
pub mod dcase;
pub mod digest;
mod example;
pub mod finder;
mod folders;
mod folds;
mod labels;
mod layout;
pub mod left_out;
pub mod library;
mod listed;
pub mod listing;
mod manifest;
mod pascal;
mod physionet;
pub mod place;
mod row;
mod same_sound;
#[cfg(test)]
mod tests;
pub mod text;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use spectnet_core::model::Task;

use crate::error::{Error, Result};
use crate::progress;

use audio_file::AudioFile;
use finder::called;
use labels::Labels;
use listed::Listed;
use row::Found;

pub use circor::CircorLabels;
pub use dataset::{Dataset, Opening};
pub use example::Example;
pub use folds::DEFAULT_FOLDS;
pub use layout::{Layout, recognise};
pub use left_out::LeftOut;
pub use physionet::published_list;

impl Dataset {
    /// Opens a manifest.csv, a PhysioNet folder (2016 or 2022), a PASCAL folder, a DCASE folder or a folder per class. A
    /// manifest wins over other layouts in the same folder. What is not taken as it stands there is said on standard error.
    ///
    /// # Errors
    /// Nothing recognisable or nothing in it, a label the task does not have, a fold that splits a group, with file and line;
    /// all recordings that cannot be used at once: missing, named twice, and where they are opened unreadable. Where those are
    /// skipped, only that none is left.
    pub fn open(path: &Path, task: Task, opening: Opening) -> Result<Self> {
        let found: Found = match recognise(path)? {
            Layout::Manifest(manifest) => manifest::read(&manifest)?.into(),
            Layout::PhysioNet(folders) => physionet::read(&folders)?,
            Layout::Circor(circor) => circor::read(&circor, opening.circor)?,
            Layout::Pascal(sets) => pascal::read(&sets)?,
            Layout::Scenes(sets) => dcase::rows(&sets)?,
            Layout::Folders(folder) => folders::read(&folder)?,
        };
        found.notes.iter().for_each(|note| say!("{note}"));
        let name = called(if path.is_file() { path.parent().unwrap_or(path) } else { path });
        if found.rows.is_empty() {
            return Err(Error::input(EMPTY).at(path.display()));
        }
        let dataset = Self::from_rows(name, found, task, opening)?;
        dataset.check_folds()?;
        Ok(dataset)
    }

    fn from_rows(name: String, found: Found, task: Task, opening: Opening) -> Result<Self> {
        let Found { rows, hint, .. } = found;
        let (labels, total) = (Labels::new(&rows, task), rows.len());
        let mut listed = Listed::default();
        for row in rows {
            listed.add(labels.number(&row)?, row);
        }
        let (mut examples, mut faults) = listed.finish();
        if opening.decodes {
            let unreadable = unreadable(&examples);
            let paths: HashSet<PathBuf> = unreadable.iter().map(|fault| fault.path.clone()).collect();
            examples.retain(|example| !paths.contains(&example.path));
            faults.extend(unreadable);
        }
        if !faults.is_empty() && (!opening.skips || examples.is_empty()) {
            let refusal = left_out::refusal(&faults, total, opening.may_skip && !opening.skips);
            return Err(match hint {
                Some(hint) => Error::input(format!("{refusal}; {hint}")),
                None => refusal,
            });
        }
        if opening.may_skip {
            left_out::say_left_out(&faults, total);
        }
        Ok(Self { name, labels: labels.names, examples, left_out: faults })
    }
}

/// The recordings that cannot be opened, or are damaged where they begin.
fn unreadable(examples: &[Example]) -> Vec<LeftOut> {
    let bar = progress::bar(examples.len() as u64, "opening recordings");
    let open = |example: &Example| {
        let opened = AudioFile::open(&example.path).and_then(|file| file.refuse_cut());
        bar.inc(1);
        opened.err().map(|error| LeftOut::unreadable(&example.path, error))
    };
    let faults = examples.par_iter().filter_map(open).collect();
    bar.finish_and_clear();
    faults
}

const EMPTY: &str = "no recordings; expected a manifest.csv (path,label[,group][,fold][,subset]), a PhysioNet folder \
    (training-a … training-f with REFERENCE.csv, or training_data with training_data.csv), a DCASE folder (meta.txt or \
    meta.csv, or folders that have it), PASCAL's set_a and set_b with their tables, or a folder of recordings per class";
