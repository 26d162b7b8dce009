//! A training run that has ended, read back from its folder: what it was, and what its model says of recordings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use spectnet_core::model::ModelConfig;
use spectnet_core::package::Provenance;
use spectnet_core::prediction::assessment::{Assessment, Scored};

use super::metrics::{Confusion, Metrics};
use super::statistics::Groups;
use crate::error::{Error, Result};
use crate::output::read_file;

/// Larger than what is said of a million recordings.
const MOST_BYTES: u64 = 1 << 28;
/// How the column of the probability of a label begins.
const PROBABILITY: &str = "probability of ";
/// What the recordings are called that chose nothing.
const HELD_OUT: &str = "held_out";

/// A run that has ended.
#[derive(Debug)]
pub struct PastRun {
    /// Its folder.
    pub folder: PathBuf,
    /// Its model.
    pub config: ModelConfig,
    /// Origin of its model.
    pub provenance: Provenance,
    /// Calibration and threshold, where they were measured.
    pub assessment: Option<Assessment>,
    /// What its model says of the recordings that are held out, or, where none are, of those that chose the epoch.
    pub said: Vec<Said>,
    /// Whether these are held out.
    pub held_out: bool,
}

/// What a model says of a recording, and the truth.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Its file, in the folder of the data.
    pub file: String,
    /// Its subset.
    pub subset: String,
    /// Its group; its own where the data names none.
    pub group: String,
    /// Number of its label.
    pub truth: usize,
    /// Number of the label that it was given; none where the model abstained.
    pub prediction: Option<usize>,
    /// Why the model abstained.
    pub abstained: String,
    /// Probability of every label.
    pub probabilities: Vec<f64>,
    /// By which its sound is known again, where the folder says so.
    pub digest: Option<String>,
}

/// What is read of `report.json`.
#[derive(Deserialize)]
struct Report {
    config: ModelConfig,
    provenance: Provenance,
    assessment: Option<Assessment>,
}

impl PastRun {
    /// Opens the folder of a run.
    ///
    /// # Errors
    /// A folder that is not one of a run, whose run has not ended, or that an earlier version made, which kept no predictions.
    pub fn open(folder: &Path) -> Result<Self> {
        let [report, predictions] = ["report.json", "predictions.csv"].map(|name| folder.join(name));
        for file in [&report, &predictions] {
            if !file.exists() {
                return Err(Error::input(
                    "there is none: this is not the folder of a training run, or the run has not ended, or an earlier version \
                     made it",
                )
                .at(file.display()));
            }
        }
        let read: std::result::Result<Report, _> = serde_json::from_slice(&read_file(&report, MOST_BYTES)?);
        let Report { config, provenance, assessment } =
            read.map_err(|error| Error::input(format!("not the report of a run: {error}")).at(report.display()))?;
        config.validate().map_err(|error| Error::from(error).at(report.display()))?;
        let bytes = read_file(&predictions, MOST_BYTES)?;
        let digests = digests(&folder.join("data.json"))?;
        let rows = rows(&bytes, &config.labels, &digests).map_err(|error| error.at(predictions.display()))?;
        let held_out = rows.iter().any(|(part, _)| part == HELD_OUT);
        let said = rows.into_iter().filter(|(part, _)| !held_out || part == HELD_OUT).map(|(_, said)| said);
        Ok(Self { folder: folder.to_path_buf(), said: said.collect(), config, provenance, assessment, held_out })
    }

    /// The recordings that got a label.
    pub fn answered(&self) -> Vec<&Said> {
        self.said.iter().filter(|said| said.prediction.is_some()).collect()
    }

    /// The counts of recordings that got a label.
    pub fn confusion(&self, said: &[&Said]) -> Confusion {
        let mut confusion = Confusion::new(&self.config.labels);
        let decided = said.iter().filter_map(|said| Some((said.truth, said.prediction?)));
        decided.for_each(|(truth, prediction)| confusion.add(truth, prediction));
        confusion
    }

    /// The metrics of recordings that got a label.
    pub fn metrics(&self, said: &[&Said]) -> Metrics {
        self.confusion(said).metrics(self.config.positive())
    }

    /// Their metrics averaged over subsets, each of which weighs the same.
    pub fn mean_over_subsets(&self, said: &[&Said]) -> Metrics {
        let of_subset = |part: &Vec<&Said>| self.metrics(part);
        Metrics::mean(&by_subset(said).values().map(of_subset).collect::<Vec<_>>())
    }

    /// Probability and truth of recordings; empty where no class of two is positive.
    pub fn scored(&self, said: &[&Said]) -> Vec<Scored> {
        let Some(positive) = self.config.positive().filter(|_| self.config.labels.len() == 2) else {
            return Vec::new();
        };
        let scored = |said: &&Said| {
            Some(Scored { probability: *said.probabilities.get(positive)?, positive: said.truth == positive })
        };
        said.iter().filter_map(scored).collect()
    }
}

/// Recordings by their subsets.
pub fn by_subset<'a>(said: &[&'a Said]) -> BTreeMap<&'a str, Vec<&'a Said>> {
    let mut parts: BTreeMap<&str, Vec<&Said>> = BTreeMap::new();
    said.iter().copied().for_each(|one| parts.entry(&one.subset).or_default().push(one));
    parts
}

