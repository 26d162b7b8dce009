//! `spectnet completions` and `manual`, as processes: what shells and `man` are given.

use std::fs;
use std::process::Command;

use spectnet_tests::args;
use spectnet_tests::command::{names, spectnet};
use spectnet_tests::skip::skipped;

#[test]
fn shells_complete_every_command_that_people_see() {
    let help = spectnet(["--help"]).done().stdout;
    let listed = help.split("Commands:").nth(1).and_then(|rest| rest.split("Options:").next()).unwrap();
    // Names stand two spaces from the margin, texts further in.
    let commands: Vec<&str> = listed
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.len() > 12 && commands.contains(&"export"), "{commands:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = spectnet(["completions", shell]).done().stdout;
        // fish names long flags without their dashes; two of them complete no values.
        let values: &[&str] = if matches!(shell, "elvish" | "powershell") { &[] } else { &["onnx"] };
        for word in commands.iter().chain(&["dtype"]).chain(values) {
            assert!(script.contains(word), "{shell}: {word}");
        }
        checked_by(shell, &script);
    }
}

/// The script as the shell itself reads it, without running it, where the shell is here.
fn checked_by(shell: &str, script: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("script");
    fs::write(&file, script).unwrap();
    let flag = match shell {
        "bash" | "zsh" => "-n",
        "fish" => "--no-execute",
        _ => return,
    };
    match Command::new(shell).arg(flag).arg(&file).output() {
        Ok(output) => assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => skipped(&format!("completions are not read by {shell}: {error}")),
    }
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let folder = tempfile::tempdir().unwrap();
    let page = spectnet(["manual"]).done().stdout;
    for part in [".TH spectnet 1", ".SH SYNOPSIS", ".SH DESCRIPTION", "spectnet\\-export(1)"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("check\\-arguments"), "{page}");
    let out = folder.path().join("man1");
    spectnet(args!["manual", "--out", &out]).done();
    let pages = names(&out);
    for name in ["spectnet.1", "spectnet-export.1", "spectnet-train.1", "spectnet-data-verify.1"] {
        assert!(pages.iter().any(|page| page == name), "{name}: {pages:?}");
    }
    assert!(!pages.iter().any(|page| page.contains("check-arguments")), "{pages:?}");
    assert_eq!(fs::read_to_string(out.join("spectnet.1")).unwrap().trim_end(), page.trim_end());
    assert!(fs::read_to_string(out.join("spectnet-export.1")).unwrap().contains("\\-\\-dtype"));
    assert!(spectnet(args!["manual", "--out", &out]).refusal().contains("--force"));
    spectnet(args!["manual", "--out", &out, "--force"]).done();
    spectnet(["manual", "--force"]).bad_usage();
}
