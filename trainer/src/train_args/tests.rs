//! Flags, files and defaults.

mod start;

use std::cell::Cell;
use std::path::Path;

use clap::Parser;
use proptest::prelude::*;
use spectnet_core::audio::SpikeRule;
use spectnet_core::filterbank::{Bandwidth, FilterbankConfig, Form, Framing, Spacing};
use spectnet_core::learning::EpochLength;
use spectnet_core::learning::recipe::{Accumulation, Draws, Optimiser};
use spectnet_core::learning::schedule::{Schedule, WarmUp};
use spectnet_core::model::{ClassifierConfig, Segments, Task, Voting};

use super::config::{self as file, Nothing};
use super::origins::Origins;
use super::{TrainArgs, TrainFlags};
use crate::cli::{Cli, Command};
use crate::compute::device::DeviceChoice;
use crate::data::CircorLabels;
use crate::data::cache::CachePlace;
use crate::error::{Error, Result};
use crate::training::parts::HeldOut;

fn flags(arguments: &[&str]) -> TrainFlags {
    let cli = Cli::try_parse_from(["spectnet", "train"].iter().chain(arguments)).unwrap();
    match cli.command {
        Command::Train(flags) => flags.train,
        other => panic!("{other:?}"),
    }
}

fn train(arguments: &[&str]) -> Result<TrainArgs> {
    flags(arguments).resolve()
}

