//! Recordings of every kind in a real browser: read as the command line reads them, at their own rate, an hour in little
//! memory; and what nothing reads is said.

use std::fs;
use std::path::{Path, PathBuf};

use spectnet_core::audio::{Recording, write_wav_channels};
use spectnet_core::synth::{HeartOptions, heart};
use spectnet_tests::agreement::{assert_same_prediction, number};
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::flac::flac;
use spectnet_tests::page::{self, Page, visit};
use spectnet_tests::recordings::{self, fixture};
use spectnet_tests::spectnet::{predict, predict_whole, predict_with};

/// Most bytes of the program's memory for a recording of any length at 8 kHz: the program, a model, and some copies of a
/// minute, which are 2 MB each.
const MOST_MEMORY: usize = 48 << 20;
/// Longest time for which the page may not answer, in seconds.
const FROZEN_S: f64 = 1.0;
/// Bytes of the first frame of `pulses.mp3`, which holds no sound but LAME's description of it.
const DESCRIPTION: usize = 288;

/// A synthesised heart as 16-bit integers.
fn samples(seconds: f64, sample_rate: u32) -> Vec<i16> {
    let sound = heart(&HeartOptions { seed: 8, seconds, sample_rate, murmur: None }).unwrap().recording;
    sound.samples().iter().map(|sample| (sample * 32_767.0) as i16).collect()
}

/// A synthesised heart as a FLAC file that says how long it is.
fn flac_of(seconds: f64, rate: u32) -> Vec<u8> {
    let samples = samples(seconds, rate);
    flac(rate, &samples, samples.len() as u64)
}

/// A title as programs that know only MP3 put it in front of anything (ID3v2.4).
fn tagged(file: &[u8]) -> Vec<u8> {
    let title = b"TIT2\0\0\0\x06\0\0\x03heart";
    [&b"ID3\x04\0\0\0\0\0"[..], &[title.len() as u8][..], &title[..], file].concat()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let file = folder.join(name);
    fs::write(&file, bytes).unwrap();
    file
}

/// The sound of `pulses.mp3` again and again for an hour, behind a description of all of it.
fn hour_of_mp3() -> Vec<u8> {
    const TIMES: u32 = 360;
    let once = fs::read(fixture("pulses.mp3")).unwrap();
    let (description, sound) = once.split_at(DESCRIPTION);
    let mut hour = description.to_vec();
    (0..TIMES).for_each(|_| hour.extend_from_slice(sound));
    // The name of the description, its flags, the number of frames, the number of bytes.
    let frames = description.windows(4).position(|word| word == b"Xing").unwrap() + 8;
    let once = u32::from_be_bytes(*description[frames..].first_chunk().unwrap());
    let bytes = hour.len() as u32;
    hour[frames..frames + 4].copy_from_slice(&(TIMES * once).to_be_bytes());
    hour[frames + 4..frames + 8].copy_from_slice(&bytes.to_be_bytes());
    hour
}

async fn is_judged(page: &Page, file: &Path) {
    assert_eq!(page.classify(file).await, "done", "{}: {}", file.display(), page.visible_text("#error").await);
}

/// Judges a file, compares the result with the command line's, and gives what the page says of the recording.
async fn judged_alike(page: &Page, file: &Path) -> String {
    is_judged(page, file).await;
    let expected = predict(&page::default_model(), file);
    println!("{}: {expected}", file.display());
    assert_same_prediction(&page.result().await, &expected);
    page.visible_text("#recording-note").await
}

async fn refusal(page: &Page, file: &Path) -> String {
    assert_eq!(page.classify(file).await, "failed", "{}", file.display());
    page.visible_text("#error").await
}

async fn decoder_is_loaded(page: &Page) -> bool {
    page.requests().await.iter().any(|address| address.contains("decoder"))
}

async fn heart_rate(page: &Page) -> f64 {
    number(&page.result().await["rhythm"]["heart_rate_bpm"])
}

