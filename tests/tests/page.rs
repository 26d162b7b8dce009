//! The page in a real browser: the same numbers as the command line, on WebGPU and without, and no way to break it with a file.
//!
//! The name of every test here begins with `browser_`, so that `cargo xtask test --no-browser` can leave them out.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

use serde_json::Value;
use spectnet_core::{
    audio::{Channels, Recording, write_wav, write_wav_channels},
    model::{Compression, Normalisation, SCENE_RATE, Scaling},
    synth::{HeartOptions, heart},
};
use spectnet_tests::{
    agreement::{assert_same_prediction, number},
    browser::{Graphics, Screen},
    models,
    page::{self, Page, visit},
    recordings,
    spectnet::{predict, predict_whole, predict_with},
    wav::Wav,
};

/// Most bytes of the program's memory for a recording of any length at 22.05 kHz: the program with a small model, and some
/// copies of a minute, which are 5 MB each. It was 47 MB, and 50 once in a browser that was kept waiting: then one copy
/// more is there at a time.
const MOST_MEMORY: usize = 53 << 20;
/// So often ten minutes are judged: what is there at a time differs, and memory that a program once had stays its own.
const ROUNDS: usize = 3;

/// Bytes that an hour may add to ten minutes: what is said of its windows and heart cycles, and the image that stays
/// readable where a person looks closely (of these three filters 2 MB, and of no bank more than 8). It was 10.6 MB.
const DRIFT: usize = 12 << 20;

#[test]
fn browser_with_webgpu_agrees_with_the_command_line() {
    visit(Graphics::WebGpu, Screen::Desktop, async |page| {
        page.open("").await;
        assert_eq!(
            page.attribute("#backend", "data-backend").await,
            "webgpu",
            "{}",
            page.visible_text("#backend").await
        );
        agrees_with_command_line(page).await;
    });
}

#[test]
fn browser_without_webgpu_agrees_with_the_command_line() {
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        assert_eq!(page.attribute("#backend", "data-backend").await, "cpu", "{}", page.visible_text("#backend").await);
        agrees_with_command_line(page).await;
    });
}

#[test]
fn browser_uses_the_cpu_when_the_address_asks_for_it() {
    visit(Graphics::WebGpu, Screen::Desktop, async |page| {
        page.open("?backend=cpu").await;
        assert_eq!(page.attribute("#backend", "data-backend").await, "cpu");
    });
}

/// The page compares what WebGPU answers with the CPU's answer whenever it opens a model, and goes on with the CPU where they
/// differ. A model with random weights leaves no layer without effect.
#[test]
fn browser_with_webgpu_runs_every_size_of_network() {
    let folder = tempfile::tempdir().unwrap();
    visit(Graphics::WebGpu, Screen::Desktop, async |page| {
        page.open("").await;
        let log = Scaling { normalisation: Normalisation::Window, ..Scaling::default() };
        let power =
            Scaling { compression: Compression::Power, normalisation: Normalisation::Data, ..Scaling::default() };
        let models = [
            models::heart(2, 3, 2),
            models::heart(4, 15, 5),
            models::heart(2, 20, 15),
            models::heart(4, 32, 2),
            models::pooled(1, 5, 2, Scaling::default()),
            models::pooled(2, 5, 3, log),
            models::pooled(3, 46, 10, power),
            models::pooled(4, 64, 15, log),
            models::pooled(3, 149, 10, Scaling { normalisation: Normalisation::None, ..power }),
            models::states(13),
            models::environment(SCENE_RATE, 46, Compression::Power),
            models::environment(22_050, 64, Compression::Log),
        ];
        for (index, config) in models.iter().enumerate() {
            let file = folder.path().join(format!("{index}.safetensors"));
            fs::write(&file, models::random(config)).unwrap();
            assert_eq!(page.load_model(&file).await, "ready", "{}", page.visible_text("#error").await);
            assert_eq!(
                page.attribute("#backend", "data-backend").await,
                "webgpu",
                "{:?}, {} filters: {}",
                config.classifier,
                config.front_end.filters,
                page.visible_text("#backend").await
            );
        }
    });
}

#[test]
fn browser_with_webgpu_knows_environmental_sounds() {
    visit(Graphics::WebGpu, Screen::Desktop, async |page| {
        page.open("").await;
        knows_environmental_sounds(page, SCENE_RATE, Compression::Power).await;
        assert_eq!(page.attribute("#backend", "data-backend").await, "webgpu");
    });
}