fn config(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("train.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path.to_string_lossy().into_owned())
}

fn front_end(args: &TrainArgs) -> FilterbankConfig {
    args.model_config(vec!["one".into(), "two".into()]).unwrap().front_end
}

#[test]
fn defaults_are_those_of_the_help() {
    let args = train(&["--task", "heart", "--data", "here"]).unwrap();
    assert_eq!((args.frontend, args.learnable), (Form::Bounded, true));
    assert_eq!(args.classifier, ClassifierConfig::Residual { blocks: 3, dropout: 0.5 });
    assert_eq!(args.out, Path::new("runs/heart"));
    let config = args.model_config(vec!["normal".into(), "abnormal".into()]).unwrap();
    assert_eq!(config.front_end, FilterbankConfig { form: Form::Bounded, ..Task::Heart.front_end(16) });
}

#[test]
fn flags_win_over_the_file_and_the_file_over_defaults() {
    let text =
        "task = \"scene\"\ndata = \"there\"\nfilters = 24\nstatic = true\nlearning-rate = 0.5\ndevice = \"cpu\"\n";
    let (_folder, path) = config(text);
    let args = train(&["--config", &path, "--filters", "8", "--static=false"]).unwrap();
    assert_eq!((args.task, front_end(&args).filters, args.learnable), (Task::Scene, 8, true));
    assert_eq!((args.recipe.learning_rate, args.device), (0.5, DeviceChoice::Cpu));
    assert!(!train(&["--config", &path]).unwrap().learnable);
}

#[test]
fn the_front_end_of_the_file_gives_way_to_that_of_the_flags() {
    let text = "task = \"heart\"\ndata = \"there\"\nclassifier = \"states\"\nfilters = 4\nspacing = \"bark\"\nrange = [25, 400]\n\
                decay-db = 30\nbandwidth = \"2erb\"\nframe-ms = 50\nhop = 20.0\nfrontend = \"paper\"\ngain = 2\norder = 3\n";
    let (_folder, path) = config(text);
    let said = front_end(&train(&["--config", &path]).unwrap());
    assert_eq!((said.filters, said.spacing, said.range_hz), (4, Spacing::Bark, [25.0, 400.0]));
    assert_eq!((said.bandwidth, said.order, said.gain), (Bandwidth::ErbMultiple(2.0), 3, 2.0));
    assert_eq!(said.framing, Framing { window: 50, hop: 20 });
    // What is said on the command line takes the place of what would contradict it.
    let flags = ["--config", &path, "--centres", "50,100,150", "--taps", "99", "--bandwidth", "30"];
    let over = front_end(&train(&flags).unwrap());
    assert_eq!((over.filters, over.spacing), (3, Spacing::List(vec![50.0, 100.0, 150.0])));
    assert_eq!((over.taps, over.bandwidth, over.order), (99, Bandwidth::Constant(30.0), 3));
}

#[test]
fn lists_stand_in_the_file_as_lists_numbers_or_files() {
    for (text, expected) in [
        ("centres = [50, 100.5]", Spacing::List(vec![50.0, 100.5])),
        ("centres = \"50,100.5\"", Spacing::List(vec![50.0, 100.5])),
        ("centres = 60", Spacing::Constant(60.0)),
    ] {
        let (_folder, path) = config(text);
        let states = ["--classifier", "states", "--task", "heart", "--data", "x"];
        let args = train(&[&["--config", &path], &states[..]].concat()).unwrap();
        assert_eq!(front_end(&args).spacing, expected);
    }
    let (_folder, path) = config("# two\ncentres = true\n");
    let wrong = train(&["--config", &path, "--task", "heart", "--data", "x"]).unwrap_err().to_string();
    assert!(
        wrong.contains("line 2") && wrong.contains("expected a number, a list of numbers, or \"@FILE\""),
        "{wrong}"
    );
}

#[test]
fn every_flag_can_be_said_in_a_file() {
    for name in file::spellings::<Nothing>().into_iter().flatten() {
        // No setting is a table: whoever knows the key must refuse it, and nobody may pass over it.
        let refused = file::over::<Nothing>(&TrainFlags::default(), "", &format!("[{name}]\n"));
        let wrong = refused.expect_err(&name);
        assert!(!wrong.what.contains("unknown field"), "{name}: {}", wrong.what);
    }
}

/// Every flag with a value, as it stands on the command line.
const EVERY_FLAG: [&[&str]; 16] = [
    &["--task", "heart", "--data", "a \"b\"\\c", "--circor-labels", "outcome", "--skip-unreadable", "--window", "1.5"],
    &[
        "--segments",
        "cycles",
        "--voting",
        "majority",
        "--channels",
        "mid-side",
        "--static",
        "--phase=false",
        "--classifier",
        "cnn-2d",
    ],
    &["--blocks", "4", "--parts", "2,5", "--lead", "90", "--dropout", "0.3", "--normalise", "window"],
    &["--compression", "power", "--floor", "none", "--least-variance", "1e-300", "--augment", "gain,masks"],
    &["--protocol", "leave-one-subset-out", "--select", "last", "--fold", "3", "--hold-out", "ä\tb"],
    &["--validation-list", "v.txt", "--resume", "--out", "o", "--cache", "c"],
    &["--device", "cuda:1", "--seed", "18446744073709551615", "--epochs", "1", "--minutes", "0.1", "--batch", "2"],
    &["--accumulate", "3", "--learning-rate", "0.1", "--front-end-learning-rate", "1e300", "--order", "2"],
    &["--filters", "5", "--sample-rate", "8000", "--frontend", "paper", "--spacing", "bark", "--range", "25,400.5"],
    &["--centres", "@f", "--bandwidth", "1.5erb", "--taps", "9", "--decay-db", "30", "--gain", "inf"],
    &["--frame-ms", "25", "--hop", "5", "--clip-norm", "1.5", "--checkpoint-minutes", "0.5"],
    &["--warm-up", "1.5epochs", "--schedule", "constant", "--ema", "0.99", "--early-stopping", "7"],
    &["--precision", "bf16", "--augment-strength", "0.7", "--tensorboard"],
    &["--from", "a model", "--learns", "head", "--level", "as-recorded", "--epoch-windows", "largest-group"],
    &["--draw", "windows", "--accumulation", "sum", "--optimiser", "adamw", "--people", "adults, at rest"],
    &["--worst-subset", "0.01"],
];

#[test]
fn a_flag_is_the_same_with_and_without_a_file_under_it() {
    let all = EVERY_FLAG.concat();
    let is_given = |name: &String| all.contains(&&*format!("--{name}")) || name == "phase";
    let forgotten = file::spellings::<Nothing>().into_iter().find(|names| !names.iter().any(is_given));
    assert_eq!(forgotten, None);
    let text = "hop = 20\nseed = 1\ndevice = \"cpu\"\nfloor = 30\ncentres = [1, 2]\nstatic = false\n";
    let (_folder, other) = config(text);
    let over = |words: &[&str]| TrainFlags { origins: Origins::default(), ..flags(words).over_file().unwrap() };
    assert_eq!(over(&[&all[..], &["--config", &other]].concat()), flags(&all));
    let (_folder, empty) = config("");
    for said in [
        ["--bandwidth", "20"],
        ["--bandwidth", "20,30.25"],
        ["--bandwidth", "@w.erb"],
        ["--bandwidth", "erb"],
        ["--bandwidth", "near 80.5"],
        ["--centres", "0.1"],
        ["--centres", "50,60,1e-7"],
        ["--floor", "33.3"],
        ["--augment", "none"],
        ["--warm-up", "200"],
        ["--warm-up", "12.5%"],
        ["--epoch-windows", "10000"],
        ["--optimiser", "sgd"],
        ["--device", "auto"],
    ] {
        assert_eq!(over(&[said, ["--config", &empty]].concat()), flags(&said), "{said:?}");
    }
}

#[test]
fn a_front_end_that_fits_no_window_is_refused_before_the_data_is_looked_for() {
    for (more, expected) in [
        (&["--taps", "2500"][..], "windows of 2500 samples are too short for one frame: expected at least 2524"),
        (&["--order", "9"], "order 9: expected 1 to 8"),
        (&["--centres", "50,60", "--range", "1,2"], "leave out one or the other"),
    ] {
        let refused = train(&[&["--task", "heart", "--data", "nowhere"], more].concat()).unwrap_err();
        assert!(matches!(&refused, Error::Usage(message) if message.contains(expected)), "{refused}");
    }
}

/// These were found after the recordings had been read, or when training had begun.
#[test]
fn what_cannot_work_is_bad_usage_before_any_file_is_opened() {
    let heart = ["--task", "heart", "--data", "nowhere"];
    let scene = ["--task", "scene", "--data", "nowhere"];
    let paper = ["--task", "heart", "--data", "nowhere", "--protocol", "paper", "--validation-list", "nowhere.txt"];
    for (task, more, expected) in [
        (&heart[..], &["--dropout", "1"][..], "dropout is 1; expected 0 or more and less than 1"),
        (&heart, &["--dropout=-0.5"], "dropout is -0.5"),
        (&scene, &["--dropout", "nan"], "dropout is NaN"),
        (&heart, &["--filters", "12"], "12 filters do not fit"),
        (
            &heart,
            &["--batch", "65536"],
            "batches of 65536 windows with 3840 values of the image each: expected at most 17476",
        ),
        (&heart, &["--blocks", "1"], "blocks"),
        (&scene, &["--filters", "4"], "too small for 3 blocks"),
        (&paper, &["--filters", "12"], "12 filters do not fit"),
    ] {
        let refused = train(&[task, more].concat()).unwrap_err();
        assert!(matches!(&refused, Error::Usage(message) if message.contains(expected)), "{more:?}: {refused}");
    }
    let (_folder, path) = config("dropout = 1.5\n");
    let refused = train(&[&heart[..], &["--config", &path]].concat()).unwrap_err();
    assert!(matches!(&refused, Error::Usage(message) if message.contains("dropout is 1.5")), "{refused}");
    // A row of a table brings filters and blocks that fit each other.
    let cli = Cli::try_parse_from(["spectnet", "train"].iter().chain(&heart).chain(&["--filters", "12"])).unwrap();
    assert!(matches!(cli.command, Command::Train(flags) if flags.clone().resolve_for_table().is_ok()));
}

#[test]
fn recipes_that_cannot_be_are_refused() {
    let heart = ["--task", "heart", "--data", "nowhere"];
    let refused = |more: &[&str]| train(&[&heart[..], more].concat()).unwrap_err().to_string();
    for (more, expected) in [
        (&["--ema", "0"][..], "ema is 0; expected more than 0 and less than 1"),
        (&["--ema", "nan"], "ema is NaN"),
        (&["--augment-strength", "2.5"], "augment-strength is 2.5; expected more than 0 and at most 2"),
        (&["--early-stopping", "0"], "early-stopping is 0; expected 1"),
        (&["--early-stopping", "3", "--select", "last"], "--early-stopping needs recordings that choose the epoch"),
        (
            &["--early-stopping", "3", "--select", "calibrated"],
            "--early-stopping needs recordings that choose the epoch",
        ),
        (&["--voting", "majority", "--select", "calibrated"], "use --voting mean or log-mean"),
        (&["--early-stopping", "3", "--protocol", "all"], "--early-stopping needs recordings that choose the epoch"),
        (&["--warm-up", "40epochs"], "--warm-up 40epochs takes all of the 40 epochs"),
        (&["--precision", "bf16"], "--precision bf16: this version trains in f32"),
        (&["--precision", "f16", "--device", "cuda"], "--precision f16: this version trains in f32"),
    ] {
        let message = refused(more);
        assert!(message.contains(expected), "{more:?}: {message}");
    }
    assert!(train(&[&heart[..], &["--precision", "f32", "--warm-up", "39epochs"]].concat()).is_ok());
    let (_folder, path) = config("warm-up = 1.5\n");
    assert!(refused(&["--config", &path]).contains("line 1: expected a number of steps, or a text"));
    for (text, expected) in [
        ("epoch-windows = 0", "line 1: \"0\" is no length of an epoch: expected 1 window or more, or largest-group"),
        ("epoch-windows = 1.5", "line 1: expected a number of windows, or \"largest-group\""),
        ("optimiser = \"adam\"", "line 1"),
    ] {
        let (_folder, path) = config(text);
        let message = refused(&["--config", &path]);
        assert!(message.contains(expected), "{message}");
    }
    for wrong in [
        ["--warm-up", "soon"],
        ["--schedule", "steep"],
        ["--precision", "f8"],
        ["--epoch-windows", "0"],
        ["--draw", "cycles"],
        ["--accumulation", "product"],
        ["--optimiser", "adam"],
    ] {
        assert!(Cli::try_parse_from(["spectnet", "train"].iter().chain(&heart).chain(&wrong)).is_err(), "{wrong:?}");
    }
}

#[test]
fn how_the_data_is_opened_can_be_said() {
    let heart = ["--task", "heart", "--data", "x"];
    let usual = train(&heart).unwrap().opening;
    assert_eq!((usual.circor, usual.skips, usual.may_skip), (CircorLabels::Murmur, false, true));
    let other = train(&[&heart[..], &["--circor-labels", "outcome", "--skip-unreadable"]].concat()).unwrap().opening;
    assert_eq!((other.circor, other.skips), (CircorLabels::Outcome, true));
    let (_folder, path) = config("circor-labels = \"outcome\"\nskip-unreadable = true\n");
    assert_eq!(train(&[&heart[..], &["--config", &path]].concat()).unwrap().opening, other);
}

#[test]
fn whose_hearts_are_learned_from_can_be_said() {
    let heart = ["--task", "heart", "--data", "x"];
    assert_eq!(train(&heart).unwrap().people, None);
    let said = train(&[&heart[..], &["--people", "adults at rest"]].concat()).unwrap();
    assert_eq!(said.people.as_deref(), Some("adults at rest"));
    let (_folder, path) = config("people = \"adults at rest\"\n");
    assert_eq!(train(&[&heart[..], &["--config", &path]].concat()).unwrap().people, said.people);
    let expected = "people: expected 1 to 200 characters of plain text";
    let long = "x".repeat(201);
    for wrong in ["", " ", "adults\nat rest", "adults\u{202e}", &long] {
        let refused = train(&[&heart[..], &["--people", wrong]].concat()).unwrap_err();
        assert!(matches!(&refused, Error::Usage(message) if message == expected), "{refused}");
    }
    let (_folder, path) = config("seed = 1\npeople = \"\"\n");
    let refused = train(&[&heart[..], &["--config", &path]].concat()).unwrap_err().to_string();
    assert!(refused.ends_with(&format!("train.toml, line 2: {expected}")), "{refused}");
    let refused = train(&["--task", "scene", "--data", "x", "--people", "adults"]).unwrap_err();
    assert!(matches!(&refused, Error::Usage(message) if message.starts_with("--people is about hearts")), "{refused}");
}

#[test]
fn the_cache_can_be_said_and_is_no_setting_of_a_run() {
    let heart = ["--task", "heart", "--data", "x"];
    assert_eq!(train(&heart).unwrap().cache, None);
    for (said, place) in [("off", CachePlace::Off), ("a b", CachePlace::Folder("a b".into()))] {
        let flags = flags(&[&heart[..], &["--cache", said]].concat());
        assert_eq!(flags.clone().resolve().unwrap().cache, Some(place.clone()));
        assert_eq!(flags.complete().unwrap().cache, None);
        let (_folder, path) = config(&format!("cache = {said:?}\n"));
        assert_eq!(train(&[&heart[..], &["--config", &path]].concat()).unwrap().cache, Some(place));
    }
    assert!(Cli::try_parse_from(["spectnet", "train", "--cache", ""]).is_err());
}

#[test]
fn names_are_read_from_whatever_holds_them() {
    let folder = tempfile::tempdir().unwrap();
    let validation = folder.path().join("data/Validation");
    std::fs::create_dir_all(&validation).unwrap();
    for name in ["a0001.WAV", "a0002.flac", "REFERENCE.csv"] {
        std::fs::write(validation.join(name), "a0001,1\na0002,1\n").unwrap();
    }
    let utf16: Vec<u8> = "\u{feff}a0001\r\na0002\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let lists: [&[u8]; 6] = [
        b"\xef\xbb\xbfa0001\r\na0002\r\n",
        b"a0001.wav\na0002.WAV\n",
        b"training-a/a0001\n.\\training-a\\a0002.flac\n",
        b"record,label\na0001,-1\na0002,1\n",
        b"\"a0001\";x\r\n\"a0002\";y\r\n",
        &utf16,
    ];
    let expected = HeldOut::Listed(["a0001", "a0002"].map(String::from).into());
    let named = |list: &Path| {
        let list = list.to_string_lossy().into_owned();
        train(&["--task", "heart", "--data", "x", "--protocol", "paper", "--validation-list", &list]).unwrap().held_out
    };
    let file = folder.path().join("list.txt");
    for list in lists {
        std::fs::write(&file, list).unwrap();
        assert_eq!(named(&file), expected, "{:?}", String::from_utf8_lossy(list));
    }
    assert_eq!(named(&validation), expected);
    // Where nothing is said, it is the folder that PhysioNet distributes with the data.
    let data = folder.path().join("data").to_string_lossy().into_owned();
    let args = train(&["--task", "heart", "--data", &data, "--protocol", "paper"]).unwrap();
    assert_eq!(args.held_out, expected);
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let (_folder, path) = config("task = \"heart\"\nlearning_rate = 1\n");
    let message = train(&["--config", &path]).unwrap_err().to_string();
    assert!(message.contains("line 2") && message.contains("`learning_rate`"), "{message}");
    assert!(!message.contains('\n'), "{message}");
}

