//! What TUT Acoustic Scenes 2016 promises (its README, version 1.1): 15 scenes with 78 segments each in the development
//! set and 26 in the evaluation set, 30 s, 44.1 kHz, 24 bits, two channels.

use std::collections::{BTreeMap, BTreeSet};

use super::deviation::Deviation;
use crate::data::audio_file::is_recording;
use crate::data::dcase::{Edition, Kind, Lists, Problem, Set, problems};
use crate::data::listing::entries;
use crate::error::Result;

const SCENES: [&str; 15] = [
    "beach",
    "bus",
    "cafe/restaurant",
    "car",
    "city_center",
    "forest_path",
    "grocery_store",
    "home",
    "library",
    "metro_station",
    "office",
    "park",
    "residential_area",
    "train",
    "tram",
];
const FOLDS: [u32; 4] = [1, 2, 3, 4];
/// Recordings that fold 1 of the whole development set evaluates, as dcase_util's manual shows them.
const FIRST_FOLD: usize = 290;
const SECONDS: f64 = 30.0;
/// Some segments are a sample longer.
const SECONDS_OFF: f64 = 0.1;
const SAMPLE_RATE: u32 = 44_100;
const CHANNELS: usize = 2;
const BITS: u16 = 24;

const META: &str = "extract the meta archive (TUT-acoustic-scenes-2016-….meta.zip) again";
const AUDIO: &str = "extract the audio archives (TUT-acoustic-scenes-2016-….audio.N.zip) again; converted copies can be \
    trained on, but are not the published data";

/// What was found out about a recording by decoding it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decoded {
    /// Length in seconds.
    pub seconds: f64,
    /// Whether every sample is 0.
    pub silent: bool,
    /// Samples per second.
    pub sample_rate: u32,
    /// Number of channels.
    pub channels: usize,
    /// Bits of a sample, where the format stores samples.
    pub bits: Option<u16>,
}

/// What deviates in the lists of all sets.
pub fn of_lists(sets: &[Set]) -> Vec<Deviation> {
    let deviation =
        |problem: Problem| Some(Deviation::of(problem.what, problem.offenders, problem.advice)?.of_set(&problem.set));
    problems(sets).into_iter().filter_map(deviation).collect()
}

/// What deviates in one set: its files and, of 2016, its scenes, its folds, and length and format of its recordings. `decoded`
/// has the recordings that could be read.
///
/// # Errors
/// A folder that cannot be listed.
pub fn of_set(set: &Set, decoded: &BTreeMap<String, Decoded>) -> Result<Vec<Deviation>> {
    let missing = set.missing().into_iter().map(|entry| entry.file.clone()).collect();
    let missing = Deviation::of(
        "recordings are not there",
        missing,
        "extract all audio archives into the folder that holds the list, so that audio/ has the files",
    );
    let unlisted = Deviation::of(
        "audio files are in no list",
        unlisted(set)?,
        "move them elsewhere, or extract the meta archive again if the list of all recordings is cut off",
    );
    let mut found = vec![missing, unlisted];
    if set.edition == Edition::Tut2016 {
        found.extend(scenes(set).into_iter().chain(folds(set)).chain(sound(set, decoded)));
    }
    Ok(found.into_iter().flatten().map(|deviation| deviation.of_set(&set.name())).collect())
}

/// Segments of each scene.
fn per_scene(set: &Set) -> usize {
    match set.kind {
        Some(Kind::Evaluation) => 26,
        Some(Kind::Development) | None => 78,
    }
}

/// Recordings of each scene.
pub fn counts<'a>(files: impl Iterator<Item = Option<&'a str>>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    files.flatten().for_each(|scene| *counts.entry(scene.to_string()).or_default() += 1);
    counts
}

fn scenes(set: &Set) -> [Option<Deviation>; 3] {
    let per_scene = per_scene(set);
    let found = counts(set.recordings.iter().map(|entry| entry.scene.as_deref()));
    let count = |scene: &str| found.get(scene).copied().unwrap_or(0);
    let line = |scene: &&str| format!("{scene} {} of {per_scene}", count(scene));
    let fewer: Vec<String> = SCENES.iter().filter(|scene| count(scene) < per_scene).map(line).collect();
    let more = SCENES.iter().filter(|scene| count(scene) > per_scene).map(line).collect();
    let others = found.keys().filter(|scene| !SCENES.contains(&&scene[..])).cloned().collect();
    let whole = per_scene * SCENES.len();
    [
        Deviation::of(
            format!("a part of the distribution: {} of {whole} recordings", set.recordings.len()),
            fewer,
            "enough to train on; figures for the published set need all of it",
        ),
        Deviation::of("more recordings of a scene than the distribution has", more, META),
        Deviation::of("scenes that TUT Acoustic Scenes 2016 does not have", others, META),
    ]
}

