//! Data sets over HTTP, from a server that stalls, breaks off and lies.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::io::{Cursor, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use md5::Md5;
use serde_json::json;
use sha2::{Digest, Sha256};
use spectnet_tests::args;
use spectnet_tests::command::{Run, spectnet};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// What a server does wrong with one answer.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wrong {
    /// Sends so many bytes and then nothing, and keeps the connection.
    Stalls(usize),
    /// Sends so many bytes and ends the connection.
    Breaks(usize),
    /// Sends other bytes.
    Lies,
    /// Announces a shorter file and sends more of it.
    Shortens,
    /// Knows nothing of parts.
    Whole,
    /// Sends another part than was asked for.
    OtherPart,
    /// Has too much to do.
    Busy,
}

#[derive(Default)]
struct Files {
    bytes: BTreeMap<String, Vec<u8>>,
    /// Of each file, what is wrong with its next answers.
    wrong: BTreeMap<String, VecDeque<Wrong>>,
    /// What is wrong with all answers for a file.
    always: BTreeMap<String, Wrong>,
    /// Path and range of every request.
    asked: Vec<(String, Option<String>)>,
}

/// A server on this machine.
struct Server {
    url: String,
    files: Arc<Mutex<Files>>,
}

impl Server {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let files: Arc<Mutex<Files>> = Arc::default();
        let shared = files.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let files = shared.clone();
                // A client that goes away is no concern of the server.
                thread::spawn(move || _ = answer(stream, &files));
            }
        });
        Self { url, files }
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        self.files.lock().unwrap().bytes.insert(path.into(), bytes.into());
    }

    fn spoil(&self, path: &str, wrong: &[Wrong]) {
        self.files.lock().unwrap().wrong.insert(path.into(), wrong.iter().copied().collect());
    }

    fn always(&self, path: &str, wrong: Option<Wrong>) {
        let mut files = self.files.lock().unwrap();
        match wrong {
            Some(wrong) => _ = files.always.insert(path.into(), wrong),
            None => _ = files.always.remove(path),
        }
    }

    /// The ranges of the requests for a path since the last call.
    fn asked(&self, path: &str) -> Vec<Option<String>> {
        let mut files = self.files.lock().unwrap();
        let (mine, others) = std::mem::take(&mut files.asked).into_iter().partition(|(asked, _)| asked == path);
        files.asked = others;
        let mine: Vec<(String, Option<String>)> = mine;
        mine.into_iter().map(|(_, range)| range).collect()
    }

    fn forget(&self) {
        self.files.lock().unwrap().asked.clear();
    }

    fn fetch(&self, set: &str, out: &Path) -> Run {
        let fetch = args!["data", "fetch", set, "--from", &self.url, "--out", out];
        spectnet(fetch.into_iter().chain(args!["--stall", "1", "--tries", "3", "--connections", "2"]))
    }
}