#[test]
fn values_of_the_file_are_checked_like_flags() {
    for (text, expected) in [
        ("blocks = 9", "blocks is 9; expected 1 to 4"),
        ("batch = 1", "batch is 1; expected 2 to 65536"),
        ("learning-rate = -1.0", "learning-rate is -1; expected a positive number"),
        ("minutes = nan", "minutes is NaN"),
        ("device = \"gpu\"", "device \"gpu\": expected auto"),
        ("filters = \"many\"", "line 1"),
    ] {
        let (_folder, path) = config(text);
        let message = train(&["--config", &path, "--task", "heart", "--data", "x"]).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    for (flag, expected) in [
        (["--blocks", "9"], "blocks is 9; expected 1 to 4"),
        (["--batch", "1"], "batch is 1; expected 2 to 65536"),
        (["--learning-rate", "0"], "learning-rate is 0; expected a positive number"),
        (["--window", "inf"], "window is inf; expected a positive number"),
    ] {
        let refused = train(&[&["--task", "heart", "--data", "x"], &flag[..]].concat()).unwrap_err();
        assert!(matches!(&refused, Error::Usage(message) if message == expected), "{refused}");
    }
}

#[test]
fn windows_of_hearts_are_as_long_as_asked_for_where_the_network_sees_their_states() {
    let heart = ["--task", "heart", "--data", "x"];
    let windowing = |more: &[&str]| {
        let args = train(&[&heart[..], more].concat())?;
        Ok::<_, Error>(args.model_config(args.any_labels()).unwrap().windowing)
    };
    for (more, samples, hop) in [
        (&["--classifier", "states"][..], 2500, 1250),
        (&["--classifier", "states", "--window", "10"], 10_000, 5000),
        (&["--classifier", "residual"], 2500, 2500),
    ] {
        let found = windowing(more).unwrap();
        assert_eq!([found.samples, found.hop], [samples, hop], "{more:?}");
    }
    let refused = windowing(&["--classifier", "residual", "--window", "10"]).unwrap_err().to_string();
    assert!(refused.contains("other heart models see 2.5 s"), "{refused}");
}

#[test]
fn what_is_missing_or_not_there_yet_is_said() {
    assert!(matches!(train(&["--task", "heart"]), Err(Error::Usage(message)) if message.contains("--data")));
    let paper = ["--task", "heart", "--data", "x", "--protocol", "paper"];
    assert!(matches!(train(&paper), Err(Error::Usage(message)) if message.contains("--validation-list")));
    let list = ["--task", "heart", "--data", "x", "--validation-list", "v.txt"];
    assert!(matches!(train(&list), Err(Error::Usage(message)) if message.contains("--protocol paper")));
}

#[test]
fn the_published_procedure_has_its_own_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.txt");
    std::fs::write(&list, "a0001\r\n\n  a0002 \n").unwrap();
    let list = list.to_string_lossy().into_owned();
    let paper = ["--task", "heart", "--data", "x", "--protocol", "paper", "--validation-list", &list];
    let args = train(&paper).unwrap();
    assert_eq!(args.held_out, HeldOut::Listed(["a0001", "a0002"].map(String::from).into()));
    assert_eq!((args.frontend, args.voting), (Form::Paper, Voting::Majority));
    assert_eq!((args.segments, args.spike_rule), (Segments::Cycles, SpikeRule::Published));
    // Stochastic gradient descent along the sum of the gradients of ten batches, with rates that stay as they are, over every
    // heart cycle.
    let recipe = &args.recipe;
    assert_eq!((recipe.optimiser, recipe.accumulation), (Optimiser::Sgd, Accumulation::Sum));
    assert_eq!((recipe.batch, recipe.accumulate, recipe.clip_norm, recipe.ema), (96, 10, None, None));
    assert_eq!((recipe.learning_rate, recipe.front_end_learning_rate), (0.005, 0.1));
    assert_eq!((recipe.warm_up, recipe.schedule), (WarmUp::Steps(0), Schedule::Constant));
    assert_eq!((recipe.draw, recipe.epoch_windows), (Draws::Windows, EpochLength::LargestGroup));
    assert!(recipe.augment.is_empty());
    assert_eq!(target_rms(&args), None);
    for wrong in [["--fold", "1"], ["--hold-out", "a"]] {
        assert!(matches!(train(&[&paper[..], &wrong].concat()), Err(Error::Usage(_))), "{wrong:?}");
    }
}

