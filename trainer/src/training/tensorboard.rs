//! What TensorBoard shows of a run: an event file in its folder, which grows while the run is made.
//!
//! The messages are those of TensorFlow's [event.proto](https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/event.proto)
//! and [summary.proto](https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/summary.proto), as far as
//! they are written here. Of the crates that write such files, `tensorboard-rs` had its last release in 2022 and brings
//! protobuf 2 along (RUSTSEC-2024-0437), and `tboard` an older `prost` with its compiler of descriptions. With `prost` and
//! `crc32c`, which are among the dependencies of others anyway, a scalar is a few lines.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use prost::Message;

use super::machine;
use super::observer::{EpochEnd, GradientNorm, Steps};
use crate::error::{Error, Result};
use crate::evaluation::metrics::Metrics;

/// What every file says of itself first.
const VERSION: &str = "brain.Event:2";
/// `SessionLog.START`: what older files say of this step and later ones does not hold any more.
const START: i32 = 1;
/// Added to a rotated checksum, as the format asks for.
const MASK: u32 = 0xa282_ead8;

/// `Event`.
#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
    #[prost(message, optional, tag = "7")]
    session_log: Option<SessionLog>,
}

/// `Summary`.
#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Scalar>,
}

/// `Summary.Value` with a number.
#[derive(Clone, PartialEq, Message)]
struct Scalar {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
}

/// `SessionLog`.
#[derive(Clone, PartialEq, Message)]
struct SessionLog {
    #[prost(int32, tag = "1")]
    status: i32,
}

/// The event file of a process that makes a run.
#[derive(Debug)]
pub struct EventFile {
    path: PathBuf,
    file: File,
    /// Batches of the whole run, by which everything is drawn.
    step: i64,
}

impl EventFile {
    /// A new one in the folder of a run that goes on after so many batches; 0 begins.
    ///
    /// # Errors
    /// What the system says.
    pub fn create(folder: &Path, batches: u64) -> Result<Self> {
        let (seconds, process) = (now() as u64, std::process::id());
        let safe = |letter: char| if letter.is_alphanumeric() || letter == '-' { letter } else { '_' };
        let host: String = machine::host().chars().map(safe).collect();
        let path = folder.join(format!("events.out.tfevents.{seconds:010}.{host}.{process}"));
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let file = file.map_err(|source| Error::io("write the file", &path, source))?;
        let mut events = Self { path, file, step: i64::try_from(batches).unwrap_or(0) };
        events.write(Event { file_version: Some(VERSION.into()), step: 0, ..events.event() })?;
        events.write(Event { session_log: Some(SessionLog { status: START }), ..events.event() })?;
        Ok(events)
    }

    /// Some steps.
    ///
    /// # Errors
    /// What the system says.
    pub fn steps(&mut self, steps: &Steps) -> Result<()> {
        self.step = i64::try_from(steps.batch).unwrap_or(i64::MAX);
        let norm = |of: fn(&GradientNorm) -> f64| steps.gradient_norm.as_ref().map(of);
        self.scalars(&[
            ("training/loss", steps.loss),
            ("training/learning rate", Some(steps.learning_rate)),
            ("training/learning rate of the filters", Some(steps.front_end_learning_rate)),
            ("training/gradient norm", norm(|norm| norm.classifier)),
            ("training/gradient norm of the filters", norm(|norm| norm.front_end)),
            ("machine/windows a second", Some(steps.windows_per_s)),
            ("machine/share of time waiting for data", Some(steps.waiting)),
            ("machine/skipped steps", Some(steps.skipped as f64)),
        ])
    }

    /// The end of an epoch, at the step of its last batch.
    ///
    /// # Errors
    /// What the system says.
    pub fn epoch(&mut self, end: &EpochEnd) -> Result<()> {
        let mut scalars = vec![
            ("epoch/number".to_owned(), Some(end.epoch.epoch as f64)),
            ("epoch/training loss".to_owned(), Some(end.epoch.training_loss)),
            ("epoch/largest shift of a filter in Hz".to_owned(), Some(end.epoch.largest_shift_hz)),
        ];
        if let Some(validation) = end.validation {
            scalars.push(("validation/loss".into(), Some(validation.loss)));
            scalars.push(("validation/score that chooses the epoch".into(), end.epoch.validation_score));
            scalars.extend(of_metrics("validation", &validation.recording));
            for (name, subset) in &validation.subsets {
                scalars.extend(of_metrics(&format!("subset {name}"), &subset.recording));
            }
        }
        let scalars: Vec<(&str, Option<f64>)> = scalars.iter().map(|(tag, value)| (&**tag, *value)).collect();
        self.scalars(&scalars)
    }

    fn scalars(&mut self, scalars: &[(&str, Option<f64>)]) -> Result<()> {
        let known = scalars.iter().filter_map(|(tag, value)| Some((*tag, (*value)?)));
        let value = known.map(|(tag, value)| Scalar { tag: tag.into(), simple_value: Some(value as f32) }).collect();
        self.write(Event { summary: Some(Summary { value }), ..self.event() })
    }

    fn event(&self) -> Event {
        Event { wall_time: now(), step: self.step, ..Event::default() }
    }

    fn write(&mut self, event: Event) -> Result<()> {
        let record = record(&event.encode_to_vec());
        self.file.write_all(&record).map_err(|source| Error::io("write the file", &self.path, source))
    }
}

fn of_metrics(of: &str, metrics: &Metrics) -> impl Iterator<Item = (String, Option<f64>)> {
    let Metrics { accuracy, macc, sensitivity, specificity, .. } = *metrics;
    let named = [("accuracy", accuracy), ("MAcc", macc), ("sensitivity", sensitivity), ("specificity", specificity)];
    let of = of.to_owned();
    named.into_iter().map(move |(name, value)| (format!("{of}/{name}"), value))
}

/// A record of the TFRecord format: length and content, each with its checksum.
fn record(content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u64).to_le_bytes();
    let [of_length, of_content] = [&length[..], content].map(|bytes| checksum(bytes).to_le_bytes());
    [&length[..], &of_length, content, &of_content].concat()
}

fn checksum(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(MASK)
}

/// Seconds since the beginning of 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_that_of_the_format() {
        // The check value of CRC-32C, and its mask: rotated by 15 bits, and a constant added.
        assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(checksum(b"123456789"), 0xc78a_b0e5);
        assert_eq!(checksum(b""), MASK);
        let record = record(b"ab");
        assert_eq!((record.len(), &record[..8], &record[12..14]), (18, &[2, 0, 0, 0, 0, 0, 0, 0][..], &b"ab"[..]));
        assert_eq!(record[14..], checksum(b"ab").to_le_bytes());
    }

    #[test]
    fn an_event_has_the_bytes_of_its_message() {
        let value = vec![Scalar { tag: "a".into(), simple_value: Some(0.0) }];
        let event = Event { step: 3, summary: Some(Summary { value }), ..Event::default() };
        // step 3; summary of 10 bytes: value of 8 bytes: tag "a", number 0, which is written though it is 0.
        let expected = [0x10, 3, 0x2a, 10, 0x0a, 8, 0x0a, 1, b'a', 0x15, 0, 0, 0, 0];
        assert_eq!(event.encode_to_vec(), expected);
    }
}
