//! A configuration file under the flags: the values of both in one table, in which those of the flags take the place of the
//! file's.

use std::ops::Range;

use clap::Args;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeString, DeTable, Deserializer};

use super::flags::TrainFlags;
use crate::error::{Error, Result};
use crate::front_end::FrontEndFlags;
use crate::output::read_text;

/// No flags beside those of training.
#[derive(Debug, Args, Serialize, Deserialize)]
pub(super) struct Nothing {}

impl TrainFlags {
    /// These flags over the settings of the configuration file that they name, if they name one.
    ///
    /// # Errors
    /// A file that cannot be read, a key in it that is no flag or a value of another kind, with its line; [`Error::Usage`] for
    /// flags that no such file could hold.
    pub fn over_file(self) -> Result<Self> {
        self.over_file_beside(Nothing {}).map(|(flags, _)| flags)
    }

    /// The same for these flags and others `beside` them, which may stand in the same file.
    ///
    /// # Errors
    /// Those of [`over_file`](Self::over_file).
    pub fn over_file_beside<F: Args + Serialize + DeserializeOwned>(self, beside: F) -> Result<(Self, F)> {
        let Some(path) = &self.config else { return Ok((self, beside)) };
        let said = as_text(&self, &beside)?;
        let text = read_text(path)?;
        over(&self, &said, &text)
            .map_err(|Wrong { line, what }| Error::input(what).at(format!("{}, line {line}", path.display())))
    }
}

/// What is wrong with a configuration file, and where.
#[derive(Debug)]
pub(super) struct Wrong {
    line: usize,
    pub(super) what: String,
}

impl Wrong {
    fn new(text: &str, place: Option<Range<usize>>, what: &str) -> Self {
        let line = place.map_or(1, |place| 1 + text.get(..place.start).unwrap_or(text).matches('\n').count());
        Self { line, what: what.trim().replace('\n', ", ") }
    }
}

/// The flags that are given, as a configuration file would have them.
fn as_text(flags: &TrainFlags, beside: &impl Serialize) -> Result<String> {
    let parts = [toml::to_string(flags), toml::to_string(&flags.front_end), toml::to_string(beside)];
    let text: std::result::Result<String, _> = parts.into_iter().collect();
    text.map_err(|error| Error::Usage(format!("these flags cannot stand beside a configuration file: {error}")))
}

/// The flags, which `said` has as text, over the settings in the text of a configuration file.
pub(super) fn over<F: Args + DeserializeOwned>(
    flags: &TrainFlags,
    said: &str,
    text: &str,
) -> std::result::Result<(TrainFlags, F), Wrong> {
    let wrong = |error: toml::de::Error| Wrong::new(text, error.span(), error.message());
    let spellings = spellings::<F>();
    let mut settings = DeTable::parse(text).map_err(wrong)?;
    known(text, settings.get_ref(), &spellings)?;
    let said = DeTable::parse(said).map_err(wrong)?.into_inner();
    let replaced = spellings.iter().filter(|names| names.iter().any(|name| said.contains_key(name.as_str())));
    let file = settings.get_mut();
    replaced.flatten().for_each(|name| drop(file.remove(name.as_str())));
    flags.front_end.overrules().for_each(|name| drop(file.remove(name)));
    file.extend(said);
    // Each part takes its own keys.
    let front_end = FrontEndFlags::deserialize(Deserializer::from(settings.clone())).map_err(wrong)?;
    let beside = F::deserialize(Deserializer::from(settings.clone())).map_err(wrong)?;
    let flags = TrainFlags::deserialize(Deserializer::from(settings)).map_err(wrong)?;
    Ok((TrainFlags { front_end, ..flags }, beside))
}

/// Whether every key is some flag's.
fn known(text: &str, settings: &DeTable, spellings: &[Vec<String>]) -> std::result::Result<(), Wrong> {
    let is_known = |key: &Spanned<DeString>| spellings.iter().flatten().any(|name| *name == **key.get_ref());
    let Some(key) = settings.keys().find(|key| !is_known(key)) else { return Ok(()) };
    let expected = spellings.iter().flatten().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let what = format!("unknown field `{}`, expected one of {expected}", key.get_ref());
    Err(Wrong::new(text, Some(key.span()), &what))
}

/// What can be set in a file, each by all its names: the flags of training and those beside them, but the one that names the
/// file.
pub(super) fn spellings<F: Args>() -> Vec<Vec<String>> {
    let command = F::augment_args(TrainFlags::augment_args(clap::Command::new("train")));
    let flags = command.get_arguments().filter(|argument| argument.get_id() != "config");
    let names = flags.filter_map(|argument| argument.get_long_and_visible_aliases());
    names.map(|names| names.into_iter().map(String::from).collect()).collect()
}