fn folds(set: &Set) -> Vec<Option<Deviation>> {
    let files = |lists: &Lists| -> BTreeSet<String> {
        lists.held_out().into_iter().flatten().map(|entry| entry.file.clone()).collect()
    };
    if set.folds.is_empty() {
        let lists = vec!["evaluation_setup/".to_string()];
        let none = set.evaluation.held_out().is_none();
        return vec![Deviation::of("there are no lists", if none { lists } else { Vec::new() }, META)];
    }
    let absent = FOLDS.iter().filter(|fold| !set.folds.contains_key(fold)).map(|fold| format!("fold {fold}")).collect();
    let others = set.folds.keys().filter(|fold| !FOLDS.contains(fold)).map(|fold| format!("fold {fold}")).collect();
    let partial = set.folds.iter().flat_map(|(fold, lists)| {
        let named: Vec<&str> = lists.named().map(|(name, _)| name).collect();
        let absent = ["train", "test", "evaluate"].into_iter().filter(move |name| !named.contains(name));
        absent.map(move |name| format!("evaluation_setup/fold{fold}_{name}.txt"))
    });
    let all: BTreeSet<&str> = set.recordings.iter().filter_map(|entry| entry.scene.as_deref()).collect();
    let mut blind = Vec::new();
    for (fold, lists) in &set.folds {
        let held_out = files(lists);
        let there: BTreeSet<&str> = set
            .recordings
            .iter()
            .filter(|entry| held_out.contains(&entry.file))
            .filter_map(|entry| entry.scene.as_deref())
            .collect();
        blind.extend(all.difference(&there).map(|scene| format!("{scene} in fold {fold}")));
    }
    let size = set.folds.get(&1).map_or(0, |lists| files(lists).len());
    let whole = set.recordings.len() == per_scene(set) * SCENES.len();
    let wrong = (whole && size != FIRST_FOLD).then(|| format!("fold 1 evaluates {size} recordings, not {FIRST_FOLD}"));
    vec![
        Deviation::of("folds are not there", absent, META),
        Deviation::of("folds that the distribution does not have", others, META),
        Deviation::of("lists are not there", partial.collect(), META),
        Deviation::of("folds evaluate no recording of a scene", blind, META),
        Deviation::of("folds are not the published ones", wrong.into_iter().collect(), META),
    ]
}

fn sound(set: &Set, decoded: &BTreeMap<String, Decoded>) -> Vec<Option<Deviation>> {
    let odd = |what: &str, odd: &dyn Fn(&Decoded) -> Option<String>| {
        let offenders = set.recordings.iter().filter_map(|entry| {
            let value = odd(decoded.get(&entry.file)?)?;
            Some(format!("{} {value}", entry.file))
        });
        Deviation::of(what, offenders.collect(), AUDIO)
    };
    let length = format!("recordings are not {SECONDS} s long");
    let rate = format!("recordings are not at {SAMPLE_RATE} Hz");
    let channels = format!("recordings have not {CHANNELS} channels (binaural)");
    let bits = format!("recordings have not {BITS} bits");
    vec![
        odd(&length, &|h| ((h.seconds - SECONDS).abs() > SECONDS_OFF).then(|| format!("{:.2} s", h.seconds))),
        odd(&rate, &|h| (h.sample_rate != SAMPLE_RATE).then(|| format!("{} Hz", h.sample_rate))),
        odd(&channels, &|h| (h.channels != CHANNELS).then(|| h.channels.to_string())),
        odd(&bits, &|h| (h.bits != Some(BITS)).then(|| h.bits.map_or("compressed".into(), |bits| bits.to_string()))),
    ]
}