/// The level of its recordings where they hold sound.
fn target_rms(args: &TrainArgs) -> Option<f64> {
    args.model_config(args.any_labels()).unwrap().conditioning.target_rms
}

/// Whatever the published procedure does otherwise can be said with any protocol, and unsaid with that one.
#[test]
fn each_part_of_the_published_recipe_is_a_setting_of_its_own() {
    let paper = ["--protocol", "paper"];
    let list = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(list.path(), "a0001\n").unwrap();
    let list = ["--validation-list", list.path().to_str().unwrap()];
    let heart = ["--task", "heart", "--data", "x"];
    let usual = train(&heart).unwrap();
    let published = train(&[&heart[..], &paper, &list].concat()).unwrap();
    let said = [
        &["--optimiser", "sgd", "--accumulate", "10", "--accumulation", "sum", "--batch", "96", "--warm-up", "0"][..],
        &["--schedule", "constant", "--draw", "windows", "--epoch-windows", "largest-group", "--augment", "none"],
        &["--level", "as-recorded", "--learning-rate", "0.005"],
        &["--front-end-learning-rate", "0.1", "--frontend", "paper", "--segments", "cycles"],
    ];
    let said = train(&[&heart[..], &said.concat()[..]].concat()).unwrap();
    assert_eq!(said.recipe, published.recipe);
    assert_eq!(target_rms(&said), target_rms(&published));
    let unsaid = [
        &["--optimiser", "adamw", "--accumulate", "1", "--accumulation", "mean", "--batch", "64", "--warm-up", "3%"][..],
        &["--schedule", "cosine", "--draw", "recordings", "--epoch-windows", "4096", "--augment", "gain"],
        &["--level", "scaled", "--learning-rate", "0.001", "--front-end-learning-rate", "0.01"],
    ];
    let unsaid = train(&[&heart[..], &paper, &list, &unsaid.concat()[..]].concat()).unwrap();
    assert_eq!(unsaid.recipe, usual.recipe);
    assert_eq!(target_rms(&unsaid), Some(0.05));
}

