//! `spectnet segment` as a process: on synthesised hearts whose beats are known, on real recordings where they are at hand,
//! and on what is no recording of a heart.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use spectnet_core::audio::write_wav;
use spectnet_core::synth::{Beat, HeartOptions, Murmur, heart};
use spectnet_tests::args;
use spectnet_tests::command::{measured, spectnet};
use spectnet_tests::flac::flac;
use spectnet_tests::recordings::{hearts, shared};
use spectnet_tests::skip::skipped;
use spectnet_tests::wav::Wav;

const STATES: [&str; 4] = ["S1", "systole", "S2", "diastole"];

/// Writes a synthesised heart; gives the file and its beats.
fn synthesised(folder: &Path, seed: u64, seconds: f64, murmur: Option<Murmur>) -> (PathBuf, Vec<Beat>) {
    let sound = heart(&HeartOptions { seed, seconds, sample_rate: 2000, murmur }).unwrap();
    let file = folder.join(format!("heart-{seed}.wav"));
    fs::write(&file, write_wav(&sound.recording).unwrap()).unwrap();
    (file, sound.beats)
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Checks that the states follow one another without gaps from the beginning to the end.
fn check(segmented: &Value) {
    let states = segmented["states"].as_array().unwrap();
    assert_eq!(number(&states[0]["start_s"]), 0.0);
    assert_eq!(number(&states[states.len() - 1]["end_s"]), number(&segmented["duration_s"]));
    for pair in states.windows(2) {
        assert_eq!(pair[0]["end_s"], pair[1]["start_s"]);
        let place = STATES.iter().position(|name| pair[0]["state"] == *name).unwrap();
        assert_eq!(pair[1]["state"], STATES[(place + 1) % 4]);
    }
    for state in states {
        assert!(number(&state["start_s"]) < number(&state["end_s"]), "{state}");
        assert!((0.0..=1.0).contains(&number(&state["probability"])), "{state}");
    }
    for name in ["heart_rate", "systolic_interval", "states"] {
        assert!((0.0..=1.0).contains(&number(&segmented["confidence"][name])), "{segmented}");
    }
}

/// Onsets of a state, without one that the beginning cuts.
fn onsets(segmented: &Value, name: &str) -> Vec<f64> {
    let states = segmented["states"].as_array().unwrap().iter().skip(1);
    states.filter(|state| state["state"] == name).map(|state| number(&state["start_s"])).collect()
}

#[test]
fn synthesised_beats_are_found_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let murmurs = [None, Some(Murmur::Systolic), None, Some(Murmur::Diastolic), None, None];
    let made: Vec<(PathBuf, Vec<Beat>)> =
        (0..).zip(murmurs).map(|(seed, murmur)| synthesised(folder.path(), seed, 20.0, murmur)).collect();
    let files = made.iter().map(|(file, _)| OsString::from(file));
    let all = spectnet(args!["segment", "--json"].into_iter().chain(files)).json();
    assert_eq!(all.as_array().unwrap().len(), made.len());
    let (mut found, mut known) = (0, 0);
    for (segmented, (file, beats)) in all.as_array().unwrap().iter().zip(&made) {
        assert_eq!(segmented["file"], file.display().to_string());
        assert_eq!(number(&segmented["duration_s"]), 20.0);
        check(segmented);
        let pairs =
            [("S1", beats.iter().map(|b| b.s1_s).collect::<Vec<_>>()), ("S2", beats.iter().map(|b| b.s2_s).collect())];
        for (name, truth) in pairs {
            let onsets = onsets(segmented, name);
            known += truth.len();
            found += truth.iter().filter(|at| onsets.iter().any(|onset| (onset - **at).abs() <= 0.1)).count();
        }
    }
    assert!(found as f64 >= 0.95 * known as f64, "{found} of {known}");
}

