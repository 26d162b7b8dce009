//! The three experiments of docs/TEACHING.md come out as the lesson says: every range in its tables is compared with
//! what the learner does, without a browser.

use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

use spectnet_core::audio::{Recording, read_wav};
use spectnet_learn::message::{Figures, Learns};
use spectnet_tests::lesson::{BACKGROUND, Example, FIRST, SECOND, WORDS, elsewhere, room, said, taught};
use spectnet_tests::python::Python;

/// Steps of a run in which everything learns, and of one in which filters and last layer do.
const STEPS: [u32; 2] = [150, 120];
/// Takes of each class that are learned from.
const EXAMPLES: u64 = 5;
/// The folders that the program of the lesson makes, each of one class.
const TONES: [&str; 3] = ["low", "high", BACKGROUND];

/// All that comes out of the lesson, in its order and its words.
const OUTCOMES: [&str; 9] = [
    "own words that were no examples, named right, of 30",
    "words: held-out windows right with filters that learn, less those with frozen filters, in points",
    "tones: held-out windows right with frozen filters, in percent",
    "tones: held-out windows right with filters that learn, in percent",
    "words of a new voice, named right, of 30",
    "mean probability of the names that they got, less the part of them that is right, in points",
    "the empty room, called background, of 10",
    "sounds of another kind, called something, of 8",
    "sounds of another kind, called background after twelve like them were examples of it, of 8",
];

fn lesson() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder of the project");
    fs::read_to_string(root.join("docs/TEACHING.md")).expect("the lesson")
}

/// What comes out, with its range, from the tables of the lesson.
fn outcomes() -> Vec<(String, RangeInclusive<f64>)> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim().strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
        let [name, least, most] = cells[..] else { return None };
        let number = |cell: &str| cell.replace('−', "-").parse::<f64>().ok();
        Some((name.to_owned(), number(least)?..=number(most)?))
    };
    lesson().lines().filter_map(row).collect()
}

/// Compares what came out with the lesson.
fn check(outcome: &str, value: f64) {
    let known = outcomes();
    let (_, range) = known.iter().find(|(name, _)| name == outcome).unwrap_or_else(|| panic!("no row {outcome:?}"));
    println!("{outcome}: {value:.1}, expected {range:?}");
    assert!(range.contains(&value), "{outcome}: {value}, and docs/TEACHING.md says {range:?}");
}

/// The examples of the words, and of the empty room as the last class.
fn examples(takes: u64) -> Vec<Example> {
    let background = room(0..takes).into_iter().map(|sound| (WORDS.len(), sound));
    said(FIRST, 0..takes).into_iter().chain(background).collect()
}

fn labels() -> [&'static str; 4] {
    let [first, second, third] = WORDS;
    [first, second, third, BACKGROUND]
}

fn percent(figures: Figures) -> f64 {
    100.0 * figures.right as f64 / figures.of.max(1) as f64
}

/// The program of the lesson that makes tones in noise.
fn program() -> String {
    let lesson = lesson();
    let (_, rest) = lesson.split_once("```python\n").expect("a program");
    rest.split_once("```").expect("the end of the program").0.to_owned()
}

#[test]
fn every_outcome_of_the_lesson_is_measured() {
    let names: Vec<String> = outcomes().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, OUTCOMES);
    for (name, range) in outcomes() {
        assert!(range.start() <= range.end(), "{name}: {range:?}");
    }
}

#[test]
fn three_words_are_told_apart_and_what_was_never_shown_is_not_known() {
    let [steps, _] = STEPS;
    let mut given = examples(EXAMPLES);
    let words = taught(&labels(), Learns::Everything, false, steps, &given);
    assert!((1..=steps).contains(&words.last.step), "{:?}", words.last);
    check(OUTCOMES[0], words.words_right(&said(FIRST, EXAMPLES..15)) as f64);

    let new_voice = said(SECOND, 0..10);
    let right = words.words_right(&new_voice);
    check(OUTCOMES[4], right as f64);
    let probabilities = new_voice.iter().map(|(_, sound)| words.named(sound).expect("a name").1);
    let mean = probabilities.sum::<f64>() / new_voice.len() as f64;
    check(OUTCOMES[5], 100.0 * (mean - right as f64 / new_voice.len() as f64));

    check(OUTCOMES[6], words.called(BACKGROUND, &room(100..110)) as f64);
    let unknown = elsewhere(0..2);
    check(OUTCOMES[7], unknown.iter().filter(|sound| words.named(sound).is_some()).count() as f64);
    let rate = 16_000;
    for (seconds, level) in [(3.0, 0.0), (0.1, 0.1)] {
        let samples = (0..(seconds * f64::from(rate)) as usize).map(|k| level * (0.3 * k as f32).sin()).collect();
        let named = words.named(&Recording::new(samples, rate).expect("a recording"));
        assert_eq!(named, None, "{seconds} s at level {level}");
    }

    // Under other seeds, so that none of them is one of those that are judged.
    given.extend(elsewhere(10..13).into_iter().map(|sound| (WORDS.len(), sound)));
    let wiser = taught(&labels(), Learns::Everything, false, steps, &given);
    check(OUTCOMES[8], wiser.called(BACKGROUND, &unknown) as f64);
}

#[test]
fn filters_that_learn_are_worth_something_where_those_at_the_start_do_not_look() {
    let [_, steps] = STEPS;
    let words = taught(&labels(), Learns::Filters, true, steps, &examples(2 * EXAMPLES)).last;
    let frozen = words.frozen.expect("a twin whose filters stay");
    check(OUTCOMES[1], percent(words.learned) - percent(frozen));

    let Some(python) = Python::find("the program of docs/TEACHING.md") else { return };
    let folder = tempfile::tempdir().unwrap();
    let run = python.lines(&program()).current_dir(folder.path()).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let mut tones = Vec::new();
    for (class, name) in TONES.iter().enumerate() {
        let mut files: Vec<_> =
            fs::read_dir(folder.path().join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(files.len() >= 12, "{files:?}");
        tones.extend(files.iter().map(|file| (class, read_wav(&fs::read(file).unwrap()).unwrap())));
    }
    let tones = taught(&TONES, Learns::Filters, true, steps, &tones).last;
    check(OUTCOMES[2], percent(tones.frozen.expect("a twin whose filters stay")));
    check(OUTCOMES[3], percent(tones.learned));
}
