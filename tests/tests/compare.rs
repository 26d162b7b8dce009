//! The page of a run, and runs side by side.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use spectnet_tests::args;
use spectnet_tests::command::{Run, spectnet};

/// Synthesised heart sounds, one of whose subsets has a name that a page could take for more than that.
fn hearts(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    spectnet(args!["synth", "--task", "heart", "--out", &data, "--count", "24", "--seed", "1", "--seconds", "4"])
        .done();
    let manifest = data.join("manifest.csv");
    let text = fs::read_to_string(&manifest).unwrap();
    let changed = text.replace("stethoscope-a", EVIL);
    assert_ne!(text, changed);
    fs::write(manifest, changed).unwrap();
    data
}

const EVIL: &str = "<script>a & b</script>";

fn train(data: &Path, out: &Path, more: &[&str]) -> Run {
    let train = args!["train", "--task", "heart", "--data", data, "--out", out, "--device", "cpu", "--filters", "4"];
    let small = ["--blocks", "2", "--batch", "8", "--epochs", "3"];
    spectnet(train.into_iter().chain(small.iter().chain(more).map(OsString::from))).done()
}

fn read(path: PathBuf) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn the_page_of_a_run_is_one_file_with_everything() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (hearts(folder.path()), folder.path().join("run"));
    let run = train(&data, &out, &["--fold", "0"]);
    assert!(run.stderr.contains("report.html"), "{run:?}");
    let page = out.join("report.html");
    let text = fs::read_to_string(&page).unwrap();
    for outside in ["http://", "https://", " src=", "<script", "<link", "url(", "@import", "\u{1b}"] {
        assert!(!text.contains(outside), "{outside}");
    }
    assert!(text.contains("&lt;script&gt;a &amp; b&lt;/script&gt;"));
    for section in ["Result", "Filters", "Training", "Settings", "Data", "Machine"] {
        assert!(text.contains(&format!("<h2>{section}</h2>")), "{section}");
    }
    for picture in [
        "Confusion matrix",
        "Reliability and ROC curve",
        "Subsets",
        "Paths of the filters",
        "Filters before and after training",
        "Drift of the filters",
        "Loss over the epochs",
        "Metrics over the epochs",
        "Learning rates",
    ] {
        assert!(text.contains(&format!("<title>{picture}</title>")), "{picture}");
    }
    // The curve has the area that was measured, and every subset that has a figure its bar.
    let picture = |name: &str| {
        let begun = text.find(&format!("<title>{name}</title>")).unwrap();
        text[begun..].split("</svg>").next().unwrap()
    };
    let measured = &read(out.join("report.json"))["provenance"]["metrics"]["held_out"];
    let area = format!("ROC, area {:.3}", measured["auc"].as_f64().unwrap());
    assert!(picture("Reliability and ROC curve").contains(&area), "{area}");
    let subsets = measured["subsets"].as_object().unwrap();
    let bars = subsets.values().filter(|subset| subset["recording"]["macc"].is_number()).count();
    assert!(bars > 1 && subsets.contains_key(EVIL), "{subsets:?}");
    assert_eq!(picture("Subsets").matches("<circle").count(), bars, "{}", picture("Subsets"));
    assert!(!text.contains("This is missing") && !text.contains("NaN"), "{text}");
    let opened = |tag: &str| text.matches(&format!("<{tag}>")).count() + text.matches(&format!("<{tag} ")).count();
    for tag in ["section", "figure", "svg", "table", "details", "main", "div", "tr", "h2", "pre"] {
        assert_eq!(opened(tag), text.matches(&format!("</{tag}>")).count(), "{tag}");
    }
    // A picture has a name for those who do not see it; settings and figures are those of the run.
    assert_eq!(opened("svg"), text.matches("<svg role=\"img\"").count());
    assert!(text.contains("seed = 0") && text.contains("prefers-color-scheme: dark"));
    let macc = &read(out.join("report.json"))["provenance"]["metrics"]["held_out"]["recording"]["macc"];
    let shown = format!("<td class=\"number\">{:.1} %</td>", 100.0 * macc.as_f64().unwrap());
    assert!(text.contains(&shown), "{shown}");

    // The same again from the folder alone, wherever that lies, and without what is missing in it.
    let moved = folder.path().join("elsewhere").join("run");
    fs::create_dir_all(moved.parent().unwrap()).unwrap();
    fs::rename(&out, &moved).unwrap();
    fs::remove_file(moved.join("report.html")).unwrap();
    let said = spectnet(args!["report", &moved]).done().stdout;
    assert_eq!(PathBuf::from(said.trim()), moved.join("report.html"));
    assert_eq!(fs::read_to_string(moved.join("report.html")).unwrap(), text);
    fs::remove_file(moved.join("config.toml")).unwrap();
    spectnet(args!["report", &moved]).done();
    let text = fs::read_to_string(moved.join("report.html")).unwrap();
    assert_eq!(text.matches("This is missing").count(), 1, "{text}");
    let refused = spectnet(args!["report", &data]);
    assert!(refused.refusal().contains("not the folder of a training run"), "{refused:?}");
}