#[test]
fn browser_reads_flac_at_a_rate_that_browsers_do_not_decode() {
    let folder = tempfile::tempdir().unwrap();
    let samples = samples(20.0, 2000);
    let plain = flac_of(20.0, 2000);
    let files = [
        ("plain.flac", plain.clone()),
        ("tagged.flac", tagged(&plain)),
        ("mistaken.mp3", plain.clone()),
        ("pipe.flac", flac(2000, &samples, 0)),
    ];
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        is_judged(page, &recordings::hearts(folder.path())[0]).await;
        assert!(!decoder_is_loaded(page).await, "a WAV file needs no decoder");
        for (name, bytes) in &files {
            let note = judged_alike(page, &write(folder.path(), name, bytes)).await;
            assert!(note.contains("20.0 s at 2000 Hz"), "{name}: {note}");
        }
        assert!(decoder_is_loaded(page).await);
        assert!(!page.requests().await.iter().any(|address| address.contains("decoder-aac")), "FLAC needs no AAC");
    });
}

#[test]
fn browser_shows_the_rate_of_the_file_whatever_its_format() {
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        for (name, rate) in
            [("pulses.mp3", "at 8000 Hz"), ("pulses.m4a", "at 8000 Hz"), ("pulses-1k.ogg", "at 1000 Hz")]
        {
            let note = judged_alike(page, &fixture(name)).await;
            assert!(note.contains(rate), "{name}: {note}");
            let beats = heart_rate(page).await;
            assert!((68.0..72.0).contains(&beats), "{name}: {beats} beats a minute");
        }
        let note = judged_alike(page, &fixture("park-22k.ogg")).await;
        assert!(note.contains("at 22050 Hz"), "{note}");
    });
}

#[test]
fn browser_decodes_by_itself_what_only_browsers_decode() {
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        is_judged(page, &fixture("pulses.opus")).await;
        let note = page.visible_text("#recording-note").await;
        assert!(note.contains("10.0 s at 48000 Hz"), "{note}");
        assert!(page.visible_text("#notes").await.contains("browser’s own decoder"));
        let beats = heart_rate(page).await;
        assert!((68.0..72.0).contains(&beats), "{beats} beats a minute");
    });
}

/// A browser decodes all of a file at once: what would take hundreds of megabytes so is refused before.
#[test]
fn browser_is_given_no_file_that_takes_hundreds_of_megabytes_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut opus = std::fs::read(fixture("pulses.opus")).unwrap();
    // The last page says at which sample of 48 kHz it ends; behind that stands its checksum.
    let last = opus.windows(4).rposition(|window| window == b"OggS").unwrap();
    opus[last + 6..last + 14].copy_from_slice(&(11 * 60 * 48_000u64).to_le_bytes());
    opus[last + 22..last + 26].fill(0);
    let checksum = ogg_checksum(&opus[last..]);
    opus[last + 22..last + 26].copy_from_slice(&checksum.to_le_bytes());
    let long = write(folder.path(), "long.opus", &opus);
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        let said = refusal(page, &long).await;
        assert!(
            said.contains("Opus") && said.contains("at most 10 minutes") && said.contains("has 11 minutes"),
            "{said}"
        );
        assert!(said.contains("ffmpeg"), "the way out: {said}");
    });
}

/// The checksum of a page of Ogg whose own four bytes are 0 (RFC 3533, 6).
fn ogg_checksum(page: &[u8]) -> u32 {
    page.iter().fold(0, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte) << 24, |sum, _| sum << 1 ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 })
    })
}

/// The length of what came through a pipe is known where it ends.
#[test]
fn browser_judges_all_of_a_recording_whose_length_no_header_says() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "long.flac", &flac(2000, &samples(200.0, 2000), 0));
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        let note = judged_alike(page, &file).await;
        assert!(note.contains("unknown length, of which the first 60 s are used at 2000 Hz"), "{note}");
        assert_eq!(page.press("#whole").await, "done", "{}", page.visible_text("#error").await);
        assert_same_prediction(&page.result().await, &predict_whole(&page::default_model(), &file));
        let note = page.visible_text("#recording-note").await;
        assert!(note.contains("200.0 s at 2000 Hz"), "{note}");
        // Back to the beginning: now the length is known.
        assert_eq!(page.press("#whole").await, "done", "{}", page.visible_text("#error").await);
        assert_same_prediction(&page.result().await, &predict(&page::default_model(), &file));
        let note = page.visible_text("#recording-note").await;
        assert!(note.contains("200.0 s, of which the first 60 s are used"), "{note}");
    });
}

