//! Lists and folders of recordings as people, spreadsheets and other programs leave them: each is read, or refused with what is
//! wrong with it. The recordings are synthesised.

use std::fs;
use std::path::Path;

use spectnet_core::audio::{read_wav, write_wav};
use spectnet_core::synth::{HeartOptions, heart};
use spectnet_tests::args;
use spectnet_tests::command::spectnet;
use spectnet_tests::flac::flac;

/// Writes four seconds of a heart that no other number has.
fn recording(file: &Path, number: u64) {
    let options = HeartOptions { seed: number, seconds: 4.0, sample_rate: 2000, murmur: None };
    let sound = heart(&options).expect("these options are valid").recording;
    fs::write(file, write_wav(&sound).expect("a recording can be written")).expect("a writable folder");
}

/// Sixteen recordings: path and label.
fn recordings() -> impl Iterator<Item = (String, &'static str)> {
    let of = |letter, label| (0..8).map(move |number| (format!("wav/{letter}{number}.wav"), label));
    of('n', "normal").chain(of('a', "abnormal"))
}

/// A line for each of them, from number, path and label.
fn each(line: impl Fn(usize, &str, &str) -> String) -> String {
    recordings().enumerate().map(|(number, (path, label))| line(number, &path, label)).collect()
}

/// Lists of the same sixteen recordings, what is said of each, and the exit status.
fn lists() -> [(&'static str, String, i32, &'static str); 13] {
    let rows = each(|_, path, label| format!("{path},{label}\n"));
    let control = format!("path,label\n{rows}");
    let of_folds = each(|number, path, label| format!("{path},{label},{}\n", number % 2));
    let read = "16 recordings";
    [
        ("control.csv", control.clone(), 0, read),
        ("semicolon.csv", control.replace(',', ";"), 0, read),
        ("bom_crlf.csv", format!("\u{feff}{}", control.replace('\n', "\r\n")), 0, read),
        ("no_last_newline.csv", control.trim_end().into(), 0, read),
        ("header_case.csv", format!("Path,Label\n{rows}"), 0, read),
        ("label_numbers.csv", control.replace(",normal", ",-1").replace(",abnormal", ",1"), 0, read),
        (
            "space_before_quotes.csv",
            format!("path, label\n{}", each(|_, path, label| format!("\"{path}\", \"{label}\"\n"))),
            0,
            read,
        ),
        (
            "fold_as_float.csv",
            format!("path,label,fold\n{}", each(|number, path, label| format!("{path},{label},{}.0\n", number % 4))),
            0,
            read,
        ),
        ("trailing_commas.csv", control.replace('\n', ",\n"), 0, read),
        ("label_missing.csv", control.replace("n3.wav,normal", "n3.wav,"), 1, "line 5: the label is empty"),
        ("same_file_twice.csv", format!("path,label,fold\n{of_folds}wav/../wav/n0.wav,normal,1\n"), 1, "listed twice"),
        ("one_more.csv", format!("{control}wav/cut.wav,normal\n"), 0, "17 recordings"),
        (
            "one_class.csv",
            format!("path,label\n{}", &rows[..rows.find("wav/a0").expect("it is there")]),
            0,
            "8 recordings",
        ),
    ]
}

#[test]
fn lists_of_every_origin_are_read_or_refused_with_their_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("wav")).unwrap();
    (0..).zip(recordings()).for_each(|(number, (path, _))| recording(&folder.path().join(path), number));
    let whole = fs::read(folder.path().join("wav/n0.wav")).unwrap();
    fs::write(folder.path().join("wav/cut.wav"), &whole[..3000]).unwrap();
    for (name, text, status, word) in lists() {
        let list = folder.path().join(name);
        fs::write(&list, text).unwrap();
        summary_says(&list, status, word);
    }
}

fn summary_says(data: &Path, status: i32, word: &str) {
    let run = spectnet(args!["data", "summary", "--task", "heart", data]);
    let said = if status == 0 { &run.stdout } else { &run.stderr };
    assert!(run.status == Some(status) && said.contains(word), "{}: {run:?}", data.display());
}

/// A folder of PhysioNet 2016: eight recordings, every second one abnormal.
fn training(data: &Path, letter: char, extension: &str, header: &str) {
    let folder = data.join(format!("training-{letter}"));
    fs::create_dir_all(&folder).unwrap();
    let mut reference = String::from(header);
    for number in 1..=8 {
        let record = format!("{letter}{number:04}");
        recording(&folder.join(format!("{record}.{extension}")), 100 * u64::from(letter) + number);
        reference += &format!("{record},{}\r\n", if number % 2 == 0 { 1 } else { -1 });
    }
    fs::write(folder.join("REFERENCE.csv"), reference).unwrap();
}