fn answer(mut stream: TcpStream, files: &Mutex<Files>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte)? == 0 {
            return Ok(());
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let range = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("range").then(|| value.trim().to_owned())
    });
    let (bytes, wrong) = {
        let mut files = files.lock().unwrap();
        files.asked.push((path.clone(), range.clone()));
        let next = files.wrong.get_mut(&path).and_then(VecDeque::pop_front);
        (files.bytes.get(&path).cloned(), next.or_else(|| files.always.get(&path).copied()))
    };
    let Some(mut bytes) = bytes else {
        return stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    if wrong == Some(Wrong::Busy) {
        return stream.write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    if wrong == Some(Wrong::Lies) {
        bytes.iter_mut().for_each(|byte| *byte ^= 0x55);
    }
    let all = bytes.len();
    let first =
        range.as_deref().and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    let (status, first) = match first.filter(|_| wrong != Some(Wrong::Whole)) {
        Some(first) if first >= all => {
            return stream.write_all(b"HTTP/1.1 416 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
        Some(first) if wrong == Some(Wrong::OtherPart) => ("206 Part", first / 2),
        Some(first) => ("206 Part", first),
        None => ("200 OK", 0),
    };
    let part = &bytes[first..];
    let range = if status.starts_with("206") {
        format!("Content-Range: bytes {first}-{}/{all}\r\n", all - 1)
    } else {
        String::new()
    };
    let length = if wrong == Some(Wrong::Shortens) { part.len() / 2 } else { part.len() };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{range}Connection: close\r\n\r\n")?;
    match wrong {
        Some(Wrong::Stalls(count)) => {
            stream.write_all(&part[..count.min(part.len())])?;
            // Until the client has gone.
            let _gone = stream.read(&mut byte)?;
            Ok(())
        }
        Some(Wrong::Breaks(count)) => stream.write_all(&part[..count.min(part.len())]),
        _ => stream.write_all(part),
    }
}

fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

const ROOT: &str = "/files/challenge-2016/1.0.0";
const LIST: &str = "/files/challenge-2016/1.0.0/SHA256SUMS.txt";

/// The sets that are single files: their names, their places on the server, and some files as they have them.
const SINGLE_FILES: [(&str, &str, [&str; 4]); 2] = [
    (
        "cinc2016",
        ROOT,
        ["training-a/REFERENCE.csv", "training-a/a0001.wav", "training-a/a0002.wav", "validation/REFERENCE.csv"],
    ),
    (
        "circor2022",
        "/files/circor-heart-sound/1.0.3",
        ["training_data.csv", "training_data/13918_AV.wav", "training_data/13918_AV.tsv", "training_data/13918_PV.wav"],
    ),
];

/// The sets that are archives, and the numbers of their records.
const ARCHIVES: [(&str, &[u32]); 5] = [
    ("dcase2016", &[45_739, 165_995]),
    ("dcase2017", &[400_515, 1_040_168]),
    ("dcase2018", &[1_228_142]),
    ("dcase2019", &[2_589_280]),
    ("dcase2020", &[3_819_968]),
];

fn path(name: &str) -> String {
    format!("{ROOT}/{name}")
}

/// Bytes that are different everywhere.
fn sound(seed: u32, count: u32) -> Vec<u8> {
    (0..count).map(|i| (i.wrapping_mul(2_654_435_761).wrapping_add(seed) >> 13) as u8).collect()
}

/// A server with these files at a place, whose list also names some that are not there.
fn physionet(root: &str, files: &[(&str, Vec<u8>)], absent: &[&str]) -> Server {
    let server = Server::new();
    let line = |name: &str, bytes: &[u8]| format!("{}  {name}\n", hexadecimal(&Sha256::digest(bytes)));
    let there = files.iter().map(|(name, bytes)| line(name, bytes));
    let list: String = there.chain(absent.iter().map(|name| line(name, b"not there"))).collect();
    server.put(&format!("{root}/SHA256SUMS.txt"), list.as_bytes());
    files.iter().for_each(|(name, bytes)| server.put(&format!("{root}/{name}"), bytes));
    server
}

/// A server with a small heart-sound set, and its files.
fn hearts() -> (Server, Vec<(&'static str, Vec<u8>)>) {
    let files = vec![
        ("training-a/REFERENCE.csv", b"a0001,-1\na0002,1\n".to_vec()),
        ("training-a/a0001.wav", sound(1, 200_000)),
        ("training-a/a0002.wav", sound(2, 100_000)),
        ("validation/REFERENCE.csv", b"a0001,-1\n".to_vec()),
    ];
    // No sound, and the same once more.
    (physionet(ROOT, &files, &["training-a/a0001.dat", "training.zip"]), files)
}

fn check(out: &Path, files: &[(&str, Vec<u8>)]) {
    for (name, bytes) in files {
        assert!(fs::read(out.join(name)).unwrap() == *bytes, "{name}");
        assert!(!out.join(format!("{name}.part")).exists(), "{name}");
    }
}

#[test]
fn what_stalls_breaks_off_or_is_busy_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (server, files) = hearts();
    let out = folder.path().join("data");
    server.spoil(LIST, &[Wrong::Busy]);
    server.spoil(&path("training-a/REFERENCE.csv"), &[Wrong::Busy, Wrong::Breaks(0)]);
    server.spoil(&path("training-a/a0001.wav"), &[Wrong::Breaks(30_000), Wrong::Breaks(20_000)]);
    server.spoil(&path("training-a/a0002.wav"), &[Wrong::Stalls(10_000)]);
    let run = server.fetch("cinc2016", &out).done();
    check(&out, &files);
    for said in ["licence: Open Data Commons", "please cite: Liu et al.", "4 of 4 files to fetch", "are free"] {
        assert!(run.stderr.contains(said), "{said}: {run:?}");
    }
    let range = |bytes: u32| Some(format!("bytes={bytes}-"));
    assert_eq!(server.asked(&path("training-a/a0001.wav")), [None, range(30_000), range(50_000)]);
    assert_eq!(server.asked(&path("training-a/a0002.wav")), [None, range(10_000)]);
    // What no command reads is not fetched.
    assert!(!out.join("training-a/a0001.dat").exists() && !out.join("training.zip").exists());
    // What is there is not fetched again, unless it has changed.
    server.forget();
    assert!(server.fetch("cinc2016", &out).done().stdout.starts_with("0 files fetched"));
    assert!(server.asked(&path("training-a/a0001.wav")).is_empty());
    fs::write(out.join("training-a/a0001.wav"), "changed").unwrap();
    assert!(server.fetch("cinc2016", &out).done().stdout.starts_with("1 files fetched"));
    check(&out, &files);
    // Of a process that was killed.
    let part = |bytes: &[u8]| {
        fs::remove_file(out.join("training-a/a0001.wav")).unwrap();
        fs::write(out.join("training-a/a0001.wav.part"), bytes).unwrap();
        server.forget();
        server.fetch("cinc2016", &out).done();
        check(&out, &files);
        server.asked(&path("training-a/a0001.wav"))
    };
    assert_eq!(part(&files[1].1[..150_000]), [range(150_000)]);
    assert_eq!(part(&files[1].1), [range(200_000)]);
    assert_eq!(part(&[7; 1000]), [range(1000), None]);
}

#[test]
fn nothing_is_kept_that_does_not_match() {
    let folder = tempfile::tempdir().unwrap();
    let (server, files) = hearts();
    let out = folder.path().join("data");
    let wav = path("training-a/a0001.wav");
    server.always(&wav, Some(Wrong::Lies));
    server.always(&path("training-a/a0002.wav"), Some(Wrong::Shortens));
    let run = server.fetch("cinc2016", &out);
    assert_eq!(run.status, Some(1), "{run:?}");
    assert!(run.stderr.contains("2 of 4 files could not be had"), "{run:?}");
    assert!(run.stderr.contains("does not match the checksum") && run.stderr.contains("a0001.wav"), "{run:?}");
    for name in ["training-a/a0001.wav", "training-a/a0001.wav.part", "training-a/a0002.wav"] {
        assert!(!out.join(name).exists(), "{name}");
    }
    // The others are there.
    check(&out, &[files[0].clone(), files[3].clone()]);
    // A lie that is not repeated is none.
    server.always(&wav, None);
    server.always(&path("training-a/a0002.wav"), None);
    server.spoil(&wav, &[Wrong::Lies]);
    server.fetch("cinc2016", &out).done();
    check(&out, &files);
}

#[test]
fn a_server_without_parts_or_with_wrong_ones_is_asked_from_the_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let (server, files) = hearts();
    let out = folder.path().join("data");
    server.spoil(&path("training-a/a0001.wav"), &[Wrong::Breaks(30_000), Wrong::Whole]);
    server.spoil(&path("training-a/a0002.wav"), &[Wrong::Breaks(30_000), Wrong::OtherPart]);
    let run = server.fetch("cinc2016", &out).done();
    check(&out, &files);
    assert!(run.stderr.contains("the file is fetched from its beginning"), "{run:?}");
    assert!(run.stderr.contains("another part than was asked for"), "{run:?}");
    // One that gets no further is given up.
    fs::remove_file(out.join("training-a/a0001.wav")).unwrap();
    server.always(&path("training-a/a0001.wav"), Some(Wrong::Breaks(0)));
    let run = server.fetch("cinc2016", &out);
    assert!(run.status == Some(1) && run.stderr.contains("given up after 3 tries"), "{run:?}");
    // So is a file that is not there, at once.
    server.files.lock().unwrap().bytes.remove(&path("training-a/a0001.wav"));
    server.forget();
    let run = server.fetch("cinc2016", &out);
    assert!(run.status == Some(1) && run.stderr.contains("there is no such file"), "{run:?}");
    assert_eq!(server.asked(&path("training-a/a0001.wav")).len(), 1);
}

#[test]
fn a_list_that_leads_out_of_the_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (server, _) = hearts();
    let out = folder.path().join("deep/data");
    let evil = format!("{}  training-a/../../../evil.txt\n", hexadecimal(&Sha256::digest(b"evil")));
    server.put(LIST, evil.as_bytes());
    server.put(&path("training-a/../../../evil.txt"), b"evil");
    let run = server.fetch("cinc2016", &out);
    assert!(run.status == Some(1) && run.stderr.contains("names a file outside of the set"), "{run:?}");
    server.put(LIST, b"<html>not here</html>");
    assert!(server.fetch("cinc2016", &out).stderr.contains("SHA256SUMS.txt: line 1"));
    assert!(!folder.path().join("evil.txt").exists() && !folder.path().join("deep/evil.txt").exists());
}

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Lets the server have a record of one archive.
fn record(server: &Server, id: u32, name: &str, bytes: &[u8], size: usize) {
    let sum = format!("md5:{}", hexadecimal(&Md5::digest(bytes)));
    let record = json!({ "id": id, "files": [{ "key": name, "size": size, "checksum": sum }] });
    server.put(&format!("/api/records/{id}"), record.to_string().as_bytes());
    server.put(&format!("/records/{id}/files/{name}"), bytes);
}

#[test]
fn archives_are_checked_unpacked_and_not_fetched_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (server, out) = (Server::new(), folder.path().join("scenes"));
    let wav = sound(3, 50_000);
    let development = archive(&[("dev/meta.txt", b"audio/a.wav\tpark\n"), ("dev/audio/a.wav", &wav)]);
    let evaluation = archive(&[("eval/meta.txt", b"audio/1.wav\tpark\n")]);
    record(&server, 45_739, "dev.zip", &development, development.len());
    record(&server, 165_995, "eval.zip", &evaluation, evaluation.len());
    server.spoil("/records/45739/files/dev.zip", &[Wrong::Breaks(1000)]);
    let run = server.fetch("dcase2016", &out).done();
    assert!(run.stderr.contains("no redistribution") && run.stdout.starts_with("2 files fetched"), "{run:?}");
    assert!(fs::read(out.join("dev/audio/a.wav")).unwrap() == wav && out.join("eval/meta.txt").is_file());
    assert!(!out.join("dev.zip").exists());
    server.forget();
    assert!(server.fetch("dcase2016", &out).done().stdout.starts_with("0 files fetched"));
    assert!(server.asked("/records/45739/files/dev.zip").is_empty());

    // One that is longer than it says, and one that leads out of the folder.
    let other = folder.path().join("deep/other");
    record(&server, 165_995, "eval.zip", &evaluation, evaluation.len() - 1);
    let run = server.fetch("dcase2016", &other);
    assert!(run.status == Some(1) && run.stderr.contains("eval.zip"), "{run:?}");
    assert!(!other.join("eval.zip").exists());
    let evil = archive(&[("eval/meta.txt", b"good"), ("../../evil.txt", b"evil")]);
    record(&server, 165_995, "eval.zip", &evil, evil.len());
    let run = server.fetch("dcase2016", &other);
    assert!(run.status == Some(1) && run.stderr.contains("would lie outside of the folder"), "{run:?}");
    assert!(!folder.path().join("evil.txt").exists() && !other.join("eval/meta.txt").exists());
}