#[test]
fn people_and_programs_are_told_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (file, _) = synthesised(folder.path(), 3, 10.0, None);
    let json = spectnet(args!["segment", &file, "--json"]).json()[0].clone();
    let table = spectnet(args!["segment", &file]).done().stdout;
    assert!(table.starts_with(&format!("{}: 10.0 s\n", file.display())), "{table}");
    assert!(table.contains(&format!("{:.1} per minute", number(&json["heart_rate_bpm"]))), "{table}");
    assert!(table.contains(&format!("{:.0} ms", 1000.0 * number(&json["systolic_interval_s"]))), "{table}");
    for onset in onsets(&json, "S2") {
        if onset > onsets(&json, "S1")[0] {
            assert!(table.contains(&format!(" {onset:.2} ")), "{onset}: {table}");
        }
    }
}

#[test]
fn a_rate_that_may_be_twice_as_fast_is_not_said_to_be_sure() {
    // Equal sounds at even intervals: S1 and S2 at 100 a minute, or one of them at 200.
    let folder = tempfile::tempdir().unwrap();
    let ring = |k: usize| (0.16 * k as f64).sin() * (-(k as f64) / 40.0).exp();
    let samples = (0..24_000_usize).map(|k| (15_000.0 * ring(k % 600)) as i16);
    let data = samples.flat_map(i16::to_le_bytes).collect();
    let file = folder.path().join("equal.wav");
    fs::write(&file, Wav { tag: 1, channels: 1, rate: 2000, bits: 16, data, claim: None }.bytes()).unwrap();
    let json = spectnet(args!["segment", "--json", &file]).json()[0].clone();
    let [rate, other] = ["heart_rate_bpm", "alternative_bpm"].map(|name| number(&json[name]));
    assert!((rate.min(other) - 100.0).abs() < 3.0 && (rate.max(other) - 200.0).abs() < 6.0, "{json}");
    let table = spectnet(args!["segment", &file]).done().stdout;
    assert!(table.contains(&format!("about {rate:.0} or {other:.0} per minute")), "{table}");
}

#[test]
fn the_picture_shows_the_states() {
    let folder = tempfile::tempdir().unwrap();
    let (file, _) = synthesised(folder.path(), 4, 6.0, None);
    let out = folder.path().join("cycles.svg");
    spectnet(args!["segment", &file, "--plot", &out]).done();
    let svg = fs::read_to_string(&out).unwrap();
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    assert!(STATES.iter().all(|name| svg.contains(name)), "{svg}");
    let twice = spectnet(args!["segment", &file, &file, "--plot", &out]);
    twice.bad_usage();
}

#[test]
fn what_is_no_heart_sound_is_refused_or_said_to_have_no_rhythm() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, samples: &[i16]| {
        let file = folder.path().join(name);
        let data = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        fs::write(&file, Wav { tag: 1, channels: 1, rate: 2000, bits: 16, data, claim: None }.bytes()).unwrap();
        file
    };
    let silent = write("silent.wav", &[0; 20_000]);
    assert!(spectnet(args!["segment", &silent]).refusal().contains("silent.wav: the recording is silent"));
    let short = write("short.wav", &[0, 900, -900, 40].repeat(100));
    assert!(spectnet(args!["segment", &short]).refusal().contains("short.wav: the recording has 0.2 s"));
    let mut random = 1u32;
    let noise: Vec<i16> = (0..40_000)
        .map(|_| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 18) as i16 - 8192
        })
        .collect();
    let noise = write("noise.wav", &noise);
    let json = spectnet(args!["segment", "--json", &noise]).json();
    check(&json[0]);
    assert_eq!(json[0]["plausible"], false, "{}", json[0]["confidence"]);
    assert!(spectnet(args!["segment", &noise]).done().stdout.contains("no heart rhythm"));

    // A recording that fails does not stop the others.
    let (good, _) = synthesised(folder.path(), 5, 6.0, None);
    let mixed = spectnet(args!["segment", "--json", folder.path().join("none.wav"), &good]);
    assert_eq!(mixed.status, Some(1));
    let list: Value = serde_json::from_str(&mixed.stdout).unwrap();
    assert_eq!(list.as_array().unwrap().len(), 1);
}