#[test]
fn folders_of_physionet_are_read_with_copies_qualities_headers_and_capitals() {
    let folder = tempfile::tempdir().unwrap();
    let [copies, quality, capitals, header] =
        ["copies", "quality", "capitals", "header"].map(|name| folder.path().join(name));

    training(&copies, 'a', "wav", "");
    training(&copies, 'b', "wav", "");
    let validation = copies.join("validation");
    fs::create_dir(&validation).unwrap();
    for record in ["a0001", "a0002", "b0001", "b0002"] {
        let name = format!("{record}.wav");
        fs::copy(copies.join(format!("training-{}", &record[..1])).join(&name), validation.join(&name)).unwrap();
    }
    fs::write(validation.join("REFERENCE.csv"), "a0001,-1\r\na0002,1\r\nb0001,-1\r\nb0002,1\r\n").unwrap();
    summary_says(&copies, 0, "16 recordings");
    // The same sound in another format, of which the file has no byte in common.
    let sound = read_wav(&fs::read(validation.join("a0001.wav")).unwrap()).unwrap();
    let samples: Vec<i16> = sound.samples().iter().map(|sample| (sample * 32_768.0) as i16).collect();
    fs::remove_file(validation.join("a0001.wav")).unwrap();
    fs::write(validation.join("a0001.flac"), flac(2000, &samples, samples.len() as u64)).unwrap();
    summary_says(&copies, 0, "16 recordings");

    training(&quality, 'a', "wav", "");
    let rows: String = (1..=8)
        .map(|number| format!("a{number:04},{},{}\n", if number % 2 == 0 { 1 } else { -1 }, u8::from(number != 3)))
        .collect();
    fs::write(quality.join("training-a/REFERENCE-SQI.csv"), rows).unwrap();
    summary_says(&quality, 0, "quality: 7 good, 1 poor");

    training(&capitals, 'a', "WAV", "");
    summary_says(&capitals, 0, "8 recordings");
    training(&header, 'a', "wav", "record,label\n");
    summary_says(&header, 0, "8 recordings");
}

#[test]
fn folders_that_are_not_whole_are_refused_with_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let [scenes, circor, pascal] = ["scenes", "circor", "pascal"].map(|name| folder.path().join(name));

    fs::create_dir_all(scenes.join("audio")).unwrap();
    for (number, scene) in ["airport", "bus"].into_iter().cycle().take(6).enumerate() {
        recording(&scenes.join(format!("audio/{scene}-city{}-{number}-0-a.wav", number / 2)), number as u64);
    }
    summary_says(&scenes, 1, "not whole: meta.txt");

    // A table of the first edition, without the places of the murmurs.
    fs::create_dir_all(circor.join("training_data")).unwrap();
    for (number, name) in ["2530_AV", "2530_MV", "9979_AV", "9979_PV"].into_iter().enumerate() {
        recording(&circor.join(format!("training_data/{name}.wav")), number as u64);
        fs::write(circor.join(format!("training_data/{name}.tsv")), "0.0\t0.25\t0\n0.25\t0.37\t1\n0.37\t0.55\t2\n")
            .unwrap();
    }
    let table = "Patient ID,Recording locations:,Age,Murmur,Outcome\n2530,AV+MV,Child,Absent,Abnormal\n\
                 9979,AV+PV,Child,Present,Abnormal\n";
    fs::write(circor.join("training_data.csv"), table).unwrap();
    summary_says(&circor, 1, "PhysioNet 2022");

    // No recording with a label of the task.
    fs::create_dir_all(pascal.join("set_a")).unwrap();
    for (number, name) in ["artifact__201012172012", "murmur__201104141251", "normal__201101070538"].iter().enumerate()
    {
        recording(&pascal.join(format!("set_a/{name}.wav")), number as u64);
    }
    let table = "dataset,fname,label,sublabel\na,set_a/artifact__201012172012.wav,artifact,\n\
                 a,set_a/Aunlabelledtest__1.wav,,\n";
    fs::write(pascal.join("set_a.csv"), table).unwrap();
    summary_says(&pascal, 1, "manifest.csv");
}