#[test]
fn a_floor_needs_a_level_that_it_lies_below() {
    let states = ["--task", "heart", "--data", "x", "--classifier", "states"];
    let with = |more: &[&str]| train(&[&states[..], more].concat());
    let floor = |args: &TrainArgs| args.scaling.floor_db;
    assert_eq!(floor(&with(&[]).unwrap()), Some(45.0));
    let recorded = with(&["--level", "as-recorded"]).unwrap();
    assert_eq!((floor(&recorded), target_rms(&recorded)), (None, None));
    assert!(with(&["--level", "as-recorded", "--floor", "none"]).is_ok());
    let refused = with(&["--level", "as-recorded", "--floor", "30"]).unwrap_err().to_string();
    assert!(refused.contains("leave it out, or use --level scaled"), "{refused}");
    let scene = train(&["--task", "scene", "--data", "x", "--level", "as-recorded"]).unwrap();
    assert_eq!(target_rms(&scene), None);
}

#[test]
fn parts_belong_to_states_and_can_be_said_here_or_in_a_file() {
    let states = ["--task", "heart", "--data", "x", "--classifier", "states"];
    let parts = |args: &TrainArgs| args.classifier.parts().map(|parts| [parts.systole, parts.diastole]);
    let usual = train(&states).unwrap();
    assert_eq!((parts(&usual), usual.recipe.learning_rate), (Some([3, 4]), 3e-3));
    assert_eq!(parts(&train(&[&states[..], &["--parts", "1, 2"]].concat()).unwrap()), Some([1, 2]));
    let (_folder, path) = config("parts = [2, 5]\n");
    assert_eq!(parts(&train(&[&states[..], &["--config", &path]].concat()).unwrap()), Some([2, 5]));
    let (_folder, path) = config("parts = [0, 5]\n");
    let wrong = train(&[&states[..], &["--config", &path]].concat()).unwrap_err().to_string();
    assert!(wrong.contains("0 parts of the systole and 5 of the diastole"), "{wrong}");
    let other = train(&["--task", "heart", "--data", "x", "--parts", "3,4"]).unwrap_err();
    assert!(matches!(&other, Error::Usage(message) if message.contains("--classifier states")), "{other}");
    let lead = |args: &TrainArgs| args.classifier.parts().map(|parts| (parts.systole, parts.lead_ms));
    assert_eq!(lead(&train(&[&states[..], &["--lead", "50"]].concat()).unwrap()), Some((3, 50)));
    let long = train(&[&states[..], &["--lead", "201"]].concat()).unwrap_err().to_string();
    assert!(long.contains("expected 0 to 200"), "{long}");
    let other = train(&["--task", "heart", "--data", "x", "--lead", "50"]).unwrap_err();
    assert!(matches!(&other, Error::Usage(message) if message.contains("--lead belongs")), "{other}");
    for wrong in ["3", "3,", "a,b", "0,4", "3,17", "3,4,5"] {
        let all = [&["spectnet", "train"], &states[..], &["--parts", wrong]].concat();
        assert!(Cli::try_parse_from(all).is_err(), "{wrong}");
    }
}