#[test]
fn contradictions_are_bad_usage() {
    for case in [
        &["segment"][..],
        &["segment", "--train", "data"],
        &["segment", "--train", "data", "--states", "s.csv"],
        &["segment", "--evaluate", "data"],
        &["segment", "a.wav", "--states", "s.csv"],
        &["segment", "a.wav", "--evaluate", "data", "--states", "s.csv"],
        &["segment", "a.wav", "--out", "p.json"],
        &["segment", "--skip-unreadable"],
        &["segment", "a.wav", "--skip-unreadable"],
        &["segment", "--train", "data", "--out", "p.json", "--skip-unreadable"],
    ] {
        spectnet(case).bad_usage();
    }
}

/// A folder of synthesised hearts with a table of their states.
fn annotated(folder: &Path, count: u64) -> [PathBuf; 2] {
    let data = folder.join("made-up");
    fs::create_dir(&data).unwrap();
    let mut manifest = String::from("path,label,group,fold,subset\n");
    let mut states = String::from("record,start_s,state\n");
    for seed in 0..count {
        let (_, beats) = synthesised(&data, 100 + seed, 12.0, None);
        manifest +=
            &format!("heart-{}.wav,normal,g{seed},{},{}\n", 100 + seed, seed % 2, ["x", "y"][seed as usize / 2 % 2]);
        for beat in beats {
            for (at, name) in
                [(beat.s1_s, "S1"), (beat.s1_s + 0.13, "systole"), (beat.s2_s, "S2"), (beat.s2_s + 0.1, "diastole")]
            {
                if at < 12.0 {
                    states += &format!("heart-{},{at:.4},{name}\n", 100 + seed);
                }
            }
        }
    }
    let table = data.join("states.csv");
    fs::write(data.join("manifest.csv"), manifest).unwrap();
    fs::write(&table, states).unwrap();
    [data, table]
}

#[test]
fn parameters_are_learned_measured_and_used() {
    let folder = tempfile::tempdir().unwrap();
    let [data, states] = annotated(folder.path(), 24);
    let json = spectnet(args!["segment", "--evaluate", &data, "--states", &states, "--json"]).json();
    assert_eq!(
        (&json["folds"], &json["pooled"]["recordings"], &json["pooled"]["groups"]),
        (&2.into(), &24.into(), &24.into())
    );
    assert_eq!(json["subsets"].as_object().unwrap().keys().collect::<Vec<_>>(), ["x", "y"]);
    let both = &json["pooled"]["both"];
    assert!(number(&both["f1"]) > 0.9, "{both}");
    let hits = |part: &str| json["pooled"][part]["hits"].as_u64().unwrap();
    assert_eq!(hits("both"), hits("s1") + hits("s2"));
    let [low, high] = [&both["f1_interval"][0], &both["f1_interval"][1]].map(number);
    assert!(low <= number(&both["f1"]) && number(&both["f1"]) <= high && low < high, "{both}");
    let table = spectnet(args!["segment", "--evaluate", &data, "--states", &states]).done().stdout;
    assert!(table.contains("subset x") && table.contains("pooled") && table.contains("× real time"), "{table}");

    let out = folder.path().join("learned.json");
    spectnet(args!["segment", "--train", &data, "--states", &states, "--out", &out]).done();
    let learned: Value = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
    assert_eq!((&learned["provenance"]["data"], &learned["provenance"]["recordings"]), (&"made-up".into(), &24.into()));
    let again = folder.path().join("again.json");
    spectnet(args!["segment", "--train", &data, "--states", &states, "--out", &again]).done();
    assert!(fs::read(&out).unwrap() == fs::read(&again).unwrap());
    let (file, beats) = synthesised(folder.path(), 7, 12.0, None);
    let segmented = spectnet(args!["segment", &file, "--parameters", &out, "--json"]).json();
    let onsets = onsets(&segmented[0], "S1");
    let found = beats.iter().filter(|beat| onsets.iter().any(|onset| (onset - beat.s1_s).abs() <= 0.1)).count();
    assert!(10 * found >= 9 * beats.len(), "{found} of {}", beats.len());
}

