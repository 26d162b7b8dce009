//! What a run or a table was made of: settings and recordings. Beside its results, so that they are taken for those of
//! nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use spectnet_core::package::recordings::{Digest, Part};

use crate::data::{Dataset, Example, LeftOut};
use crate::error::{Error, Result};
use crate::output;

/// Larger than what is said of a million recordings.
const MAX_BYTES: u64 = 1 << 28;

/// What something was made of: the contents of its file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Whatever decides the result beside the recordings.
    pub settings: Value,
    /// All recordings, by path.
    pub recordings: Vec<Known>,
    /// Those that could not be used, and why; they decide nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

/// What is known of one recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Its file, in the folder of the data.
    pub path: String,
    /// Its label.
    pub label: String,
    /// Its group, where the data names one.
    pub group: Option<String>,
    /// Its fold, where the data gives one.
    pub fold: Option<u32>,
    /// Its subset.
    pub subset: String,
    /// The part it plays, where all results rest on the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// By which its sound is known again; none before it was read, or where nothing was made of it.
    pub digest: Option<Digest>,
}

impl Fingerprint {
    /// Of a data set at a path, where `about` says which part a recording plays and how it sounds.
    pub fn new(
        settings: Value,
        dataset: &Dataset,
        data: &Path,
        about: impl Fn(&Example) -> (Option<Part>, Option<Digest>),
    ) -> Self {
        let known = |example: &Example| {
            let (part, digest) = about(example);
            Known {
                path: name_in(data, &example.path),
                label: dataset.labels[example.label].clone(),
                group: example.has_group().then(|| example.group.clone()),
                fold: example.fold,
                subset: example.subset.clone(),
                part,
                digest,
            }
        };
        let mut recordings: Vec<Known> = dataset.examples.iter().map(known).collect();
        recordings.sort_by(|a, b| a.path.cmp(&b.path));
        Self { settings, recordings, left_out: Vec::new() }
    }

    /// The one in a file; none where there is no such file.
    ///
    /// # Errors
    /// A file that is none, or cannot be read.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        if !path.exists() {
            return Ok(None);
        }
        let bytes = output::read_file(path, MAX_BYTES)?;
        let read = serde_json::from_slice(&bytes);
        read.map(Some)
            .map_err(|error| Error::input(format!("not a list of settings and recordings: {error}")).at(path.display()))
    }

    /// Leaves it in a file.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, path: &Path) -> Result<()> {
        output::write_file(path, &self.bytes()?)
    }

    /// Its text.
    ///
    /// # Errors
    /// None that is known: everything in it can be written.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec_pretty(self)
            .map_err(|error| Error::input(format!("settings and recordings cannot be written: {error}")))
    }

    /// What was otherwise when this was written than it is now, in words; none where nothing was. What was not decoded yet
    /// does not count.
    pub fn difference(&self, now: &Self) -> Option<String> {
        let mut found = differing_settings(&self.settings, &now.settings);
        let decoded = now.recordings.iter().any(|known| known.digest.is_some());
        let (then, now) = (self.by_path(), now.by_path());
        found.extend(then.keys().filter(|path| !now.contains_key(*path)).map(|path| format!("{path} is missing now")));
        found.extend(now.keys().filter(|path| !then.contains_key(*path)).map(|path| format!("{path} was not there")));
        for (path, then) in then {
            found.extend(now.get(path).into_iter().flat_map(|now| then.difference(now, decoded)));
        }
        let first = found.first()?;
        Some(match found.len() {
            1 => first.clone(),
            2 => format!("{first}; and another difference"),
            more => format!("{first}; and {} more differences", more - 1),
        })
    }

    fn by_path(&self) -> BTreeMap<&str, &Known> {
        self.recordings.iter().map(|known| (known.path.as_str(), known)).collect()
    }
}

impl Known {
    fn difference(&self, now: &Self, decoded: bool) -> Vec<String> {
        let path = &self.path;
        let text = |value: Option<&str>| value.map_or("not given".to_owned(), |value| format!("{value:?}"));
        let fold = |fold: Option<u32>| fold.map(|fold| fold.to_string());
        let part = |part: Option<Part>| match part {
            Some(Part::Trained) => "trained on",
            Some(Part::Chose) => "choosing the epoch",
            Some(Part::HeldOut) => "held out",
            None => "without a part",
        };
        let otherwise = |what: &str, then: Option<&str>, now: Option<&str>| {
            (then != now).then(|| format!("the {what} of {path} was {} and is {} now", text(then), text(now)))
        };
        let mut found = vec![
            otherwise("label", Some(&self.label), Some(&now.label)),
            otherwise("group", self.group.as_deref(), now.group.as_deref()),
            otherwise("fold", fold(self.fold).as_deref(), fold(now.fold).as_deref()),
            otherwise("subset", Some(&self.subset), Some(&now.subset)),
        ];
        found.push(
            (self.part != now.part)
                .then(|| format!("{path} was {} and would be {} now", part(self.part), part(now.part))),
        );
        found.push((decoded && self.digest != now.digest).then(|| format!("the sound of {path} is another")));
        found.into_iter().flatten().collect()
    }
}

/// What a recording is called in files: its path within the folder of the data, which is another one on another machine.
pub fn name_in(data: &Path, recording: &Path) -> String {
    let folder = if data.is_file() { data.parent().unwrap_or(data) } else { data };
    recording.strip_prefix(folder).unwrap_or(recording).display().to_string()
}