#[test]
fn browser_without_webgpu_knows_environmental_sounds() {
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        knows_environmental_sounds(page, 22_050, Compression::Log).await;
        assert_eq!(page.attribute("#backend", "data-backend").await, "cpu");
    });
}

/// A model of another task: every kind of file reaches it at its full rate, the verdict is the command line's, and nothing on
/// the page speaks of hearts.
async fn knows_environmental_sounds(page: &Page, rate: u32, compression: Compression) {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("environment.safetensors");
    fs::write(&model, models::random(&models::environment(rate, 46, compression))).unwrap();
    assert_eq!(page.load_model(&model).await, "ready", "{}", page.visible_text("#error").await);
    let mut named = 0;
    for recording in recordings::environment(folder.path()).into_iter().rev() {
        assert_eq!(page.classify(&recording).await, "done", "{}", page.visible_text("#error").await);
        let (result, expected) = (page.result().await, predict(&model, &recording));
        println!("{}: {expected}", recording.display());
        assert_same_prediction(&result, &expected);
        let Some(label) = expected["label"].as_str() else {
            // Some of the real clips are shorter than a window.
            assert_eq!(expected["abstained"]["reason"], "too_short", "{expected}");
            assert_eq!(page.attribute("#verdict", "data-abstained").await, "too_short");
            continue;
        };
        assert_eq!(page.attribute("#verdict", "data-label").await, label);
        assert_eq!(page.visible_text("#verdict").await, label.replace('_', " "));
        named += 1;
    }
    assert!(named >= 2, "{named} recordings have a label");

    assert!(page.visible_text("#verdict-basis").await.contains("mean of log-probabilities"));

    let classes = page.content("#classes").await;
    assert_eq!(classes.lines().filter(|line| line.ends_with('%')).count(), models::ENVIRONMENT.len(), "{classes}");
    assert!(classes.contains("dog bark") && !classes.contains('_'), "{classes}");
    let shares: Vec<f64> = classes.lines().filter_map(|line| line.strip_suffix(" %")?.parse().ok()).collect();
    assert!(shares.windows(2).all(|pair| pair[0] >= pair[1]), "the most probable class comes first: {classes}");
    let rows = page.content("#windows").await;
    assert!(models::ENVIRONMENT.iter().filter(|label| rows.contains(&label.replace('_', " "))).count() >= 5, "{rows}");
    let last_tick = if rate > 20_000 { "10k" } else { "5k" };
    assert!(page.content("#filters").await.contains(last_tick), "the axis reaches half the sampling rate");
    for card in [".intro", ".try", ".result", ".timeline", ".bank", ".about"] {
        let text = page.visible_text(card).await.to_lowercase();
        let said: Vec<&str> = text.split(|letter: char| !letter.is_alphabetic()).collect();
        for word in ["heart", "hearts", "normal", "abnormal", "medical", "health", "patient"] {
            assert!(!said.contains(&word), "{card} says {word:?}: {text}");
        }
    }
    let recordings = page.visible_text("#recorded").await;
    assert!(["A dog", "A rooster", "Waves of the sea", "A clock"].iter().all(|name| recordings.contains(name)));
    assert_eq!(page.visible_text("#examples-choice").await, "", "no synthesised sound is of these classes");
    assert_eq!(page.press("#recorded button").await, "done", "{}", page.visible_text("#error").await);
    assert!(page.visible_text("#recording-note").await.contains("Freesound 136288, CC0"));
}