/// Learning stopped at the first recording that could not be read: whoever mended it met the next one.
#[test]
fn all_recordings_that_cannot_be_used_are_said_at_once_before_anything_is_learned() {
    let folder = tempfile::tempdir().unwrap();
    let [data, states] = annotated(folder.path(), 28);
    fs::remove_file(data.join("heart-102.wav")).unwrap();
    fs::write(data.join("heart-105.wav"), "no sound").unwrap();
    fs::write(data.join("heart-108.wav"), "").unwrap();
    // It says 12 s and has 6: that is known when all of it has been decoded.
    let samples: Vec<i16> = (0..12_000).map(|k| (3000.0 * (0.3 * f64::from(k)).sin()) as i16).collect();
    fs::write(data.join("heart-111.flac"), flac(2000, &samples, 24_000)).unwrap();
    let manifest = data.join("manifest.csv");
    let text = fs::read_to_string(&manifest).unwrap().replace("heart-111.wav", "heart-111.flac");
    fs::write(&manifest, text).unwrap();
    // A recording without states is not used, but one that cannot be read is a fault all the same.
    let text = fs::read_to_string(&states).unwrap();
    let known: Vec<&str> = text.lines().filter(|line| !line.starts_with("heart-105,")).collect();
    fs::write(&states, known.join("\n")).unwrap();

    let out = folder.path().join("learned.json");
    let train = args!["segment", "--train", &data, "--states", &states, "--out", &out];
    let evaluate = args!["segment", "--evaluate", &data, "--states", &states, "--json"];
    for run in [spectnet(&train), spectnet(&evaluate)] {
        let refusal = run.refusal();
        for word in [
            "4 of 28 recordings cannot be used",
            "heart-102.wav is not there",
            "heart-105.wav: ",
            "heart-108.wav: ",
            "heart-111.flac: ",
            "--skip-unreadable goes on without them",
        ] {
            assert!(refusal.contains(word), "{word}: {refusal}");
        }
        assert!(run.stdout.is_empty(), "{run:?}");
    }
    assert!(!out.exists());

    let named = |skipped: &Value| -> Vec<String> {
        let reasons = skipped.as_array().unwrap().iter().map(|reason| reason.as_str().unwrap());
        let mut names: Vec<String> = reasons.map(|reason| reason.split(": ").next().unwrap().into()).collect();
        names.sort_unstable();
        names
    };
    let expected = ["heart-102", "heart-105", "heart-108", "heart-111"];
    let learning = spectnet(train.into_iter().chain(args!["--skip-unreadable"])).done();
    assert!(learning.stderr.contains("left out, 4 of 28 recordings, for they cannot be used"), "{learning:?}");
    assert!(learning.stdout.contains("learned from 24 recordings"), "{learning:?}");
    let learned: Value = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
    let provenance = &learned["provenance"];
    assert_eq!(
        (&provenance["recordings"], named(&provenance["skipped"])),
        (&24.into(), expected.map(String::from).into())
    );
    // Where the data lie on one machine is nothing to others.
    assert!(!provenance.to_string().contains(&data.display().to_string()), "{provenance}");
    assert!(provenance["command"].as_str().unwrap().ends_with(" --skip-unreadable"), "{provenance}");
    let json = spectnet(evaluate.into_iter().chain(args!["--skip-unreadable"])).json();
    assert_eq!(json["pooled"]["recordings"], 24);
    assert_eq!(named(&json["skipped"]), expected);

    // Nothing is left to go on with, so nothing is proposed.
    for seed in 100..128 {
        fs::write(data.join(format!("heart-{seed}.wav")), "").unwrap();
    }
    let nothing = spectnet(args!["segment", "--evaluate", &data, "--states", &states, "--skip-unreadable"]);
    let refusal = nothing.refusal();
    assert!(refusal.contains("28 of 28 recordings") && !refusal.contains("goes on"), "{refusal}");
}

