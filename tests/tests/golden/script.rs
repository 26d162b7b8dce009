//! The script makes the files that are there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use spectnet_tests::python::Python;

use super::values::{Golden, folder, largest};

/// Largest difference, relative to the largest number of a tensor: other processors add up in another order.
const TOLERANCE: f64 = 1e-12;
/// Of a tensor whose numbers are all 0 by theory: what is left of numbers around 1 that cancel each other.
const ROUNDING: f64 = 1e-15;

#[test]
fn the_script_writes_the_golden_files() {
    let Some(python) = Python::find("tests/golden/golden.py") else { return };
    let made = tempfile::tempdir().unwrap();
    let output = python.command("tests/golden/golden.py").arg(made.path()).output().expect("Python starts");
    assert!(output.status.success(), "golden.py: {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(files(made.path()), files(&folder()), "the files that golden.py writes are those of tests/golden");
    for name in files(made.path()) {
        let [made, kept] = [made.path(), &folder()].map(|folder| Golden::read(&folder.join(&name)));
        assert_eq!(made.names(), kept.names(), "{name}");
        assert_eq!(made.keys(), kept.keys(), "{name}");
        for key in made.keys() {
            assert_same_json(&format!("{name}: {key}"), &made.about(&key), &kept.about(&key));
        }
        for tensor in made.names() {
            assert_eq!(made.shape(&tensor), kept.shape(&tensor), "{name}: {tensor}");
            let kept = kept.get(&tensor);
            let limit = TOLERANCE * largest(&kept) + ROUNDING;
            for (place, (made, kept)) in made.get(&tensor).iter().zip(&kept).enumerate() {
                assert!((made - kept).abs() <= limit, "{name}: {tensor}[{place}] is {made} now, and was {kept}");
            }
        }
    }
}

/// The golden files of a folder.
fn files(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    entries.filter_map(|name| name.into_string().ok()).filter(|name| name.ends_with(".safetensors")).collect()
}

/// Numbers that were computed, as the sums of tensors, may differ as those of tensors do.
fn assert_same_json(name: &str, made: &serde_json::Value, kept: &serde_json::Value) {
    match (made.as_array(), kept.as_array(), made.as_object(), kept.as_object()) {
        (Some(made), Some(kept), ..) => {
            assert_eq!(made.len(), kept.len(), "{name}");
            made.iter().zip(kept).for_each(|(made, kept)| assert_same_json(name, made, kept));
        }
        (.., Some(made), Some(kept)) => {
            assert_eq!(made.keys().collect::<Vec<_>>(), kept.keys().collect::<Vec<_>>(), "{name}");
            made.iter().for_each(|(key, made)| assert_same_json(&format!("{name}.{key}"), made, &kept[key]));
        }
        _ => match made.as_f64().zip(kept.as_f64()) {
            Some((made, kept)) => {
                // Sums of up to a million numbers around 0.
                assert!((made - kept).abs() <= 1e-9 * kept.abs().max(1.0), "{name}: {made} now, and was {kept}");
            }
            None => assert_eq!(made, kept, "{name}"),
        },
    }
}
