//! Lists as an attacker or an accident makes them: an answer or a sentence, whatever the bytes.

use std::cell::Cell;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use spectnet_core::model::Task;

use super::super::{Dataset, Opening};

/// The files of a layout: where they lie, and what stands in them; the first is the one that is damaged.
type Files = &'static [(&'static str, &'static str)];

const LAYOUTS: [Files; 6] = [
    &[
        ("manifest.csv", "path,label,group,fold,subset\na.wav,normal,g1,0,x\n\"b.wav\";abnormal,g2,1.0,y\n"),
        ("a.wav", ""),
        ("b.wav", ""),
    ],
    &[
        ("training-a/REFERENCE.csv", "a0001,1,1\na0002,-1,0\n"),
        ("training-a/a0001.wav", ""),
        ("training-a/a0002.WAV", ""),
    ],
    &[
        (
            "training_data.csv",
            "Patient ID,Recording locations:,Murmur,Murmur locations,Outcome,Additional ID\n9,AV+MV,Present,AV,Abnormal,nan\n",
        ),
        ("training_data/9_AV.wav", ""),
        ("training_data/9_MV.wav", ""),
    ],
    &[
        ("set_a.csv", "dataset,fname,label,sublabel\na,set_a/normal__1.wav,normal,\na,set_a/murmur__2.wav,murmur,\n"),
        ("set_a/normal__1.wav", ""),
        ("set_a/murmur__2.wav", ""),
    ],
    &[
        ("meta.txt", "audio/a.wav\tbeach\tb1\naudio/b.wav\tbus\tb2\n"),
        ("evaluation_setup/fold1_train.txt", "audio/a.wav\tbeach\n"),
        ("evaluation_setup/fold1_evaluate.txt", "audio/b.wav\tbus\n"),
        ("audio/a.wav", ""),
        ("audio/b.wav", ""),
    ],
    &[("meta.csv", "filename\tscene_label\tidentifier\tsource_label\naudio/a.wav\tbus\tx-1\ta\n"), ("audio/a.wav", "")],
];

/// What is put in the place of some bytes.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let odd = [
        "", ",", ";", "\t", "\"", "\"\"", "\n", "\r", "\0", "\u{feff}", "1e999", "-0", "../", "\\", "ä", "\u{202e}",
        "sep=;\n",
    ];
    prop_oneof![
        proptest::sample::select(odd.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
        proptest::collection::vec(any::<u8>(), 0..4),
        Just(b"x,".repeat(3000)),
    ]
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let file = folder.join(name);
    fs::create_dir_all(file.parent().expect("a folder")).expect("a writable folder");
    fs::write(file, bytes).expect("a writable folder");
}

#[test]
fn a_damaged_list_gets_an_answer_or_a_sentence() {
    let edits = || proptest::collection::vec((any::<proptest::sample::Index>(), 0usize..6, piece()), 0..5);
    let opened = LAYOUTS.map(|_| Cell::new(0));
    let refused = Cell::new(0);
    let config = ProptestConfig::with_cases(1500);
    proptest!(config, |(layout in 0..LAYOUTS.len(), edits in edits(), wide in any::<bool>(), heart in any::<bool>())| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files = LAYOUTS[layout];
        let mut damaged = files[0].1.as_bytes().to_vec();
        for (at, length, piece) in edits {
            let at = at.index(damaged.len() + 1);
            let end = (at + length).min(damaged.len());
            damaged.splice(at..end, piece);
        }
        if wide {
            // As Windows writes "Unicode".
            let text = String::from_utf8_lossy(&damaged).into_owned();
            damaged = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        }
        write(folder.path(), files[0].0, &damaged);
        files[1..].iter().for_each(|(name, text)| write(folder.path(), name, text.as_bytes()));
        let task = if heart { Task::Heart } else { Task::Scene };
        let counted = match Dataset::open(folder.path(), task, Opening::default()) {
            Ok(dataset) => {
                prop_assert!(dataset.examples.iter().all(|example| example.label < dataset.labels.len()));
                &opened[layout]
            }
            Err(error) => {
                prop_assert!(!error.to_string().is_empty());
                &refused
            }
        };
        counted.set(counted.get() + 1);
    });
    // One list in five is not damaged at all.
    let layouts = opened.iter().filter(|opened| opened.get() > 0).count();
    assert!(layouts >= 3 && refused.get() > 0, "{opened:?} are opened, {} refused", refused.get());
}