#[test]
fn damaged_tables_and_parameters_are_refused_by_place() {
    let folder = tempfile::tempdir().unwrap();
    let [data, states] = annotated(folder.path(), 4);
    let evaluate = |table: &str| {
        let file = folder.path().join("bad.csv");
        fs::write(&file, table).unwrap();
        spectnet(args!["segment", "--evaluate", &data, "--states", &file])
    };
    assert!(evaluate("").refusal().contains("bad.csv: the table is empty"));
    assert!(evaluate("a,b\n").refusal().contains("line 1: the header is \"a,b\""));
    assert!(evaluate("record,start_s,state\nheart-100,x,S1\n").refusal().contains("line 2: \"x\" is not a number"));
    assert!(evaluate("record,start_s,state\nheart-100,0,S3\n").refusal().contains("line 2: state \"S3\""));
    // Nothing is usable: each reason is said, then the refusal.
    let backwards = evaluate("record,start_s,state\nheart-100,2,S1\nheart-100,1,systole\nheart-101,99,S1\n");
    assert_eq!(backwards.status, Some(1));
    for reason in ["heart-100: an onset at 1 s after one at 2 s", "heart-101: an onset at 99 s", "heart-102: no states"]
    {
        assert!(backwards.stderr.contains(reason), "{backwards:?}");
    }
    let few = spectnet(args!["segment", "--evaluate", &data, "--states", &states]);
    assert!(few.refusal().contains("expected at least 10"));

    let (file, _) = synthesised(folder.path(), 8, 6.0, None);
    for text in ["", "{}", "[1, 2]"] {
        let parameters = folder.path().join("bad.json");
        fs::write(&parameters, text).unwrap();
        assert!(spectnet(args!["segment", &file, "--parameters", &parameters]).refusal().contains("bad.json: "));
    }
}

#[test]
fn an_hour_is_segmented_in_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let (file, beats) = synthesised(folder.path(), 9, 3600.0, None);
    let (run, peak) = measured(args!["segment", "--json", &file]);
    let json = run.json();
    check(&json[0]);
    let onsets = onsets(&json[0], "S1");
    let found = beats.iter().filter(|beat| onsets.iter().any(|onset| (onset - beat.s1_s).abs() <= 0.1)).count();
    assert!(100 * found >= 95 * beats.len(), "{found} of {}", beats.len());
    if let Some(peak) = peak {
        assert!(peak < 200 << 20, "{} MiB", peak >> 20);
    }
}

#[test]
fn real_recordings_have_a_plausible_rate() {
    let folder = tempfile::tempdir().unwrap();
    for file in hearts(folder.path()) {
        let json = spectnet(args!["segment", "--json", &file]).json();
        check(&json[0]);
        assert!((40.0..180.0).contains(&number(&json[0]["heart_rate_bpm"])), "{}", file.display());
    }
}

#[test]
fn corrected_onsets_of_real_recordings_are_found() {
    let data = shared().join("data/cinc2016");
    let file = |record: &'static str| (record, data.join(format!("training-{}/{record}.flac", &record[..1])));
    let records = ["a0001", "b0002", "c0001", "e00002", "f0001"].map(file);
    let records: Vec<(&str, PathBuf)> = records.into_iter().filter(|(_, file)| file.is_file()).collect();
    let (Ok(table), false) = (fs::read_to_string(data.join("states.csv")), records.is_empty()) else {
        skipped("onsets that persons corrected are not compared with, for ../shared/data/cinc2016 is not here");
        return;
    };
    let (mut found, mut known) = (0, 0);
    for (record, file) in &records {
        let json = spectnet(args!["segment", "--json", file]).json();
        for name in ["S1", "S2"] {
            let onsets = onsets(&json[0], name);
            for line in table.lines().filter(|line| line.starts_with(*record) && line.ends_with(name)) {
                let at: f64 = line.split(',').nth(1).unwrap().parse().unwrap();
                known += u32::from(at > 0.0);
                found += u32::from(at > 0.0 && onsets.iter().any(|onset| (onset - at).abs() <= 0.1));
            }
        }
    }
    println!("{found} of {known} onsets");
    assert!(known > 0 && f64::from(found) >= 0.9 * f64::from(known), "{found} of {known}");
}