#[test]
fn what_networks_to_compare_with_cannot_follow_is_refused() {
    let heart = ["--task", "heart", "--data", "x", "--classifier"];
    for (classifier, with, why) in [
        ("cnn-1d", &["--augment", "gain,masks"][..], "filters' outputs"),
        ("cnn-1d", &["--compression", "power"], "filters' outputs"),
        ("cnn-1d", &["--blocks", "3"], "has no blocks"),
        ("cnn-2d", &["--blocks", "3"], "has no blocks"),
    ] {
        let refused = train(&[&heart[..], &[classifier], with].concat()).unwrap_err();
        assert!(matches!(&refused, Error::Usage(message) if message.contains(why)), "{classifier}: {refused}");
        assert!(train(&[&heart[..], &[classifier]].concat()).is_ok());
    }
    let scene = ["--task", "scene", "--data", "x", "--classifier"];
    let refused = train(&[&scene[..], &["cnn-1d"]].concat()).unwrap_err();
    assert!(matches!(&refused, Error::Usage(message) if message.contains("is for heart sounds")), "{refused}");
    assert!(train(&[&scene[..], &["cnn-2d"]].concat()).is_ok());
}

#[test]
fn any_configuration_file_gets_settings_or_a_sentence() {
    // Of each key something that it takes.
    let known = [
        ("filters", "16"),
        ("centres", "[50.0, 100.0]"),
        ("bandwidth", "\"erb\""),
        ("range", "[10, 400]"),
        ("dropout", "0.3"),
        ("batch", "8"),
        ("taps", "50"),
        ("hop-ms", "10"),
        ("augment", "[\"gain\"]"),
        ("x", "1"),
    ];
    let of_any = (proptest::sample::select(known.to_vec()), "[-0-9e.\\[\\], \"a-z@\u{202e}]{0,40}", any_text());
    let of_any = of_any.prop_map(|((key, _), value, more)| format!("{key} = {value}\n{more}"));
    let of_known = proptest::sample::select(known.to_vec()).prop_map(|(key, value)| format!("{key} = {value}\n"));
    let text = prop_oneof![3 => of_any, 1 => of_known];
    let (taken, refused) = (Cell::new(0), Cell::new(0));
    proptest!(ProptestConfig::with_cases(800), |(text in text)| {
        let (_folder, path) = config(&text);
        let counted = match train(&["--task", "heart", "--data", "nowhere", "--config", &path]) {
            Ok(_) => &taken,
            Err(error) => {
                prop_assert!((1..4000).contains(&error.to_string().len()), "{error}");
                &refused
            }
        };
        counted.set(counted.get() + 1);
    });
    assert!(taken.get() >= 50 && refused.get() >= 50, "{} are taken, {} refused", taken.get(), refused.get());
}