#[test]
fn runs_are_put_side_by_side_with_intervals_and_differences() {
    let folder = tempfile::tempdir().unwrap();
    let data = hearts(folder.path());
    let [learned, fixed, other] = ["learned", "static", "other"].map(|name| folder.path().join(name));
    train(&data, &learned, &["--fold", "0"]);
    train(&data, &fixed, &["--fold", "0", "--static", "--seed", "3"]);
    train(&data, &other, &["--fold", "1"]);
    let runs = args!["compare", &learned, &fixed, &other];
    let compared = spectnet(runs.iter().chain(&args!["--json"])).json();

    // What is read back is what was measured: to the last digit, intervals too.
    for (row, out) in compared["runs"].as_array().unwrap().iter().zip([&learned, &fixed, &other]) {
        let report = read(out.join("report.json"));
        let measured = &report["provenance"]["metrics"]["held_out"];
        for name in ["recording", "macc_interval", "mean_over_subsets", "groups", "auc", "brier", "coverage"] {
            assert_eq!(row[name], measured[name], "{name} of {}", out.display());
        }
        assert_eq!((&row["epoch"], &row["held_out"]), (&report["provenance"]["epochs"], &json!(true)));
    }
    let of = |name: &str| [0_usize, 1, 2].map(|row| compared["runs"][row][name].clone());
    assert_eq!(of("front_end"), ["learnable-4", "static-4", "learnable-4"]);
    assert_eq!(of("seed"), [json!(0), json!(3), json!(0)]);

    let [with_static, with_other] = [0_usize, 1].map(|row| &compared["differences"][row]);
    let difference = &with_static["difference"];
    let macc = |row: usize| compared["runs"][row]["recording"]["macc"].as_f64().unwrap();
    assert_eq!(difference["recordings"], compared["runs"][0]["recording"]["n"]);
    assert!((difference["macc"].as_f64().unwrap() - (macc(1) - macc(0))).abs() < 1e-12, "{difference}");
    assert!((0.0..=1.0).contains(&difference["permutation_p"].as_f64().unwrap()), "{difference}");
    assert_eq!((&with_static["why_not"], &with_other["difference"]), (&Value::Null, &Value::Null));
    assert_eq!(with_other["why_not"], "the runs were measured on other recordings");

    let text = spectnet(&runs).done().stdout;
    for part in ["learned", "static-4", "residual, 2 blocks", "minus the first", "were measured on other recordings"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let markdown = spectnet(runs.iter().chain(&args!["--markdown"])).done().stdout;
    assert!(markdown.lines().filter(|line| line.starts_with("| --- |")).count() == 3, "{markdown}");
    // A run is the same as itself.
    let same = spectnet(args!["compare", &learned, &learned, "--json"]).json();
    let difference = &same["differences"][0]["difference"];
    assert_eq!((&difference["macc"], &difference["permutation_p"]), (&json!(0.0), &json!(1.0)), "{difference}");
    let refused = spectnet(args!["compare", &data]);
    assert!(refused.refusal().contains("not the folder of a training run"), "{refused:?}");
}
