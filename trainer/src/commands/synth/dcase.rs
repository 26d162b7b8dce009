//! Scenes laid out as TUT Acoustic Scenes 2016 is distributed: a development set with four folds and an evaluation set,
//! binaural at 44.1 kHz and 24 bits.

use std::fmt::Write;
use std::path::Path;

use spectnet_core::audio::{Recording, write_wav_channels};
use spectnet_core::synth::{SCENES, scene};

use super::args::SynthArgs;
use super::seed;

use crate::error::{Error, Result};
use crate::output::{create_folder, print, write_file};
use crate::progress;
use crate::task_name::TaskName;

const FOLDS: u64 = 4;
/// Segments that are cut from the recording of one location.
const SEGMENTS: u64 = 3;
const SAMPLE_RATE: u32 = 44_100;
const BITS: u16 = 24;
/// How much later and weaker the sound reaches the right ear: 0.27 ms, 2 dB.
const DELAY: usize = 12;
const WEAKER: f32 = 0.8;

/// A segment in the lists.
struct Segment {
    file: String,
    scene: &'static str,
    location: String,
    fold: u64,
}

/// Writes both sets. meta.txt is written last: a set with one is complete.
///
/// # Errors
/// Another task than scenes, an unwritable folder, or one that holds other data.
pub fn run(args: &SynthArgs) -> Result<()> {
    if args.task != TaskName::Scene {
        return Err(Error::Usage("--layout dcase is for --task scene".into()));
    }
    let sets = ["development", "evaluation"].map(|kind| args.out.join(format!("TUT-acoustic-scenes-2016-{kind}")));
    for set in &sets {
        let meta = set.join("meta.txt");
        if meta.exists() {
            return Err(Error::input(format!("{}: there is data already; choose another --out", meta.display())));
        }
    }
    let held_out = args.count.div_ceil(3);
    let bar = progress::bar(args.count + held_out, "synthesising");
    for (set, range) in sets.iter().zip([0..args.count, args.count..args.count + held_out]) {
        create_folder(&set.join("audio"))?;
        create_folder(&set.join("evaluation_setup"))?;
        let is_development = range.start == 0;
        let mut segments = Vec::new();
        for (index, number) in range.enumerate() {
            let segment = Segment::new(args, index as u64, is_development);
            // The names of the generator are shorter than those of the dataset.
            let kind = SCENES[index / SEGMENTS as usize % SCENES.len()];
            let left = scene(kind, seed(args, number), args.seconds, SAMPLE_RATE)?;
            write_file(&set.join(&segment.file), &write_wav_channels(&[&left, &right_ear(&left)?], BITS)?)?;
            segments.push(segment);
            bar.inc(1);
        }
        write_lists(set, &segments, is_development)?;
    }
    bar.finish_and_clear();
    let seconds = args.seconds;
    print(&format!(
        "{}: {} recordings of {seconds} s to train on, {held_out} to report on",
        args.out.display(),
        args.count
    ))
}

impl Segment {
    /// Segments of a location follow one another, locations go round the scenes, and locations of a scene round the folds.
    fn new(args: &SynthArgs, index: u64, is_development: bool) -> Self {
        let place = index / SEGMENTS;
        let length = args.seconds.ceil() as u64;
        let begin = index % SEGMENTS * length;
        let letter = if is_development { 'b' } else { 'c' };
        let location = format!("{letter}{place:03}");
        // As in the distribution, the evaluation set's names say nothing.
        let file = if is_development {
            format!("audio/{location}_{begin}_{}.wav", begin + length)
        } else {
            format!("audio/{index}.wav")
        };
        let scenes = SCENES.len() as u64;
        Self { file, scene: published(SCENES[(place % scenes) as usize]), location, fold: 1 + place / scenes % FOLDS }
    }
}

/// What the dataset calls a scene of the generator.
fn published(scene: &'static str) -> &'static str {
    match scene {
        "cafe" => "cafe/restaurant",
        "street" => "city_center",
        other => other,
    }
}

/// The signal at the right ear when the sound comes from the left.
fn right_ear(left: &Recording) -> Result<Recording> {
    let samples = left.samples();
    let delayed = std::iter::repeat_n(&0.0, DELAY.min(samples.len())).chain(samples).take(samples.len());
    Ok(Recording::new(delayed.map(|sample| WEAKER * sample).collect(), left.sample_rate())?)
}

fn write_lists(set: &Path, segments: &[Segment], is_development: bool) -> Result<()> {
    let list = |name: &str, with_scene: bool, chosen: &dyn Fn(&Segment) -> bool| {
        let mut text = String::new();
        for Segment { file, scene, .. } in segments.iter().filter(|segment| chosen(segment)) {
            // Writing to a string does not fail.
            let _ = if with_scene { writeln!(text, "{file}\t{scene}") } else { writeln!(text, "{file}") };
        }
        write_file(&set.join("evaluation_setup").join(name), text.as_bytes())
    };
    if is_development {
        for fold in 1..=FOLDS {
            list(&format!("fold{fold}_train.txt"), true, &|segment| segment.fold != fold)?;
            list(&format!("fold{fold}_test.txt"), false, &|segment| segment.fold == fold)?;
            list(&format!("fold{fold}_evaluate.txt"), true, &|segment| segment.fold == fold)?;
        }
    } else {
        list("test.txt", false, &|_| true)?;
        list("evaluate.txt", true, &|_| true)?;
    }
    let row = |Segment { file, scene, location, .. }: &Segment| format!("{file}\t{scene}\t{location}\n");
    write_file(&set.join("meta.txt"), segments.iter().map(row).collect::<String>().as_bytes())
}