/// Each downmix of a recording of two channels is classified and votes, as on the command line.
#[test]
fn browser_hears_the_channels_as_the_model_was_trained() {
    let folder = tempfile::tempdir().unwrap();
    let stereo = folder.path().join("stereo.wav");
    // The left channel has what the right one has, and something of its own, so that mean and side are unlike.
    let channel = |steps: &[f32]| {
        let tone = |step: f32, k: u32| 0.3 * (step * k as f32 + 3e-6 * (k * (k % 3001)) as f32).sin();
        let samples = (0..4 * 22_050).map(|k| steps.iter().map(|step| tone(*step, k)).sum()).collect();
        Recording::new(samples, 22_050).unwrap()
    };
    fs::write(&stereo, write_wav_channels(&[&channel(&[0.05, 0.31]), &channel(&[0.05])], 16).unwrap()).unwrap();
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        let mut verdicts = Vec::new();
        for channels in [Channels::Mean, Channels::MidSide, Channels::Separate] {
            let mut config = models::environment(8000, 8, Compression::Power);
            config.conditioning.channels = channels;
            let model = folder.path().join(format!("{channels:?}.safetensors"));
            fs::write(&model, models::random(&config)).unwrap();
            // A recording that is there already is judged at once.
            let state = if verdicts.is_empty() { "ready" } else { "done" };
            assert_eq!(page.load_model(&model).await, state, "{}", page.visible_text("#error").await);
            assert_eq!(page.classify(&stereo).await, "done", "{}", page.visible_text("#error").await);
            let (result, expected) = (page.result().await, predict(&model, &stereo));
            assert_same_prediction(&result, &expected);
            let windows = result["windows"].as_array().unwrap().len();
            assert_eq!(windows, expected["windows"].as_array().unwrap().len(), "{channels:?}");
            verdicts.push((windows, result["probabilities"].clone()));
        }
        // Two downmixes have twice the windows, and each way of taking the channels has its own probabilities.
        assert_eq!([verdicts[1].0, verdicts[2].0], [2 * verdicts[0].0; 2]);
        assert!(verdicts[0].1 != verdicts[1].1 && verdicts[1].1 != verdicts[2].1, "{verdicts:?}");
    });
}

#[test]
fn browser_follows_the_model_that_is_chosen_in_the_menu() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("environment.safetensors");
    fs::write(&model, models::random(&models::environment(SCENE_RATE, 64, Compression::Log))).unwrap();
    let heart = &recordings::hearts(folder.path())[0];
    visit(Graphics::None, Screen::Desktop, async |page| {
        let is_heart = async |heart: bool| {
            assert_eq!(!page.visible_text("#notice-heart").await.is_empty(), heart);
            assert_eq!(page.visible_text("#notice-scene").await.is_empty(), heart);
            assert_eq!(page.content("#filters").await.contains("5k"), !heart);
            assert_eq!(page.content("#model-card").await.contains("dog bark"), !heart);
            assert_eq!(page.content("#examples").await.contains("murmur"), heart);
            assert_eq!(page.content("#recorded").await.contains("murmur"), heart);
        };
        page.open("").await;
        is_heart(true).await;
        assert_eq!(page.classify(heart).await, "done", "{}", page.visible_text("#error").await);
        let of_heart = page.result().await;

        assert_eq!(page.load_model(&model).await, "done", "the recording at hand is judged by the new model");
        is_heart(false).await;
        assert_same_prediction(&page.result().await, &predict(&model, heart));
        assert_eq!(page.choose_in_menu(0).await, "done");
        is_heart(true).await;
        assert_eq!(page.result().await, of_heart);
        assert!(page.content("#windows-title").await.contains("abnormal"));
    });
}

/// Probability and label of a model that knows what they are worth, and the line between the classes that a person moves.
#[test]
fn browser_moves_the_threshold_of_a_model_that_was_measured() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, assessed, assessment) = models::assessed();
    let [without, model] = [("plain", plain), ("assessed", assessed)].map(|(name, bytes)| {
        let file = folder.path().join(format!("{name}.safetensors"));
        fs::write(&file, bytes).unwrap();
        file
    });
    let recording = &recordings::hearts(folder.path())[0];
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        page.load_model(&without).await;
        assert_eq!(page.classify(recording).await, "done", "{}", page.visible_text("#error").await);
        assert_same_prediction(&page.result().await, &predict(&without, recording));
        assert_eq!(page.visible_text("#threshold-choice").await, "", "there is nothing to move");

        assert_eq!(page.load_model(&model).await, "done", "{}", page.visible_text("#error").await);
        let (usual, expected) = (page.result().await, predict(&model, recording));
        assert_same_prediction(&usual, &expected);
        assert_eq!(usual["calibrated"], true);
        let abnormal = number(&expected["probabilities"]["abnormal"]);
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        assert!(page.visible_text("#probability").await.starts_with(&percent(abnormal)));
        let said = page.visible_text("#threshold-choice").await;
        let source = "Measured on 60 recordings that were also used to choose this threshold";
        for expected in ["Called “abnormal” from", &percent(assessment.threshold), source] {
            assert!(said.contains(expected), "{expected}: {said}");
        }
        assert!(page.content("#model-card").await.contains("Brier score"));

        assert!((0.02..0.98).contains(&abnormal), "{abnormal} leaves no room on both sides");
        for (threshold, label) in [(abnormal - 0.01, "abnormal"), (abnormal + 0.01, "normal")] {
            page.slide("#threshold", threshold).await;
            let (moved, expected) =
                (page.result().await, predict_with(&["--threshold", &threshold.to_string()], &model, recording));
            assert_same_prediction(&moved, &expected);
            assert_eq!(
                (moved["label"].as_str(), page.attribute("#verdict", "data-label").await.as_str()),
                (Some(label), label)
            );
            let [sensitivity, specificity] = assessment.at(threshold).map(percent);
            let said = page.visible_text("#threshold-worth").await;
            assert!(said.contains(&format!("Sensitivity {sensitivity}, specificity {specificity}.")), "{said}");
        }
        page.press_at_once("#threshold-usual").await;
        assert_eq!(page.result().await, usual);
        assert_eq!(page.visible_text("#threshold-usual").await, "");
        // Another recording is judged by the line as it was put.
        page.slide("#threshold", 0.0).await;
        assert_eq!(page.classify(recording).await, "done");
        assert_eq!(
            (&page.result().await["label"], &page.result().await["threshold"]),
            (&"abnormal".into(), &0.0.into())
        );
    });
}