#[test]
fn every_set_is_fetched_in_a_test() {
    let list = spectnet(args!["data", "fetch"]).done().stdout;
    let listed = list.lines().filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(' ').next());
    let single = SINGLE_FILES.iter().map(|(set, ..)| *set);
    let tested: BTreeSet<&str> = single.chain(ARCHIVES.iter().map(|(set, _)| *set)).collect();
    assert_eq!(listed.collect::<BTreeSet<&str>>(), tested);
}

#[test]
fn every_set_of_single_files_comes_from_a_server_that_stalls_breaks_off_and_lies() {
    thread::scope(|scope| {
        for (set, root, names) in SINGLE_FILES {
            scope.spawn(move || single_files(set, root, names));
        }
    });
}

fn single_files(set: &str, root: &str, names: [&'static str; 4]) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("data");
    let numbered = names.into_iter().zip(1..);
    let files: Vec<(&str, Vec<u8>)> = numbered.map(|(name, seed)| (name, sound(seed, 50_000))).collect();
    let server = physionet(root, &files, &[]);
    let [first, second, third, last] = names.map(|name| format!("{root}/{name}"));
    server.spoil(&format!("{root}/SHA256SUMS.txt"), &[Wrong::Busy]);
    server.spoil(&first, &[Wrong::Breaks(20_000)]);
    server.spoil(&second, &[Wrong::Stalls(10_000)]);
    server.spoil(&third, &[Wrong::Lies]);
    let run = server.fetch(set, &out).done();
    check(&out, &files);
    assert!(run.stderr.contains("licence: ") && run.stderr.contains("4 of 4 files to fetch"), "{set}: {run:?}");
    let from = |bytes: u32| Some(format!("bytes={bytes}-"));
    for (path, expected) in [(&first, [None, from(20_000)]), (&second, [None, from(10_000)]), (&third, [None, None])] {
        assert_eq!(server.asked(path), expected, "{path}");
    }
    // A server that goes on lying.
    fs::remove_file(out.join(names[3])).unwrap();
    server.always(&last, Some(Wrong::Lies));
    let run = server.fetch(set, &out);
    assert!(run.status == Some(1) && run.stderr.contains("1 of 4 files could not be had"), "{set}: {run:?}");
    assert!(run.stderr.contains("does not match the checksum") && run.stderr.contains(names[3]), "{set}: {run:?}");
    assert!(!out.join(names[3]).exists() && !out.join(format!("{}.part", names[3])).exists(), "{set}");
    check(&out, &files[..3]);
}

#[test]
fn every_set_of_archives_comes_from_a_server_that_stalls_breaks_off_and_lies() {
    thread::scope(|scope| {
        for (set, records) in ARCHIVES {
            scope.spawn(move || archives(set, records));
        }
    });
}

fn archives(set: &str, records: &[u32]) {
    let folder = tempfile::tempdir().unwrap();
    let (server, out) = (Server::new(), folder.path().join("scenes"));
    let address = |id: u32| format!("/records/{id}/files/{id}.zip");
    let mut asked = Vec::new();
    for (&id, seed) in records.iter().zip(1..) {
        let [meta, wav] = ["meta.txt", "audio/a.wav"].map(|name| format!("of-{id}/{name}"));
        let bytes = archive(&[(&meta, b"audio/a.wav\tpark\n"), (&wav, &sound(seed, 50_000))]);
        record(&server, id, &format!("{id}.zip"), &bytes, bytes.len());
        let (quarter, half) = (bytes.len() / 4, bytes.len() / 2);
        server.spoil(&address(id), &[Wrong::Breaks(quarter), Wrong::Stalls(half), Wrong::Lies]);
        let from = |place: usize| Some(format!("bytes={place}-"));
        // What lies is fetched from its beginning.
        asked.push([None, from(quarter), from(quarter + half), None]);
    }
    let run = server.fetch(set, &out).done();
    let fetched = format!("{} files fetched", records.len());
    assert!(run.stdout.starts_with(&fetched) && run.stderr.contains("licence: "), "{set}: {run:?}");
    for ((&id, seed), asked) in records.iter().zip(1..).zip(asked) {
        assert_eq!(server.asked(&address(id)), asked, "{set}");
        assert!(out.join(format!("of-{id}/meta.txt")).is_file(), "{set}");
        assert!(fs::read(out.join(format!("of-{id}/audio/a.wav"))).unwrap() == sound(seed, 50_000), "{set}");
        assert!(!out.join(format!("{id}.zip")).exists() && !out.join(format!("{id}.zip.part")).exists(), "{set}");
    }
    // An archive that goes on lying.
    let (lied, last) = (folder.path().join("lied"), records[records.len() - 1]);
    server.always(&address(last), Some(Wrong::Lies));
    let run = server.fetch(set, &lied);
    assert!(run.status == Some(1) && run.stderr.contains("does not match the checksum"), "{set}: {run:?}");
    for name in [format!("{last}.zip"), format!("{last}.zip.part"), format!("of-{last}")] {
        assert!(!lied.join(&name).exists(), "{set}: {name}");
    }
}

#[test]
fn without_a_name_the_sets_are_listed_with_licence_and_citation() {
    let list = spectnet(args!["data", "fetch"]).done().stdout;
    for expected in ["cinc2016", "circor2022", "dcase2016", "dcase2020", "licence: ", "Mesaros", "Oliveira"] {
        assert!(list.contains(expected), "{expected}: {list}");
    }
    spectnet(args!["data", "fetch", "nothing"]).bad_usage();
    spectnet(args!["data", "fetch", "cinc2016", "--from", "ftp://x"]).bad_usage();
}
