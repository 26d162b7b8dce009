//! Every command line in the documentation is one that the programs take: `spectnet` and `cargo xtask`, in fenced blocks and in
//! inline code. Nothing of it is run.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use spectnet_tests::command::{Run, spectnet};
use spectnet_tests::documents::documents;

/// Files that speak of command lines of the past.
const HISTORY: &str = "CHANGELOG.md";
/// What stands for a value in the documentation, where the word itself would not do as one.
const PLACEHOLDERS: [(&str, &str); 11] = [
    ("TASK", "heart"),
    ("D", "cpu"),
    ("NAME", "residual"),
    ("N", "4"),
    ("K", "0"),
    ("S", "1"),
    ("T", "1"),
    ("P", "0.5"),
    ("HZ", "8000"),
    ("I/N", "1/4"),
    // What a scheduler puts there.
    ("$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT", "1/8"),
];

/// A command line of the documentation.
#[derive(Debug, PartialEq)]
struct Line {
    /// File and line.
    place: String,
    /// In a fenced block: all of it must be there. Inline code may name a command and some of its flags only.
    whole: bool,
    words: Vec<String>,
}

/// The command lines of a text in Markdown.
fn lines(file: &str, text: &str) -> Vec<Line> {
    let mut found = Vec::new();
    let (mut fenced, mut begun) = (false, String::new());
    for (index, line) in text.lines().enumerate() {
        let mut add = |code: &str, whole: bool| {
            let commands = commands(code).into_iter();
            found.extend(commands.map(|words| Line { place: format!("{file}:{}", index + 1), whole, words }));
        };
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            line.split('`').skip(1).step_by(2).for_each(|code| add(code, false));
        } else if let Some(part) = line.strip_suffix('\\') {
            begun.push_str(part);
        } else {
            add(&format!("{begun}{line}"), true);
            begun.clear();
        }
    }
    found
}

/// The commands in a line of a shell that are ours, as words.
fn commands(code: &str) -> Vec<Vec<String>> {
    let code = code.split(" #").next().unwrap_or_default();
    let code = without_options(code.trim().trim_start_matches("$ "));
    let parts = code.split(" | ").flat_map(|part| part.split(" && "));
    let parts = parts.map(|part| part.split(" > ").next().unwrap_or_default());
    parts
        .map(|part| words(part).iter().filter_map(|word| value(word)).collect())
        .filter(|words: &Vec<String>| is_ours(words))
        .collect()
}

/// As a shell takes them; with the quotes on, where one is left open.
fn words(part: &str) -> Vec<String> {
    shlex::split(part).unwrap_or_else(|| part.split_whitespace().map(String::from).collect())
}

/// What stands outside of square brackets: all that must be there.
fn without_options(code: &str) -> String {
    let mut depth = 0_u32;
    let outside = |letter: &char| {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    };
    code.chars().filter(outside).collect()
}

/// A word as it could be written: a choice by its first, a placeholder by a value.
fn value(word: &str) -> Option<String> {
    let word = word.trim_end_matches(['…', ';']);
    let known = PLACEHOLDERS.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
    let first = || word.split('|').next().unwrap_or_default();
    Some(known.unwrap_or_else(first).to_owned()).filter(|word| !word.is_empty())
}

fn is_ours(words: &[String]) -> bool {
    let name = |word: &String| Path::new(word).file_name() == Some(OsStr::new("spectnet"));
    match words {
        [cargo, xtask, _, ..] if cargo == "cargo" && xtask == "xtask" => true,
        [program, _, ..] => name(program),
        _ => false,
    }
}

fn check_arguments(words: &[String]) -> Run {
    let arguments = words.iter().map(OsString::from);
    spectnet(["check-arguments", "--"].map(OsString::from).into_iter().chain(arguments))
}

/// What is wrong with a command line; none where it is right.
fn wrong(line: &Line) -> Option<String> {
    if line.words[0] == "cargo" {
        return xtask::cli::check_arguments(&line.words[2..]).err().map(|error| error.to_string());
    }
    let arguments = &line.words[1..];
    let run = check_arguments(arguments);
    let is_mentioned = || !line.whole && is_incomplete(&run.stderr) && names_flags(arguments);
    (run.status != Some(0) && !is_mentioned()).then_some(run.stderr)
}

/// Whether nothing was wrong but that something is missing.
fn is_incomplete(said: &str) -> bool {
    let first = said.lines().next().unwrap_or_default();
    first.contains("required") || first.contains("is missing")
}

/// Whether the command has all flags that are named.
fn names_flags(arguments: &[String]) -> bool {
    let command: Vec<&str> = arguments.iter().map(String::as_str).take_while(|word| !word.starts_with('-')).collect();
    let help = spectnet(command.iter().chain(&["--help"])).done().stdout;
    let shown: Vec<&str> = help.split(|letter: char| !letter.is_alphanumeric() && letter != '-').collect();
    arguments.iter().filter(|word| word.starts_with("--")).all(|flag| shown.contains(&flag.as_str()))
}

