//! Lists as spreadsheets and other systems leave them, and everything that is wrong in them at once.

use super::*;

/// Spreadsheets, pandas and Windows leave the same table in many ways.
#[test]
fn a_manifest_is_read_however_it_was_saved() {
    let usual = "path,label,fold\nwav/a.wav,normal,0\nwav/b.wav,abnormal,1\n";
    let ways = [
        usual.to_owned(),
        usual.replace(',', ";").replace('\n', "\r\n"),
        usual.replace(',', "\t").trim_end().to_owned(),
        format!("sep=;\r\n{}", usual.replace(',', ";")),
        usual.replace("path,label", "\u{feff}Path , LABEL").replace("normal", "Normal"),
        usual.replace('/', "\\").replace("wav,", "WAV,"),
        usual.replace(",0\n", ",0.0\n").replace(",1\n", ",1.0\n"),
        usual.replace('\n', ",\n"),
        usual.replace("fold\n", "fold,,\n"),
        usual.replace(",normal", ", \"normal\"").replace("wav/b.wav", " \"wav/b.wav\""),
        usual.replace(",normal", ",-1").replace(",abnormal", ",1"),
        // As pandas numbers the rows.
        ",path,label,fold\n0,wav/a.wav,normal,0\n1,wav/b.wav,abnormal,1\n".to_owned(),
    ];
    for text in ways {
        let folder = folder(&[("Manifest.csv", &text[..]), ("wav/a.wav", ""), ("wav/b.wav", "")]);
        let dataset = Dataset::open(folder.path(), Task::Heart, Opening::default())
            .unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(names(&dataset, folder.path()), [Path::new("wav/a.wav"), Path::new("wav/b.wav")], "{text}");
        assert_eq!(column(&dataset, |e| (e.label, e.fold)), [(0, Some(0)), (1, Some(1))], "{text}");
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        fs::write(folder.path().join("Manifest.csv"), [&[0xff, 0xfe][..], &utf16].concat()).unwrap();
        assert_eq!(open(&folder, Task::Heart), dataset, "{text}");
    }
}

#[test]
fn what_stays_ambiguous_in_a_manifest_is_refused_with_its_line() {
    for (text, words) in [
        ("path,label\na.wav,normal\na.wav;b.wav\n", &["line 3: 1 cells; expected 2"][..]),
        ("path,label,Label\na.wav,normal,normal\n", &["line 1: ", "several columns \"label\""]),
        ("path,label\nx, y.wav,normal\n", &["line 2: 3 cells; expected 2", "needs quotes"]),
        ("path,label\na.wav,0\n", &["line 2: label \"0\"", "only -1 (normal) and 1 (abnormal)"]),
        ("path,label\na.wav,\n", &["line 2: the label is empty"]),
        ("path,label,fold\na.wav,normal,0.5\n", &["line 2: fold \"0.5\" is not a whole number"]),
        ("path,label\n\"a.wav,normal\n", &["line 2: a quote begins here"]),
    ] {
        let message = refusal(&[("manifest.csv", text), ("a.wav", "")]);
        assert!(words.iter().all(|word| message.contains(word)), "{words:?}: {message}");
    }
}

/// Reading once stopped at the first fault.
#[test]
fn all_recordings_that_cannot_be_used_are_named_at_once() {
    let rows: String = (0..12).map(|i| format!("gone{i}.wav,normal\n")).collect();
    let text = format!("path,label\ngood.wav,normal\n{rows}./good.wav,normal\nbroken.wav,abnormal\nb.wav,abnormal\n");
    let files = [("manifest.csv", &text[..]), ("broken.wav", "no sound")];
    let folder = recorded(&files, &[("good.wav", 1), ("b.wav", 2)]);
    let open = |decodes: bool, skips: bool| {
        let opening = Opening { decodes, skips, may_skip: true, ..Opening::default() };
        Dataset::open(folder.path(), Task::Heart, opening)
    };
    let listed = open(false, false).unwrap_err().to_string();
    assert!(listed.starts_with("13 of 16 recordings cannot be used: "), "{listed}");
    let all = open(true, false).unwrap_err().to_string();
    assert!(all.starts_with("14 of 16 recordings cannot be used: "), "{all}");
    assert!(all.contains("manifest.csv, line 3: the recording ") && all.contains("gone0.wav is not there"), "{all}");
    assert!(all.contains("gone9.wav") && !all.contains("gone10.wav") && all.contains("and 4 more"), "{all}");
    assert!(all.contains("--skip-unreadable goes on without them"), "{all}");
    let dataset = open(true, true).unwrap();
    assert_eq!(names(&dataset, folder.path()), [Path::new("good.wav"), Path::new("b.wav")]);
    let why: Vec<String> = dataset.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(why.len(), 14);
    assert!(why[12].contains("line 15: ") && why[12].contains("is listed twice, first in "), "{why:?}");
    assert!(why[13].contains("broken.wav: "), "{why:?}");
}

#[test]
fn a_file_that_is_listed_with_two_labels_has_none() {
    let text = "path,label\na.wav,normal\nb.wav,abnormal\n./a.wav,abnormal\n";
    let folder = folder(&[("manifest.csv", text), ("a.wav", ""), ("b.wav", "")]);
    let refused = Dataset::open(folder.path(), Task::Heart, Opening::default()).unwrap_err().to_string();
    assert!(refused.contains("line 4: ") && refused.contains("and with another label"), "{refused}");
    let opening = Opening { skips: true, ..Opening::default() };
    let dataset = Dataset::open(folder.path(), Task::Heart, opening).unwrap();
    assert_eq!(names(&dataset, folder.path()), [Path::new("b.wav")]);
    assert_eq!(dataset.left_out.len(), 2);
}
