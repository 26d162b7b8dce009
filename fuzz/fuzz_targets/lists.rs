//! Folders of recordings in every layout, with a list of any bytes: the first byte of the input chooses the layout, the second
//! how it is opened, the others stand in the list.
#![no_main]

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use spectnet_core::model::Task;
use spectnet_fuzz::data::{CircorLabels, Dataset, Opening};

/// A file of a layout, and what stands in it.
type File = (&'static str, &'static [u8]);

/// Four samples at 1000 Hz, for one recording or two that can be read; the others are empty.
const SOUND: &[u8] = b"RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\xe8\x03\0\0\xd0\x07\0\0\x02\0\x10\0data\x08\0\0\0\
    \0\0\0\x40\0\0\0\xc0";

/// What lies beside the list of a DCASE set of 2016.
const BESIDE_META: &[File] = &[
    ("evaluation_setup/fold1_train.txt", b"audio/a_0_30.wav\tbeach\n"),
    ("evaluation_setup/fold1_evaluate.txt", b"audio/b_0_30.wav\tbus\n"),
    ("evaluation_setup/fold2_evaluate.txt", b"audio/a_0_30.wav\tbeach\n"),
    ("audio/a_0_30.wav", SOUND),
    ("audio/b_0_30.wav", b""),
];

/// The layouts: the list, and all that does not change. Inputs that were kept count on their order.
static LAYOUTS: [(&str, &[File]); 11] = [
    ("manifest.csv", &[("a.wav", SOUND), ("b.wav", b"")]),
    ("training-a/REFERENCE.csv", &[("training-a/a0001.wav", SOUND), ("training-a/a0002.WAV", b"")]),
    (
        "training-a/REFERENCE-SQI.csv",
        &[
            ("training-a/REFERENCE.csv", b"a0001,1\na0002,-1\n"),
            ("training-a/a0001.wav", SOUND),
            ("training-a/a0002.WAV", b""),
        ],
    ),
    // Copies are known by their sound.
    (
        "validation/REFERENCE.csv",
        &[
            ("training-a/REFERENCE.csv", b"a0001,1,1\na0002,-1,0\n"),
            ("training-a/a0001.wav", SOUND),
            ("training-a/a0002.WAV", b""),
            ("validation/a0001.wav", SOUND),
            ("validation/b0001.wav", b""),
        ],
    ),
    ("training_data.csv", &[("training_data/9_AV.wav", SOUND), ("training_data/9_MV.wav", b"")]),
    ("set_b.csv", &[("set_b/normal__103_13_B.wav", SOUND), ("set_b/extrastole__127_14_C2.wav", b"")]),
    ("meta.txt", BESIDE_META),
    (
        "evaluation_setup/fold1_evaluate.txt",
        &[
            ("meta.txt", b"audio/a.wav\tbeach\tb1\naudio/b.wav\tbus\tb2\n"),
            ("evaluation_setup/fold2_test.txt", b"audio/a.wav\n"),
            ("audio/a.wav", SOUND),
            ("audio/b.wav", b""),
        ],
    ),
    ("meta.csv", &[("audio/bus-lyon-1-11-a.wav", SOUND), ("audio/bus-paris-2-12-a.wav", b"")]),
    (
        "evaluation_setup/fold1_train.csv",
        &[
            (
                "meta.csv",
                b"filename\tscene_label\tidentifier\naudio/bus-lyon-1-11-a.wav\tbus\tlyon-1\n\
                audio/bus-paris-2-12-a.wav\tbus\tparis-2\n",
            ),
            ("evaluation_setup/fold1_evaluate.csv", b"filename\tscene_label\naudio/bus-lyon-1-11-a.wav\tbus\n"),
            ("audio/bus-lyon-1-11-a.wav", SOUND),
            ("audio/bus-paris-2-12-a.wav", b""),
        ],
    ),
    // A folder per class, which may have a table of that name.
    ("meta.csv", &[("dog/1.wav", SOUND), ("rain/2.wav", b"")]),
];

/// The folders of the layouts, in which nothing but the list is ever written again.
static FOLDERS: LazyLock<Vec<PathBuf>> = LazyLock::new(|| {
    let above = spectnet_fuzz::folder();
    let folders = LAYOUTS.iter().enumerate().map(|(number, (list, files))| {
        let folder = above.join(number.to_string());
        for (name, bytes) in files.iter().copied().chain([(*list, &b""[..])]) {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a writable folder");
            fs::write(path, bytes).expect("a writable folder");
        }
        folder
    });
    folders.collect()
});

fuzz_target!(|bytes: &[u8]| {
    let [layout, options, text @ ..] = bytes else { return };
    let layout = usize::from(*layout) % LAYOUTS.len();
    let (folder, list) = (&FOLDERS[layout], FOLDERS[layout].join(LAYOUTS[layout].0));
    fs::write(&list, text).expect("a writable folder");
    let option = |bit: u8| options >> bit & 1 == 1;
    let task = if option(0) { Task::Scene } else { Task::Heart };
    let opening = Opening {
        circor: if option(1) { CircorLabels::Outcome } else { CircorLabels::Murmur },
        decodes: option(2),
        skips: option(3),
        may_skip: option(4),
    };
    let named = if option(5) { &list } else { folder };
    spectnet_fuzz::within_memory(text.len(), || match Dataset::open(named, task, opening) {
        Ok(dataset) => check(&dataset, opening),
        Err(error) => {
            spectnet_fuzz::check_refusal(&error.to_string(), &list, text);
        }
    });
});

fn check(dataset: &Dataset, opening: Opening) {
    let Dataset { labels, examples, left_out, .. } = dataset;
    assert!(!examples.is_empty() && examples.iter().all(|example| example.label < labels.len()));
    assert!(opening.skips || left_out.is_empty());
    let files = examples.iter().map(|example| example.path.canonicalize().expect("the recording is there"));
    assert_eq!(files.collect::<HashSet<PathBuf>>().len(), examples.len(), "a recording is there twice");
    if let Ok(split) = dataset.split(None) {
        assert_eq!(split.train.len() + split.validation.len(), examples.len());
    }
}