#[test]
fn every_command_line_of_the_documentation_is_right() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let is_of_today = |file: &PathBuf| file.file_name() != Some(OsStr::new(HISTORY));
    let mut documents: Vec<PathBuf> = documents().into_iter().filter(is_of_today).collect();
    documents.sort();
    let all: Vec<Line> = documents
        .iter()
        .flat_map(|file| {
            let name = file.strip_prefix(root).unwrap().display().to_string();
            lines(&name, &fs::read_to_string(file).unwrap())
        })
        .collect();
    let whole = all.iter().filter(|line| line.whole).count();
    println!("{} command lines in {} documents, {whole} of them in blocks", all.len(), documents.len());
    assert!(all.len() > 30 && whole > 15, "{whole} of {}", all.len());
    let refused =
        all.iter().filter_map(|line| Some(format!("{}: {}\n{}", line.place, line.words.join(" "), wrong(line)?)));
    let refused: Vec<String> = refused.collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn what_is_wrong_in_the_documentation_is_found() {
    let text = "`spectnet predict --modle m a.wav`, `spectnet segment --train`, `spectnet data` and `spectnet`\n```bash\n\
                target/release/spectnet train --task heart|scene [--seed S] --data PATH \\\n  --epochs N   # a day\n\
                x | spectnet inspect FILE… > out.txt\ncargo xtask serve\ncargo build\n```\n`spectnet train --task scene`\n\
                ```\nspectnet train --task heart\nspectnet train --task heart --data x --filters 12\nspectnet bench --fast\n\
                cargo xtask tset\nspectnet inspect \"my recording.wav\" | sort\nspectnet inspect \"my recording.wav\n```\n";
    let found = lines("a.md", text);
    let words: Vec<(&str, bool, String)> =
        found.iter().map(|line| (line.place.as_str(), line.whole, line.words.join(" "))).collect();
    let expected = [
        ("a.md:1", false, "spectnet predict --modle m a.wav"),
        ("a.md:1", false, "spectnet segment --train"),
        ("a.md:1", false, "spectnet data"),
        ("a.md:4", true, "target/release/spectnet train --task heart --data PATH --epochs 4"),
        ("a.md:5", true, "spectnet inspect FILE"),
        ("a.md:6", true, "cargo xtask serve"),
        ("a.md:9", false, "spectnet train --task scene"),
        ("a.md:11", true, "spectnet train --task heart"),
        ("a.md:12", true, "spectnet train --task heart --data x --filters 12"),
        ("a.md:13", true, "spectnet bench --fast"),
        ("a.md:14", true, "cargo xtask tset"),
        ("a.md:15", true, "spectnet inspect my recording.wav"),
        ("a.md:16", true, "spectnet inspect \"my recording.wav"),
    ];
    assert_eq!(words, expected.map(|(place, whole, words)| (place, whole, words.to_owned())));
    assert_eq!(found[11].words, ["spectnet", "inspect", "my recording.wav"]);
    let refused: Vec<&str> =
        found.iter().filter(|line| wrong(line).is_some()).map(|line| line.place.as_str()).collect();
    assert_eq!(refused, ["a.md:1", "a.md:11", "a.md:12", "a.md:13", "a.md:14", "a.md:16"]);
}

#[test]
fn arguments_are_checked_and_nothing_is_opened() {
    let words = |line: &str| line.split(' ').map(String::from).collect::<Vec<_>>();
    for right in [
        "predict --model nowhere.safetensors nowhere.wav",
        "train --task heart --data nowhere --protocol paper",
        "train --task heart --data nowhere --protocol paper --validation-list nowhere.txt",
        "train --config nowhere.toml",
        "train --task heart --data nowhere --centres @nowhere.txt",
        "reproduce heart --data nowhere --rows static-4,learnable-4 --protocol leave-one-subset-out",
        "features nowhere.wav --out nowhere.png --taps 200",
        "--help",
        "help train",
    ] {
        let run = check_arguments(&words(right)).done();
        assert!(run.stdout.is_empty() && run.stderr.is_empty(), "{run:?}");
    }
    for wrong in [
        "sing",
        "train --task heart --data nowhere --blocks 9",
        "train --task heart --data nowhere --filters 12",
        "reproduce heart --data nowhere --rows static-12 --seed 1",
        "reproduce heart --data nowhere --rows learned-4",
        "reproduce scene --data nowhere --protocol paper",
        "features nowhere.wav --out nowhere.txt",
    ] {
        check_arguments(&words(wrong)).bad_usage();
    }
    assert!(!spectnet(["--help"]).done().stdout.contains("check-arguments"));
}

#[test]
fn the_help_of_a_table_names_its_protocols_and_rows() {
    let help = spectnet(["reproduce", "--help"]).done().stdout;
    for expected in [
        "--protocol <PROTOCOL>",
        "- grouped:",
        "- leave-one-subset-out:",
        "- paper:",
        "- majority: the commonest class",
        "- spectrum: ",
        "- mfcc: ",
        "- logmel-N: ",
        "- cnn-1d-N: ",
        "- cnn-2d-N: ",
        "- static-N: ",
        "- learnable-N: ",
        "[default for heart: majority,spectrum,cnn-1d-4,cnn-2d-4,static-4,static-8,static-16,learnable-16]",
        "[default: runs/table]",
        "--checkpoint-minutes <M>",
    ] {
        assert!(help.contains(expected), "{expected}: {help}");
    }
    for settled in ["--filters", "--fold", "--seed ", "--resume", "- all:"] {
        assert!(!help.contains(settled), "{settled}: {help}");
    }
}
