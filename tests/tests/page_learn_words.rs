//! Three words are taught on the page as a person does it, in a real browser without a graphics device: from files, by the
//! page's own limit of a minute. The file that comes of it is a model of the command line's too.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use spectnet_core::audio::{Recording, write_wav};
use spectnet_core::package;
use spectnet_learn::message::Step;
use spectnet_tests::args;
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::command::spectnet;
use spectnet_tests::lesson::{BACKGROUND, Example, FIRST, Taught, WORDS, room, said};
use spectnet_tests::page::visit;
use spectnet_tests::panel::{OVER, give, names_classes, save, watch_saving};

/// Examples of every class.
const EXAMPLES: u64 = 5;
/// Words of thirty that are named right at least, as docs/TEACHING.md says.
const RIGHT: usize = 27;

/// Files with the words by their classes, and the empty room behind them: a folder for each.
fn written(folder: &Path, words: &[Example], background: Vec<Recording>) -> Vec<Vec<PathBuf>> {
    let background = background.into_iter().map(|sound| (WORDS.len(), sound));
    let mut files = vec![Vec::new(); WORDS.len() + 1];
    for (class, sound) in words.iter().cloned().chain(background) {
        let name = WORDS.get(class).unwrap_or(&BACKGROUND);
        let file = folder.join(name).join(format!("{name} {}.wav", files[class].len()));
        fs::create_dir_all(folder.join(name)).unwrap();
        fs::write(&file, write_wav(&sound).unwrap()).unwrap();
        files[class].push(file);
    }
    files
}

#[test]
fn browser_learns_three_words_from_files_within_a_minute_and_the_program_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let examples = written(&folder.path().join("examples"), &said(FIRST, 0..EXAMPLES), room(0..EXAMPLES));
    let unseen = said(FIRST, EXAMPLES..15);
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        assert_eq!(page.choose_in_menu(1).await, "ready", "{}", page.visible_text("#error").await);
        names_classes(page, &WORDS).await;
        let mut count = 0;
        for (class, files) in examples.iter().enumerate() {
            count += files.len();
            // The background has the number 0, and is the last class.
            let number = if class < WORDS.len() { class + 1 } else { 0 };
            give(page, &number.to_string(), files, count).await;
        }
        page.choose_at_once("#learn-what", "everything").await;
        page.choose_at_once("#learn-seconds", "60").await;
        watch_saving(page).await;
        page.press_at_once("#learn-start").await;
        page.comes_to("return !document.querySelector('#learn-progress').hidden;").await;
        page.comes_to(OVER).await;
        assert_eq!(page.visible_text("#learn-problem").await, "");
        println!("{}", page.visible_text("#learn-outcome").await);
        save(page, folder.path()).await;
    });

    let model = folder.path().join("own.safetensors");
    let bytes = fs::read(&model).unwrap();
    let learner = package::read(&bytes).unwrap().provenance.metrics["learner"].clone();
    let right = Taught::from_file(&bytes, Step::default()).words_right(&unseen);
    println!("{right} of 30 words that were no examples are named right after {} steps", learner["steps"]);
    assert!(right >= RIGHT, "{right}");
    reads(folder.path(), &model, &unseen);
}

/// The program evaluates the model on a folder of recordings, and teaches it further.
fn reads(folder: &Path, model: &Path, unseen: &[Example]) {
    let data = folder.join("unseen");
    written(&data, unseen, room(EXAMPLES..15));
    let labels = json!(["yes", "no", "stop", "background"]);
    let evaluated = spectnet(args!["eval", "--model", model, "--data", &data, "--device", "cpu", "--json"]).json();
    assert_eq!(evaluated["labels"], labels);
    let recording = &evaluated["recording"];
    assert_eq!(recording["n"], 40, "{evaluated}");
    assert!(recording["accuracy"].as_f64().unwrap() >= 0.9, "{evaluated}");

    let out = folder.join("further");
    let train = args!["train", "--from", model, "--data", &data, "--out", &out, "--device", "cpu", "--batch", "8"];
    let more = args!["--epochs", "1", "--protocol", "all"];
    let run = spectnet(train.into_iter().chain(more)).done();
    assert!(run.stderr.contains("started from own.safetensors (SHA-256 "), "{run:?}");
    let further = package::read(&fs::read(out.join("last.safetensors")).unwrap()).unwrap();
    let known = |labels: &[String]| json!(labels.iter().collect::<std::collections::BTreeSet<_>>());
    assert_eq!(known(&further.config.labels), json!(["background", "no", "stop", "yes"]));
    assert!(further.provenance.protocol.contains("started from own.safetensors"), "{}", further.provenance.protocol);
}