/// What differs between settings, by the name under which it is asked for.
pub fn differing_settings(then: &Value, now: &Value) -> Vec<String> {
    let (mut of_then, mut of_now) = (BTreeMap::new(), BTreeMap::new());
    leaves(then, String::new(), &mut of_then);
    leaves(now, String::new(), &mut of_now);
    let text = |value: Option<&Value>| match value {
        None => "not given".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let keys: BTreeSet<&String> = of_then.keys().chain(of_now.keys()).collect();
    let differs = keys.into_iter().filter(|key| of_then.get(*key) != of_now.get(*key));
    differs
        .map(|key| {
            let (then, now) = (text(of_then.get(key).copied()), text(of_now.get(key).copied()));
            format!("{} was {then} and is {now} now", asked_by(key))
        })
        .collect()
}

/// Values that are no objects, by the names on the way to them.
fn leaves<'a>(value: &'a Value, path: String, found: &mut BTreeMap<String, &'a Value>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                leaves(member, if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, found);
            }
        }
        // What is not there and what is null are alike.
        Value::Null => {}
        other => _ = found.insert(path, other),
    }
}

/// What people call a setting: its flag, where it has one.
fn asked_by(key: &str) -> String {
    match key.split_once('.') {
        Some(("recipe", "selection")) => "--select".into(),
        Some(("recipe", name)) => format!("--{}", name.replace('_', "-")),
        Some(("config", name)) => format!("the model's {name}"),
        _ => match key {
            "held_out" => "what is held out".into(),
            "from" => "--from".into(),
            other => format!("the {other}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn known(path: &str) -> Known {
        Known {
            path: path.into(),
            label: "normal".into(),
            group: Some("anna".into()),
            fold: Some(1),
            subset: "a".into(),
            part: Some(Part::Trained),
            digest: Some(Digest::new([1; 8])),
        }
    }

    fn fingerprint() -> Fingerprint {
        let settings = json!({
            "protocol": "grouped", "held_out": "fold 0 of 4",
            "config": { "front_end": { "filters": 16 } }, "recipe": { "seed": 0, "augment": ["gain"], "learning_rate": 1e-3 }
        });
        Fingerprint { settings, recordings: vec![known("1.wav"), known("2.wav")], left_out: Vec::new() }
    }

    #[test]
    fn whatever_differs_is_named() {
        let then = fingerprint();
        assert_eq!(then.difference(&fingerprint()), None);
        type Change = fn(&mut Fingerprint);
        let cases: [(Change, &str); 14] = [
            (|now| now.settings["recipe"]["seed"] = json!(1), "--seed was 0 and is 1 now"),
            (|now| now.settings["recipe"]["learning_rate"] = json!(0.01), "--learning-rate was 0.001 and is 0.01 now"),
            (|now| now.settings["recipe"]["augment"] = json!([]), "--augment was [\"gain\"] and is [] now"),
            (|now| now.settings["recipe"]["minutes"] = json!(["x"]), "--minutes was not given and is [\"x\"] now"),
            (|now| now.settings["protocol"] = json!("published"), "the protocol was grouped and is published now"),
            (
                |now| now.settings["held_out"] = json!("fold 1 of 4"),
                "what is held out was fold 0 of 4 and is fold 1 of 4 now",
            ),
            (
                |now| now.settings["config"]["front_end"]["filters"] = json!(8),
                "the model's front_end.filters was 16 and is 8 now",
            ),
            (|now| _ = now.recordings.pop(), "2.wav is missing now"),
            (|now| now.recordings.push(known("3.wav")), "3.wav was not there"),
            (
                |now| now.recordings[1].label = "abnormal".into(),
                "the label of 2.wav was \"normal\" and is \"abnormal\" now",
            ),
            (|now| now.recordings[1].group = None, "the group of 2.wav was \"anna\" and is not given now"),
            (|now| now.recordings[0].fold = Some(2), "the fold of 1.wav was \"1\" and is \"2\" now"),
            (|now| now.recordings[0].part = Some(Part::HeldOut), "1.wav was trained on and would be held out now"),
            (|now| now.recordings[0].digest = Some(Digest::new([2; 8])), "the sound of 1.wav is another"),
        ];
        for (change, expected) in cases {
            let mut now = fingerprint();
            change(&mut now);
            assert_eq!(then.difference(&now).as_deref(), Some(expected));
        }
        let mut now = fingerprint();
        now.recordings.iter_mut().for_each(|known| known.subset = "b".into());
        now.settings["recipe"]["seed"] = json!(1);
        assert_eq!(then.difference(&now).unwrap(), "--seed was 0 and is 1 now; and 2 more differences");
        // Before anything is decoded nothing is compared.
        let mut undecoded = fingerprint();
        undecoded.recordings.iter_mut().for_each(|known| known.digest = None);
        assert_eq!(then.difference(&undecoded), None);
    }

    #[test]
    fn a_fingerprint_comes_back_from_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        assert_eq!(Fingerprint::read(&path).unwrap(), None);
        fingerprint().write(&path).unwrap();
        assert_eq!(Fingerprint::read(&path).unwrap(), Some(fingerprint()));
        let left_out = vec![LeftOut::listed(Path::new("3.wav"), "manifest.csv, line 4", "is not there")];
        let without = Fingerprint { left_out, ..fingerprint() };
        without.write(&path).unwrap();
        assert_eq!(Fingerprint::read(&path).unwrap(), Some(without.clone()));
        assert_eq!(without.difference(&fingerprint()), None);
        std::fs::write(&path, "{}").unwrap();
        assert!(Fingerprint::read(&path).unwrap_err().to_string().contains("run.json: not a list of"));
    }
}