/// Which recordings belong together.
pub fn groups(said: &[&Said]) -> Groups {
    Groups::new(said.iter().map(|said| said.group.as_str()))
}

/// The digests of recordings by file; none where the list is not there.
fn digests(path: &Path) -> Result<BTreeMap<String, String>> {
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let list: Value = serde_json::from_slice(&read_file(path, MOST_BYTES)?)
        .map_err(|error| Error::input(format!("not the data of a run: {error}")).at(path.display()))?;
    let known = |one: &Value| Some((one["path"].as_str()?.to_owned(), one["digest"].as_str()?.to_owned()));
    Ok(list["recordings"].as_array().into_iter().flatten().filter_map(known).collect())
}

/// Every row with its part.
fn rows(bytes: &[u8], labels: &[String], digests: &BTreeMap<String, String>) -> Result<Vec<(String, Said)>> {
    let wrong = |what: String| Error::input(format!("not the predictions of a run: {what}"));
    let mut table = csv::Reader::from_reader(bytes);
    let head = table.headers().map_err(|error| wrong(error.to_string()))?.clone();
    let column = |name: &str| {
        let found = head.iter().position(|head| head == name);
        found.ok_or_else(|| wrong(format!("there is no column {name:?}")))
    };
    let names = ["part", "file", "subset", "group", "truth", "label", "abstained"];
    let columns = names.into_iter().map(column).collect::<Result<Vec<usize>>>()?;
    let probabilities =
        labels.iter().map(|label| column(&format!("{PROBABILITY}{label}"))).collect::<Result<Vec<_>>>()?;
    let of_row = |row: csv::Result<csv::StringRecord>| -> Result<(String, Said)> {
        let row = row.map_err(|error| wrong(error.to_string()))?;
        let line = row.position().map_or(0, csv::Position::line);
        let cell = |column: usize| row.get(column).unwrap_or_default();
        let number = |label: &str| {
            let number = labels.iter().position(|known| known == label);
            number.ok_or_else(|| wrong(format!("line {line}: label {label:?} is none of the model's")))
        };
        let fraction = |column: &usize| {
            let fraction = cell(*column).parse::<f64>().ok().filter(|fraction| (0.0..=1.0).contains(fraction));
            fraction.ok_or_else(|| wrong(format!("line {line}: {:?} is no probability", cell(*column))))
        };
        let [part, file, subset, group, truth, label, abstained] =
            std::array::from_fn(|name| columns.get(name).map_or("", |column| cell(*column)));
        let said = Said {
            file: file.into(),
            subset: subset.into(),
            group: if group.is_empty() { format!("the recording {file}") } else { group.into() },
            truth: number(truth)?,
            prediction: if label.is_empty() { None } else { Some(number(label)?) },
            abstained: abstained.into(),
            probabilities: probabilities.iter().map(fraction).collect::<Result<_>>()?,
            digest: digests.get(file).cloned(),
        };
        Ok((part.to_owned(), said))
    };
    table.records().map(of_row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "file,part,fold,subset,group,truth,label,abstained,probability,probability of normal,probability of abnormal";

    fn read(lines: &str) -> Result<Vec<(String, Said)>> {
        let labels = ["normal", "abnormal"].map(String::from);
        let digests = BTreeMap::from([("a.wav".to_owned(), "0123".to_owned())]);
        rows(format!("{HEAD}\n{lines}").as_bytes(), &labels, &digests)
    }

    #[test]
    fn every_row_is_read_back() {
        let rows = read(
            "a.wav,held_out,1,x,anna,abnormal,normal,,0.25,0.75,0.25\nb.wav,chose,,x,,normal,,silent,0.5,0.5,0.5\n",
        );
        let rows = rows.unwrap();
        let first = Said {
            file: "a.wav".into(),
            subset: "x".into(),
            group: "anna".into(),
            truth: 1,
            prediction: Some(0),
            abstained: String::new(),
            probabilities: vec![0.75, 0.25],
            digest: Some("0123".into()),
        };
        assert_eq!(rows[0], (HELD_OUT.to_owned(), first));
        assert_eq!((rows[1].1.prediction, rows[1].1.abstained.as_str()), (None, "silent"));
        // Nobody is called as a recording without a group is.
        assert_eq!((rows[1].1.group.as_str(), &rows[1].1.digest), ("the recording b.wav", &None));
    }

    #[test]
    fn what_is_wrong_with_a_row_is_said_with_its_line() {
        for (row, expected) in [
            ("a.wav,chose,,x,,other,normal,,0.5,0.5,0.5\n", "line 2: label \"other\" is none of the model's"),
            ("a.wav,chose,,x,,normal,normal,,0.5,1.5,0.5\n", "line 2: \"1.5\" is no probability"),
            ("a.wav,chose\n", "not the predictions of a run: "),
        ] {
            let message = read(row).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        let other = rows(b"file,part\n", &[], &BTreeMap::new()).unwrap_err().to_string();
        assert!(other.contains("there is no column \"subset\""), "{other}");
    }
}