#[test]
fn browser_judges_the_first_minute_of_an_hour_of_mp3_in_little_memory_and_never_freezes() {
    let folder = tempfile::tempdir().unwrap();
    let hour = write(folder.path(), "hour.mp3", &hour_of_mp3());
    let other = write(folder.path(), "other.flac", &flac_of(10.0, 2000));
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        page.watch_tasks().await;
        let note = judged_alike(page, &hour).await;
        assert!(note.contains("of which the first 60 s are used at 8000 Hz"), "{note}");
        let (memory, frozen_s) = (page.program_memory().await, page.longest_task_s().await);
        println!("memory of the program: {memory} bytes; longest time without an answer: {frozen_s} s");
        assert!(memory < MOST_MEMORY, "{memory} bytes");
        assert!(frozen_s < FROZEN_S, "{frozen_s} s without an answer");

        // Another recording takes its place while all of it is judged.
        page.press_at_once("#whole").await;
        let note = judged_alike(page, &other).await;
        assert!(note.starts_with("other.flac: 10.0 s at 2000 Hz"), "{note}");
    });
}

#[test]
fn browser_says_what_is_wrong_with_a_file_that_the_decoder_does_not_read_whole() {
    let folder = tempfile::tempdir().unwrap();
    let whole = flac_of(20.0, 2000);
    let cut = write(folder.path(), "cut.flac", &whole[..whole.len() * 2 / 3]);
    let webm = write(folder.path(), "talk.webm", &[&b"\x1a\x45\xdf\xa3"[..], &[0u8; 3000][..]].concat());
    let text = write(folder.path(), "text.mp3", &b"this is not a recording\n".repeat(50));
    let broken = write(folder.path(), "broken.flac", b"fLaC\x00\x00\x00\x22 and then nothing of use");
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        judged_alike(page, &cut).await;
        let notes = page.visible_text("#notes").await;
        assert!(notes.contains("cut short"), "{notes}");
        // The browser refuses it as well, and what is said is what can be done.
        let said = refusal(page, &webm).await;
        assert!(said.contains("WebM") && said.contains("ffmpeg"), "{said}");
        let said = refusal(page, &text).await;
        assert!(said.contains("not a recording"), "{said}");
        let said = refusal(page, &broken).await;
        assert!(said.contains("FLAC"), "{said}");
        judged_alike(page, &fixture("pulses.mp3")).await;
        assert_eq!(page.visible_text("#error").await, "", "the error goes when a good file comes");
    });
}

#[test]
fn browser_without_workers_says_so_and_decodes_what_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let [slow, fast] = [2000, 22_050].map(|rate| write(folder.path(), &format!("{rate}.flac"), &flac_of(8.0, rate)));
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        page.without_workers().await;
        is_judged(page, &fast).await;
        let notes = page.visible_text("#notes").await;
        assert!(notes.contains("could not be started") && notes.contains("48000 Hz"), "{notes}");
        let said = refusal(page, &slow).await;
        assert!(said.contains("could not be started") && said.contains("no workers here"), "{said}");
    });
}

/// A heart sound in the second of two channels: as the model does, then that channel alone, then each by itself.
#[test]
fn browser_judges_the_channel_that_is_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let sound = samples(12.0, 2000).iter().map(|&sample| f32::from(sample) / 32_768.0).collect::<Vec<_>>();
    let hum = (0..sound.len()).map(|k| 0.3 * (0.016 * k as f32).sin()).collect();
    let [hum, sound] = [hum, sound].map(|samples| Recording::new(samples, 2000).unwrap());
    let both = write(folder.path(), "both.wav", &write_wav_channels(&[&hum, &sound], 16).unwrap());
    let alone = write(folder.path(), "alone.wav", &write_wav_channels(&[&sound], 16).unwrap());
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        assert_eq!(page.classify(&alone).await, "done", "{}", page.visible_text("#error").await);
        assert_eq!(page.visible_text("#channel-choice").await, "", "one channel leaves no choice");
        assert_eq!(page.classify(&both).await, "done", "{}", page.visible_text("#error").await);
        assert!(page.visible_text("#channel-choice").await.contains("It has 2 channels"));
        assert!(page.visible_text("#notes").await.contains("nothing in common"));
        for (place, channel) in [(4, "2"), (2, "separate"), (0, "mean")] {
            assert_eq!(page.choose_of("#channel", place).await, "done", "{}", page.visible_text("#error").await);
            let expected = predict_with(&["--channel", channel], &page::default_model(), &both);
            assert_same_prediction(&page.result().await, &expected);
        }
    });
}
