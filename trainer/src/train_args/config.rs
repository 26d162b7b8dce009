//! A configuration file under the flags: the values of both in one table, in which those of the flags take the place of the
//! file's.

use std::ops::Range;

use clap::Args;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeString, DeTable, Deserializer};

use super::flags::TrainFlags;
use super::nearest::nearest;
use super::origins::Origins;
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
        if self.config.is_none() && self.set.is_empty() {
            return Ok((self, beside));
        }
        let (config, print_config) = (self.config.clone(), self.print_config);
        let set = self.set.iter().map(|said| as_line(said)).collect::<Result<Vec<String>>>()?;
        let (flags, beside) =
            over(&self, &as_text(&self, &beside)?, &set.concat()).map_err(|Wrong { line, what }| {
                let said = self.set.get(line.saturating_sub(1)).map_or("", String::as_str);
                Error::Usage(format!("--set {said}: {what}"))
            })?;
        let Some(path) = config else {
            return Ok((Self { print_config, origins: Origins::default(), ..flags }, beside));
        };
        let said = as_text(&flags, &beside)?;
        let text = read_text(&path)?;
        let (mut flags, beside) = over(&flags, &said, &text)
            .map_err(|Wrong { line, what }| Error::input(what).at(format!("{}, line {line}", path.display())))?;
        flags.origins = flags.origins.of_file(&path);
        Ok((Self { print_config, ..flags }, beside))
    }

    /// These flags and others `beside` them as the text of a configuration file.
    ///
    /// # Errors
    /// [`Error::Usage`] for flags that no such file could hold.
    pub fn as_file(&self, beside: &impl Serialize) -> Result<String> {
        as_text(self, beside)
    }
}

/// A setting of the command line, `KEY=VALUE`, as a line of a configuration file. What is no value there is text.
fn as_line(said: &str) -> Result<String> {
    let is_key = |key: &str| !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    let Some((key, value)) = said.split_once('=').filter(|(key, _)| is_key(key.trim())) else {
        return Err(Error::Usage(format!("--set {said}: expected a setting and its value, as in learning-rate=0.001")));
    };
    let (key, value) = (key.trim(), value.trim());
    let line = format!("{key} = {value}\n");
    if !value.contains(['\n', '\r', '#']) && DeTable::parse(&line).is_ok() {
        return Ok(line);
    }
    Ok(format!("{key} = {}\n", toml::Value::String(value.replace(['\n', '\r'], " "))))
}

/// What is wrong with a configuration file, and where.
#[derive(Debug)]
pub(super) struct Wrong {
    line: usize,
    pub(super) what: String,
}

impl Wrong {
    fn new(text: &str, place: Option<Range<usize>>, what: &str) -> Self {
        let line = place.map_or(1, |place| line_of(text, &place));
        Self { line, what: what.trim().replace('\n', ", ") }
    }
}

/// The line in which a place of a text begins, from 1.
fn line_of(text: &str, place: &Range<usize>) -> usize {
    1 + text.get(..place.start).unwrap_or(text).matches('\n').count()
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
    let lines = file.keys().map(|key| (key.get_ref().to_string(), line_of(text, &key.span()))).collect();
    file.extend(said);
    // Each part takes its own keys.
    let front_end = FrontEndFlags::deserialize(Deserializer::from(settings.clone())).map_err(wrong)?;
    let beside = F::deserialize(Deserializer::from(settings.clone())).map_err(wrong)?;
    let flags = TrainFlags::deserialize(Deserializer::from(settings)).map_err(wrong)?;
    let origins = Origins::new(lines);
    Ok((TrainFlags { front_end, origins, ..flags }, beside))
}

/// Whether every key is some flag's.
fn known(text: &str, settings: &DeTable, spellings: &[Vec<String>]) -> std::result::Result<(), Wrong> {
    let is_known = |key: &Spanned<DeString>| spellings.iter().flatten().any(|name| *name == **key.get_ref());
    let Some(key) = settings.keys().find(|key| !is_known(key)) else { return Ok(()) };
    let expected = spellings.iter().flatten().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let near = nearest(key.get_ref(), spellings.iter().flatten().map(String::as_str));
    let near = near.map_or(String::new(), |near| format!(" (did you mean `{near}`?)"));
    let what = format!("unknown field `{}`{near}, expected one of {expected}", key.get_ref());
    Err(Wrong::new(text, Some(key.span()), &what))
}

/// What can be set in a file, each by all its names: the flags of training and those beside them, but those that name or print
/// files.
pub(super) fn spellings<F: Args>() -> Vec<Vec<String>> {
    let command = F::augment_args(TrainFlags::augment_args(clap::Command::new("train")));
    let not_there = ["config", "set", "print_config", "list_augmentations"];
    let flags = command.get_arguments().filter(|argument| !not_there.contains(&argument.get_id().as_str()));
    let names = flags.filter_map(|argument| argument.get_long_and_visible_aliases());
    names.map(|names| names.into_iter().map(String::from).collect()).collect()
}