/// A long WAV file is read piece by piece: its first minute by itself, all of it when asked, as the command line does.
#[test]
fn browser_judges_all_of_a_long_recording_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("long.wav");
    let options = HeartOptions { seed: 4, seconds: 200.0, sample_rate: 2000, murmur: None };
    fs::write(&file, write_wav(&heart(&options).unwrap().recording).unwrap()).unwrap();
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        assert_eq!(page.classify(&file).await, "done", "{}", page.visible_text("#error").await);
        assert!(page.visible_text("#recording-note").await.contains("first 60 s are used"));
        assert_same_prediction(&page.result().await, &predict(&page::default_model(), &file));
        assert_eq!(page.press("#whole").await, "done", "{}", page.visible_text("#error").await);
        assert_same_prediction(&page.result().await, &predict_whole(&page::default_model(), &file));
        assert!(!page.visible_text("#recording-note").await.contains("first 60 s"));
    });
}

/// An hour takes no more of the program's memory than ten minutes, and the verdict is the command line's. A small network, so
/// that most of the work is the recording's.
#[test]
fn browser_judges_an_hour_in_the_memory_of_ten_minutes() {
    let folder = tempfile::tempdir().unwrap();
    let (part, whole) = (folder.path().join("ten-minutes.wav"), folder.path().join("hour.wav"));
    write_long(&part, 60);
    write_long(&whole, 360);
    let model = folder.path().join("small.safetensors");
    fs::write(&model, models::random(&models::heart(2, 3, 2))).unwrap();
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        assert_eq!(page.load_model(&model).await, "ready", "{}", page.visible_text("#error").await);
        let mut memory = [0, 0];
        for ((file, rounds), memory) in [(&part, ROUNDS), (&whole, 1)].into_iter().zip(&mut memory) {
            for _ in 0..rounds {
                assert_eq!(page.classify(file).await, "done", "{}", page.visible_text("#error").await);
                assert_eq!(page.press("#whole").await, "done", "{}", page.visible_text("#error").await);
            }
            *memory = page.program_memory().await;
        }
        let [part, hour] = memory;
        println!("memory of the program: {part} bytes after ten minutes, {hour} after an hour");
        assert!(hour <= part + DRIFT && hour < MOST_MEMORY, "{part} bytes after ten minutes, {hour} after an hour");
        assert_same_prediction(&page.result().await, &predict_whole(&model, &whole));
    });
}

/// Writes heart sound of 10 s as often as `times` says, at 22.05 kHz: decoded, an hour of it is 318 MB.
fn write_long(file: &Path, times: usize) {
    let options = HeartOptions { seed: 5, seconds: 10.0, sample_rate: 22_050, murmur: None };
    let sound = heart(&options).unwrap().recording;
    let data = sound.samples().iter().flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes()).collect::<Vec<_>>();
    let claim = u32::try_from(times * data.len()).ok();
    let start = Wav { tag: 1, channels: 1, rate: options.sample_rate, bits: 16, data: data.clone(), claim }.bytes();
    let mut writer = File::create(file).unwrap();
    writer.write_all(&start).unwrap();
    (1..times).for_each(|_| writer.write_all(&data).unwrap());
}