/// Up to twenty characters of any kind.
fn any_text() -> impl Strategy<Value = String> {
    proptest::collection::vec(any::<char>(), 0..20).prop_map(|characters| characters.into_iter().collect())
}

#[test]
fn all_settings_as_a_file_do_the_same_again() {
    let heart = ["--task", "heart", "--data", "x"];
    let scene = ["--task", "scene", "--data", "x"];
    let cases: [(&[&str], &[&str]); 15] = [
        (&heart, &[]),
        (&heart, &["--classifier", "pooled", "--blocks", "1", "--seed", "7", "--minutes", "3.5", "--clip-norm", "1"]),
        (
            &heart,
            &[
                "--classifier",
                "states",
                "--filters",
                "32",
                "--parts",
                "2,5",
                "--lead",
                "40",
                "--floor",
                "none",
                "--voting",
                "log-mean",
                "--window",
                "10",
            ],
        ),
        (&heart, &["--classifier", "cnn-1d", "--augment", "none", "--static", "--people", "adults"]),
        (&heart, &["--classifier", "cnn-2d", "--frontend", "paper", "--gain", "3", "--phase"]),
        (&heart, &["--classifier", "states", "--centres", "50,100,150", "--bandwidth", "20,30,40", "--hop-ms", "20"]),
        (&heart, &["--classifier", "states", "--bandwidth", "1.5erb", "--centres", "60", "--filters", "4"]),
        (&heart, &["--warm-up", "9", "--schedule", "constant", "--ema", "0.9", "--early-stopping", "3"]),
        (&heart, &["--optimiser", "sgd", "--accumulate", "3", "--accumulation", "sum", "--epoch-windows", "9999"]),
        (&heart, &["--draw", "windows", "--epoch-windows", "largest-group", "--level", "as-recorded"]),
        (&heart, &["--protocol", "leave-one-subset-out", "--hold-out", "a", "--channels", "separate"]),
        (&heart, &["--protocol", "all", "--device", "cpu", "--skip-unreadable", "--circor-labels", "outcome"]),
        (&scene, &[]),
        (&scene, &["--classifier", "residual", "--filters", "48", "--sample-rate", "8000"]),
        (&scene, &["--window", "1", "--augment", "gain,masks,speed", "--accumulate", "2", "--range", "100,3000"]),
    ];
    for (task, more) in cases {
        let said = flags(&[task, more, &["--out", "there"]].concat());
        let all = said.complete().unwrap();
        let text = all.as_file(&Nothing {}).unwrap();
        for name in ["learning-rate", "taps", "bandwidth"] {
            assert!(text.lines().any(|line| line.starts_with(&format!("{name} = "))), "{name}: {text}");
        }
        assert!(!text.contains("there"), "{text}");
        let (_folder, path) = config(&text);
        let again = train(&["--config", &path, "--out", "there"]).unwrap();
        let expected = said.resolve().unwrap();
        assert_eq!(front_end(&again), front_end(&expected), "{more:?}");
        // The front-end is said in other words, and comes to the same.
        let again = TrainArgs { front_end: expected.front_end.clone(), window_s: expected.window_s, ..again };
        assert_eq!(again, expected, "{more:?}");
        // Nothing is left to say.
        let (_folder, path) = config(&text);
        let twice = flags(&["--config", &path]).over_file().unwrap().complete().unwrap();
        assert_eq!(twice.as_file(&Nothing {}).unwrap(), text, "{more:?}");
    }
}

