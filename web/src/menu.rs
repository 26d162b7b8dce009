//! The menu of models, `weights/index.json`, and how files are told apart by their names.

use serde::Deserialize;

/// One shipped model.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Entry {
    /// Name of the file in `weights/`.
    pub file: String,
    /// What a person reads in the menu.
    pub name: String,
}

/// The models that the page offers; the first is the default.
///
/// # Errors
/// When the text is not such a list, or an entry points out of its folder.
pub fn parse(text: &str) -> Result<Vec<Entry>, String> {
    let entries: Vec<Entry> =
        serde_json::from_str(text).map_err(|error| format!("weights/index.json is not a list of models: {error}"))?;
    match entries.iter().find(|entry| entry.file.is_empty() || entry.file.contains(['/', '\\', ':'])) {
        Some(entry) => Err(format!("weights/index.json names {:?}: expected a file beside it", entry.file)),
        None => Ok(entries),
    }
}

/// Whether a file holds a model rather than a recording, by its name.
pub fn is_model(name: &str) -> bool {
    name.to_lowercase().ends_with(".safetensors")
}

/// The last part of an address, without query, as a name for the menu.
pub fn name_of_address(address: &str) -> &str {
    let path = address.split(['?', '#']).next().unwrap_or(address).trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_menu_is_read_in_order() {
        let text = r#"[{"file": "heart.safetensors", "name": "Heart sounds", "new": 1}, {"file": "b", "name": "B"}]"#;
        let entries = parse(text).unwrap();
        assert_eq!((entries[0].file.as_str(), entries[1].name.as_str()), ("heart.safetensors", "B"));
        assert_eq!(parse("[]").unwrap(), []);
    }

    #[test]
    fn a_broken_menu_says_so() {
        assert!(parse("<!doctype html>").unwrap_err().starts_with("weights/index.json is not a list of models"));
        for file in ["../secret", "https://elsewhere.example/x", "a\\b", ""] {
            let text = serde_json::json!([{ "file": file, "name": "x" }]).to_string();
            assert!(parse(&text).unwrap_err().contains("expected a file beside it"), "{file}");
        }
    }

    #[test]
    fn models_are_told_from_recordings() {
        assert!(is_model("heart.safetensors") && is_model("HEART.SafeTensors"));
        assert!(!is_model("safetensors.wav") && !is_model("a0001.wav"));
    }

    #[test]
    fn an_address_gives_a_name() {
        assert_eq!(name_of_address("https://a.example/models/scene.safetensors?v=2#x"), "scene.safetensors");
        assert_eq!(name_of_address("weights/heart.safetensors"), "heart.safetensors");
        assert_eq!(name_of_address("folder/"), "folder");
    }
}