#[test]
fn browser_survives_broken_recordings() {
    let folder = tempfile::tempdir().unwrap();
    let hearts = recordings::hearts(folder.path());
    let good = fs::read(&hearts[0]).unwrap();
    let broken: [(&str, Vec<u8>); 3] = [
        ("truncated-header.wav", good[..30].to_vec()),
        ("empty.wav", Vec::new()),
        ("text.wav", b"this is not a recording\n".repeat(50)),
    ];
    // What is there of these is judged, and what is wrong with them is said beside it.
    let readable = [
        ("truncated-data.wav", good[..good.len() / 2 + 1].to_vec(), "cut short"),
        ("four-gib.wav", claiming_four_gib(&good), "leaves its length open"),
    ];
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        assert_eq!(page.visible_text("#error").await, "", "no error before there is one");
        for (name, bytes) in &broken {
            let file = folder.path().join(name);
            fs::write(&file, bytes).unwrap();
            assert_eq!(page.classify(&file).await, "failed", "{name}");
            assert!(page.visible_text("#error").await.len() > 20, "{name}: a sentence says what is wrong");
        }
        for (name, bytes, note) in &readable {
            let file = folder.path().join(name);
            fs::write(&file, bytes).unwrap();
            assert_eq!(page.classify(&file).await, "done", "{name}: {}", page.visible_text("#error").await);
            assert!(page.visible_text("#notes").await.contains(note), "{name}");
            assert_same_prediction(&page.result().await, &predict(&page::default_model(), &file));
        }
        assert_eq!(page.classify(&hearts[1]).await, "done", "{}", page.visible_text("#error").await);
        assert_eq!(page.visible_text("#error").await, "", "the error goes when a good file comes");
        assert_same_prediction(&page.result().await, &predict(&page::default_model(), &hearts[1]));
    });
}

#[test]
fn browser_keeps_its_model_when_a_broken_one_comes() {
    let folder = tempfile::tempdir().unwrap();
    let hearts = recordings::hearts(folder.path());
    let model = fs::read(page::default_model()).unwrap();
    let broken: [(&str, &[u8]); 3] = [
        ("truncated.safetensors", &model[..model.len() / 2]),
        ("text.safetensors", b"no model"),
        ("empty.safetensors", b""),
    ];
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        for (name, bytes) in broken {
            let file = folder.path().join(name);
            fs::write(&file, bytes).unwrap();
            assert_eq!(page.load_model(&file).await, "failed", "{name}");
            assert!(page.visible_text("#error").await.len() > 20, "{name}: a sentence says what is wrong");
        }
        assert_eq!(page.drop_file("dropped.safetensors", b"no model either").await, "failed");
        assert_eq!(page.classify(&hearts[0]).await, "done", "{}", page.visible_text("#error").await);
        assert_same_prediction(&page.result().await, &predict(&page::default_model(), &hearts[0]));
    });
}

#[test]
fn browser_takes_dropped_files_and_a_model_by_address() {
    let folder = tempfile::tempdir().unwrap();
    let hearts = recordings::hearts(folder.path());
    let model = page::default_model();
    let name = model.file_name().unwrap().to_string_lossy().into_owned();
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open(&format!("?model={}/weights/{name}", page.address())).await;
        let expected = predict(&model, &hearts[0]);
        assert_eq!(page.drop_file("dropped.wav", &fs::read(&hearts[0]).unwrap()).await, "done");
        assert_same_prediction(&page.result().await, &expected);
        assert_ne!(
            page.drop_file(&name, &fs::read(&model).unwrap()).await,
            "failed",
            "{}",
            page.visible_text("#error").await
        );
        assert_eq!(page.classify(&hearts[0]).await, "done");
        assert_same_prediction(&page.result().await, &expected);
    });
}