/// They began in the folder where somebody happened to be.
#[test]
fn paths_of_a_file_for_another_folder_are_absolute() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.txt");
    std::fs::write(&list, "a0001\n").unwrap();
    let list = list.to_string_lossy().into_owned();
    let said = flags(&["--task", "heart", "--data", "x/y", "--protocol", "paper", "--validation-list", &list]);
    let all = said.complete().unwrap().with_absolute_paths();
    let here = std::env::current_dir().unwrap();
    assert_eq!(all.data, Some(here.join("x").join("y")));
    assert_eq!((all.validation_list.as_deref(), all.from.as_deref()), (Some(Path::new(&list)), None));
    assert_eq!(all.clone().with_absolute_paths(), all);
}

#[test]
fn settings_of_the_command_line_stand_between_file_and_flags() {
    let (_folder, path) = config("task = \"heart\"\ndata = \"x\"\nseed = 1\nepochs = 5\nbatch = 8\n");
    let args = train(&["--config", &path, "--set", "seed=2", "--set", "epochs = 6", "--epochs", "7"]).unwrap();
    assert_eq!((args.recipe.seed, args.recipe.epochs, args.recipe.batch), (2, 7, 8));
    // Text needs no quotation marks, and no file is needed.
    let set = [
        "--set",
        "task=scene",
        "--set",
        "data=a b",
        "--set",
        "static=true",
        "--set",
        "centres=[200, 300, 400, 500, 600, 700, 800, 900]",
    ];
    let args = train(&set).unwrap();
    assert_eq!((args.task, args.data.as_path(), args.learnable), (Task::Scene, Path::new("a b"), false));
    assert_eq!(front_end(&args).filters, 8);
    for (set, expected) in [
        ("seeds=1", "--set seeds=1: unknown field `seeds` (did you mean `seed`?)"),
        ("seed", "expected a setting and its value"),
        ("=3", "expected a setting and its value"),
        ("seed=many", "--set seed=many: invalid type"),
        ("[x]=1", "expected a setting and its value"),
    ] {
        let refused = train(&["--task", "heart", "--data", "x", "--set", set]).unwrap_err();
        assert!(matches!(&refused, Error::Usage(message) if message.contains(expected)), "{refused}");
    }
}

#[test]
fn a_value_out_of_range_is_named_with_its_file_and_line() {
    for (text, place) in [
        ("# one\nblocks = 9\n", "train.toml, line 2: blocks is 9; expected 1 to 4"),
        ("seed = 1\n\norder = 9", "train.toml, line 3: order 9: expected 1 to 8"),
        ("range = [9, 1]", "train.toml, line 1: --range 9,1: expected"),
        ("\nema = 1.0", "train.toml, line 2: ema is 1; expected more than 0 and less than 1"),
        ("clip-norm = 0.0", "train.toml, line 1: clip-norm is 0; expected a positive number"),
    ] {
        let (_folder, path) = config(text);
        let all = ["--config", &path, "--task", "heart", "--data", "x"];
        let message = train(&all).unwrap_err().to_string();
        assert!(message.contains(place), "{message}");
        assert!(matches!(flags(&all).over_file().unwrap().complete(), Err(Error::Usage(_))));
        // What the command line says stands in no file.
        let message = train(&[&all[..], &["--batch", "1"]].concat()).unwrap_err().to_string();
        assert!(!message.contains("line") || message.contains(place), "{message}");
    }
    let (_folder, path) = config("batch = 9\n");
    let message =
        train(&["--config", &path, "--task", "heart", "--data", "x", "--batch", "1"]).unwrap_err().to_string();
    assert_eq!(message, "batch is 1; expected 2 to 65536");
}