/// Audio files in the folders of the recordings that no list names.
fn unlisted(set: &Set) -> Result<Vec<String>> {
    let listed: BTreeSet<_> = set.recordings.iter().map(|entry| set.path(entry)).collect();
    let mut folders: BTreeSet<_> = listed.iter().filter_map(|path| path.parent()).collect();
    let audio = set.folder.join("audio");
    folders.insert(&audio);
    let mut unlisted = Vec::new();
    for folder in folders.into_iter().filter(|folder| folder.is_dir()) {
        let files = entries(folder)?.into_iter().filter(|path| is_recording(path) && !listed.contains(path));
        unlisted.extend(files.map(|path| path.strip_prefix(&set.folder).unwrap_or(&path).display().to_string()));
    }
    Ok(unlisted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::dcase::set::Entry;

    /// A set as promised, without its files.
    fn whole(kind: Kind) -> (Set, BTreeMap<String, Decoded>) {
        let per_scene = if kind == Kind::Development { 78 } else { 26 };
        let entry = |scene: &str, number: usize| Entry {
            file: format!("audio/{}{:03}_{}_30.wav", scene.replace('/', "_"), number / 3, number % 3),
            scene: Some(scene.into()),
            location: Some(format!("{scene}{}", number / 3)),
            place: "meta.txt".into(),
        };
        let recordings: Vec<Entry> =
            SCENES.iter().flat_map(|scene| (0..per_scene).map(|number| entry(scene, number))).collect();
        let mut folds: BTreeMap<u32, Lists> = BTreeMap::new();
        if kind == Kind::Development {
            // 26 locations of each scene, dealt out in turn.
            let fold = |index: usize| [1, 2, 3, 4][(index % per_scene / 3) % 4];
            for number in FOLDS {
                let part = |held_out: bool| -> Option<Vec<Entry>> {
                    let chosen =
                        recordings.iter().enumerate().filter(|(index, _)| (fold(*index) == number) == held_out);
                    Some(chosen.map(|(_, entry)| entry.clone()).collect())
                };
                folds.insert(number, Lists { train: part(false), test: part(true), evaluate: part(true) });
            }
        }
        let decoded = recordings.iter().map(|entry| (entry.file.clone(), DECODED)).collect();
        let list = (kind == Kind::Evaluation).then(|| recordings.clone());
        let evaluation = Lists { test: list.clone(), evaluate: list, train: None };
        let edition = Edition::Tut2016;
        (Set { folder: "/nowhere".into(), kind: Some(kind), edition, recordings, folds, evaluation }, decoded)
    }

    const DECODED: Decoded = Decoded { seconds: 30.0, silent: false, sample_rate: 44_100, channels: 2, bits: Some(24) };

    /// The deviations but for the files, which are not there.
    fn deviations(set: &Set, decoded: &BTreeMap<String, Decoded>) -> Vec<Deviation> {
        let mut found = of_set(set, decoded).unwrap();
        assert_eq!(found.remove(0).what, "recordings are not there");
        found.extend(of_lists(std::slice::from_ref(set)));
        found
    }

    #[test]
    fn the_whole_distribution_deviates_in_nothing() {
        let (evaluation, decoded) = whole(Kind::Evaluation);
        assert_eq!(evaluation.recordings.len(), 390);
        assert_eq!(deviations(&evaluation, &decoded), []);
        let (development, decoded) = whole(Kind::Development);
        assert_eq!(development.recordings.len(), 1170);
        // All but that fold 1 is not the published one: 15 scenes × 7 locations × 3.
        let found = deviations(&development, &decoded);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].files, ["fold 1 evaluates 315 recordings, not 290"]);
    }

    #[test]
    fn of_later_years_nothing_is_promised_but_what_is_there() {
        let (set, decoded) = whole(Kind::Evaluation);
        let mut set = Set { edition: Edition::Urban, ..set };
        set.recordings.pop();
        let found = of_set(&set, &decoded).unwrap();
        assert_eq!(found.iter().map(|deviation| &deviation.what[..]).collect::<Vec<_>>(), ["recordings are not there"]);
    }

    #[test]
    fn a_part_is_called_a_part() {
        let (mut set, decoded) = whole(Kind::Evaluation);
        set.recordings.retain(|entry| entry.scene.as_deref() != Some("tram"));
        set.recordings.pop();
        let found = deviations(&set, &decoded);
        assert_eq!(found[0].what, "a part of the distribution: 363 of 390 recordings");
        assert_eq!(found[0].files, ["train 25 of 26", "tram 0 of 26"]);
        assert!(found[1].what.contains("names files that meta.txt does not"), "{found:?}");
    }

    #[test]
    fn sound_that_was_converted_is_named_with_what_it_is() {
        let (set, mut decoded) = whole(Kind::Evaluation);
        let odd = [
            Decoded { channels: 1, ..DECODED },
            Decoded { sample_rate: 48_000, ..DECODED },
            Decoded { bits: Some(16), ..DECODED },
            Decoded { bits: None, ..DECODED },
            Decoded { seconds: 29.5, ..DECODED },
            // A sample more, as some segments have.
            Decoded { seconds: 30.0 + 1.0 / 44_100.0, ..DECODED },
        ];
        for (entry, odd) in set.recordings.iter().zip(odd) {
            decoded.insert(entry.file.clone(), odd);
        }
        let found: Vec<(String, Vec<String>)> =
            deviations(&set, &decoded).into_iter().map(|deviation| (deviation.what, deviation.files)).collect();
        let expected = [
            ("recordings are not 30 s long", vec!["audio/beach001_1_30.wav 29.50 s"]),
            ("recordings are not at 44100 Hz", vec!["audio/beach000_1_30.wav 48000 Hz"]),
            ("recordings have not 2 channels (binaural)", vec!["audio/beach000_0_30.wav 1"]),
            ("recordings have not 24 bits", vec!["audio/beach000_2_30.wav 16", "audio/beach001_0_30.wav compressed"]),
        ];
        let expected: Vec<(String, Vec<String>)> = expected
            .into_iter()
            .map(|(what, files)| (what.to_string(), files.into_iter().map(String::from).collect()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn folds_and_scenes_of_another_kind_are_named() {
        let (mut set, decoded) = whole(Kind::Development);
        set.recordings[0].scene = Some("street".into());
        let lists = set.folds.remove(&4).unwrap();
        set.folds.insert(5, Lists { train: None, ..lists });
        let found = deviations(&set, &decoded);
        let said: Vec<&str> = found.iter().map(|deviation| &deviation.what[..]).collect();
        for what in [
            "scenes that TUT Acoustic Scenes 2016 does not have",
            "folds are not there",
            "folds that the distribution does not have",
            "lists are not there",
            "folds evaluate no recording of a scene",
        ] {
            assert!(said.contains(&what), "{what}: {said:?}");
        }
        set.folds.clear();
        assert!(deviations(&set, &decoded).iter().any(|deviation| deviation.what == "there are no lists"));
    }
}