#[test]
fn browser_shows_what_the_model_sees_and_what_every_filter_does() {
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        page.point_at("#filters").await;
        let details = page.visible_text("#filter-details").await;
        assert!(details.contains("Hz"), "the numbers of the filter under the pointer: {details:?}");

        assert_eq!(page.press("#examples button").await, "done", "{}", page.visible_text("#error").await);
        assert!(page.colours("#waveform").await > 1, "the waveform is drawn");
        assert!(page.colours("#image").await > 50, "the log-energy image has shades");
        let windows = page.result().await["windows"].as_array().map_or(0, Vec::len);
        assert_eq!(windows, 11, "15 s in windows of 2.5 s, half over one another");
        let label = page.attribute("#windows", "aria-label").await;
        assert!(label.contains(&windows.to_string()), "{windows} windows over time: {label:?}");

        // The states of the heart cycle stand between waveform and image: as many beats as the rate says.
        let rate = page.result().await["rhythm"]["heart_rate_bpm"].as_f64().unwrap();
        let beats = page.attribute("#cycles", "aria-label").await;
        let beats: f64 = beats.split_whitespace().find_map(|word| word.parse().ok()).unwrap();
        assert!((beats - rate * 15.0 / 60.0).abs() <= 2.0, "{beats} beats in 15 s at {rate} a minute");
        assert!(page.visible_text("#cycles-key").await.contains("systole"));
        // The shipped model judges every cycle by itself, and each has its dot.
        let cycles = page.result().await["cycles"].as_array().map_or(0, Vec::len);
        assert!((cycles as f64 - beats).abs() <= 2.0, "{cycles} cycles of {beats} beats");
        assert_eq!(page.count("#windows .cycle").await, cycles);
    });
}

#[test]
fn browser_on_a_phone_never_scrolls_sideways() {
    let folder = tempfile::tempdir().unwrap();
    let hearts = recordings::hearts(folder.path());
    visit(Graphics::None, Screen::Phone, async |page| {
        let width = u64::from(Screen::Phone.width());
        page.open("").await;
        assert!(page.content_width().await <= width, "empty, the page is {} pixels wide", page.content_width().await);
        assert_eq!(page.classify(&hearts[0]).await, "done", "{}", page.visible_text("#error").await);
        assert!(
            page.content_width().await <= width,
            "with a result, the page is {} pixels wide",
            page.content_width().await
        );
        let model = folder.path().join("environment.safetensors");
        fs::write(&model, models::random(&models::environment(SCENE_RATE, 64, Compression::Log))).unwrap();
        assert_eq!(page.load_model(&model).await, "done", "{}", page.visible_text("#error").await);
        assert!(page.content_width().await <= width, "with ten classes {} pixels", page.content_width().await);
        let model = folder.path().join("assessed.safetensors");
        fs::write(&model, models::assessed().1).unwrap();
        assert_eq!(page.load_model(&model).await, "done", "{}", page.visible_text("#error").await);
        assert!(!page.visible_text("#threshold-choice").await.is_empty());
        assert!(page.content_width().await <= width, "with a threshold {} pixels", page.content_width().await);
    });
}

/// Classifies two recordings and compares everything that the page says with `spectnet predict`.
async fn agrees_with_command_line(page: &Page) {
    let folder = tempfile::tempdir().unwrap();
    let hearts = recordings::hearts(folder.path());
    for recording in [&hearts[0], &hearts[hearts.len() - 1]] {
        assert_eq!(page.classify(recording).await, "done", "{}", page.visible_text("#error").await);
        assert!(
            page.states().await.contains(&"running".to_owned()),
            "it is visible that it works: {:?}",
            page.states().await
        );
        let (result, expected) = (page.result().await, predict(&page::default_model(), recording));
        assert_same_prediction(&result, &expected);
        assert_eq!(file_name(&result), file_name(&expected));
        assert_eq!(page.attribute("#verdict", "data-label").await, expected["label"].as_str().unwrap());
        assert!(
            page.visible_text("#elapsed").await.contains(|c: char| c.is_ascii_digit()),
            "how long it took is shown"
        );
        assert!(!page.visible_text("#probability").await.is_empty(), "the probability is shown");
    }
    for address in page.requests().await {
        let own = address.starts_with(page.address()) || address.starts_with("data:") || address.starts_with("blob:");
        assert!(own, "a request to a third party: {address}");
    }
}

fn file_name(verdict: &Value) -> &str {
    let file = verdict["file"].as_str().unwrap();
    Path::new(file).file_name().unwrap().to_str().unwrap()
}

/// The same recording, whose data chunk claims to be as large as the format allows.
fn claiming_four_gib(wav: &[u8]) -> Vec<u8> {
    let mut wav = wav.to_vec();
    let data = wav.windows(4).position(|word| word == b"data").expect("a WAV file has a data chunk");
    wav[data + 4..data + 8].copy_from_slice(&u32::MAX.to_le_bytes());
    wav
}
