//! The page: built by trunk into `dist/`, with models beside it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use serde_json::json;

use crate::{
    command,
    setup::{PageTools, wasm},
    short_names, stamp,
    workspace::Workspace,
};

/// What the page is made from; the weights are copied, not compiled.
const INPUTS: [&str; 7] = ["index.html", "Trunk.toml", "Cargo.toml", "Cargo.lock", ".cargo", "core", "web"];
const NOT_INPUTS: [&str; 2] = ["web/weights", "core/tests"];

/// Where `index.html` says that the decoder is, the script that runs first, that of the microphone, and the learner. trunk puts
/// a hash into the names of all files but those of a worker and those that it only copies.
const UNNAMED: [&str; 4] =
    [r#"data-js="./decoder.js""#, r#"src="./early.js""#, r#"data-js="./microphone.js""#, r#"data-js="./learner.js""#];

/// How the names of the page's program and of its script begin and end; between lies a hash.
const PROGRAM: (&str, &str) = ("spectnet-web-", "_bg.wasm");
const PROGRAM_SCRIPT: (&str, &str) = ("spectnet-web-", ".js");

/// The environment variable that says where the source of the page is, for a link to it.
const SOURCE: &str = "SPECTNET_SOURCE";

/// How the names of those files begin that the page and its workers ask for by their build.
const BY_BUILD: [&str; 6] = ["decoder.", "early.", "learner.", "microphone.", "spectnet-decoder", "spectnet-learner"];

/// How the names of those files begin that are kept on a device once they were asked for: most visitors never need them, and
/// they are larger than the rest.
const KEPT_LATER: [&str; 2] = ["learner.", "spectnet-learner"];

/// The card of a model that came without one.
const NO_CARD: &str = "No card came with this model: what stands in its file is all that is known of it.";

/// What an address takes as it is, in the names of files with their folders.
const ADDRESS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// What keeps the page on a device, in the source and beside the built page.
const WORKER: &str = "sw.js";
/// The lines of it that are written here, as they stand in the source.
const VERSION_LINE: &str = r#"const VERSION = "unbuilt";"#;
const FILES_LINE: &str = r#"const FILES = ["./"];"#;
const LATER_LINE: &str = "const LATER = [];";

/// The shipped model that the page loads first, by its name without `.safetensors`.
const DEFAULT_MODEL: &str = "heart";

/// A model that the page offers.
pub struct Model {
    /// The `.safetensors` file to copy, with the model card `.md` beside it if there is one.
    pub file: PathBuf,
    /// The copy's name without `.safetensors`.
    pub stem: String,
    /// What the page's menu calls it.
    pub name: String,
}

/// Builds the page into `dist/`, unless what it is made from has not changed.
pub fn build(workspace: &Workspace, tools: &PageTools) -> Result<()> {
    // trunk empties the folder, so a stamp in it never outlives what it vouches for.
    let stamp_file = workspace.dist().join(".stamp");
    // trunk hands it on to cargo as it is.
    let source = env::var(SOURCE).unwrap_or_default();
    let stamp = stamp::of(workspace.root(), &INPUTS, &NOT_INPUTS, &source)?;
    if stamp::is_current(&stamp_file, &stamp) {
        eprintln!("The page is up to date.");
        return Ok(());
    }
    // trunk is told to download nothing, which it hands on to cargo; so the crates are fetched first.
    let mut fetch = workspace.cargo("fetch");
    fetch.args(["--target", wasm::TARGET]);
    tools.configure(&mut fetch)?;
    command::run(&mut fetch)?;

    let mut trunk = Command::new("trunk");
    trunk.current_dir(workspace.root()).args(["build", "--release", "--offline", "--locked"]);
    // trunk takes only `true` and `false` for the first, and asks for news of itself without the second.
    trunk.env_remove("NO_COLOR").env("TRUNK_SKIP_VERSION_CHECK", "true");
    if let Some(commit) = commit(workspace) {
        trunk.env("SPECTNET_COMMIT", commit);
    }
    tools.configure(&mut trunk)?;
    command::run(&mut trunk)?;
    let dist = workspace.dist();
    let [program, script] = [PROGRAM, PROGRAM_SCRIPT].map(|(begin, end)| only(&dist, begin, end));
    short_names::shorten(&program?, &script?, &dist.join("index.html"))?;
    name_build(&dist.join("index.html"), &stamp)?;
    stamp::write(&stamp_file, &stamp)
}

/// The one file of the built page whose name begins and ends so.
fn only(dist: &Path, begin: &str, end: &str) -> Result<PathBuf> {
    let mut names = Vec::new();
    collect(dist, "", &mut names)?;
    names.retain(|name| name.starts_with(begin) && name.ends_with(end));
    match names.as_slice() {
        [name] => Ok(dist.join(name)),
        several => bail!("{} has {} files {begin}…{end}: expected one", dist.display(), several.len()),
    }
}

/// Makes the build a part of these addresses, so that no cache gives the page the decoder of another build.
fn name_build(index: &Path, build: &str) -> Result<()> {
    let mut page = fs::read_to_string(index).with_context(|| format!("cannot read {}", index.display()))?;
    for unnamed in UNNAMED {
        let Some((before, after)) = page.split_once(unnamed) else {
            bail!("{} has no {unnamed}, which tells the page where a part of it is", index.display());
        };
        let address = unnamed.trim_end_matches('"');
        page = format!("{before}{address}?{build}\"{after}");
    }
    fs::write(index, page).with_context(|| format!("cannot write {}", index.display()))
}

/// The commit that the page is built from, with `-dirty` where files were changed since; none outside of a clone. The program
/// names its own by the same rule (`trainer/build.rs`).
fn commit(workspace: &Workspace) -> Option<String> {
    let mut git = Command::new("git");
    git.current_dir(workspace.root()).args(["describe", "--always", "--dirty", "--exclude=*", "--abbrev=12"]);
    command::output(&mut git).ok().map(|commit| commit.trim().to_owned()).filter(|commit| !commit.is_empty())
}

/// Copies the shipped models and `more` into `dist/weights/` and writes `index.json`, the page's menu. The first is the default.
/// Then all files of the page are there, and they are [listed](list_files).
pub fn put_models(workspace: &Workspace, more: &[Model]) -> Result<()> {
    let shipped = shipped(&workspace.shipped_models())?;
    if shipped.is_empty() {
        eprintln!("warning: there is no model in {}", workspace.shipped_models().display());
    }
    write_models(&workspace.dist().join("weights"), shipped.iter().chain(more))?;
    list_files(workspace)
}

/// Tells the worker that keeps the page on a device of all files that the page has now.
pub fn list_files(workspace: &Workspace) -> Result<()> {
    write_worker(&workspace.dist(), &workspace.root().join("web").join(WORKER))
}

/// Writes the worker that keeps the page on a device: from its source, with the names of all files of the page, and a digest of
/// them that makes a new version where any of them changes.
fn write_worker(dist: &Path, source: &Path) -> Result<()> {
    let worker = fs::read_to_string(source).with_context(|| format!("cannot read {}", source.display()))?;
    if ![VERSION_LINE, FILES_LINE, LATER_LINE].into_iter().all(|line| worker.contains(line)) {
        bail!(
            "{} has no lines {VERSION_LINE}, {FILES_LINE} and {LATER_LINE}, which are written here",
            source.display()
        );
    }
    let version = stamp::of(dist, &[""], &[WORKER, ".stamp"], &worker)?;
    let mut names = Vec::new();
    collect(dist, "", &mut names)?;
    names.sort();
    let build = decoder_build(dist)?;
    let begins = |name: &str, beginnings: &[&str]| beginnings.iter().any(|begin| name.starts_with(begin));
    let address = |name: &String| match name.as_str() {
        "index.html" => "./".to_owned(),
        unnamed if begins(unnamed, &BY_BUILD) => format!("{unnamed}{build}"),
        other => percent_encoding::utf8_percent_encode(other, ADDRESS).to_string(),
    };
    let (later, files): (Vec<String>, Vec<String>) = names.into_iter().partition(|name| begins(name, &KEPT_LATER));
    let list = |names: &[String]| serde_json::to_string(&names.iter().map(address).collect::<Vec<_>>());
    let written = worker
        .replace(VERSION_LINE, &format!("const VERSION = \"{version}\";"))
        .replace(FILES_LINE, &format!("const FILES = {};", list(&files)?))
        .replace(LATER_LINE, &format!("const LATER = {};", list(&later)?));
    let target = dist.join(WORKER);
    fs::write(&target, written).with_context(|| format!("cannot write {}", target.display()))
}

/// What stands behind the name of the decoder in the built page: `?` and the build, or nothing.
fn decoder_build(dist: &Path) -> Result<String> {
    let index = dist.join("index.html");
    let page = fs::read_to_string(&index).with_context(|| format!("cannot read {}", index.display()))?;
    let behind = page.split_once(UNNAMED[0].trim_end_matches('"')).and_then(|(_, rest)| rest.split_once('"'));
    Ok(behind.map_or_else(String::new, |(build, _)| build.to_owned()))
}

/// The files below a folder that a browser may ask for, by their names with slashes; `above` is the name of the folder.
fn collect(folder: &Path, above: &str, names: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') || (above.is_empty() && name == WORKER) {
            continue;
        }
        match path.is_dir() {
            true => collect(&path, &format!("{above}{name}/"), names)?,
            false => names.push(format!("{above}{name}")),
        }
    }
    Ok(())
}

fn write_models<'a>(weights: &Path, models: impl Iterator<Item = &'a Model>) -> Result<()> {
    if weights.exists() {
        fs::remove_dir_all(weights).with_context(|| format!("cannot empty {}", weights.display()))?;
    }
    fs::create_dir_all(weights).with_context(|| format!("cannot make {}", weights.display()))?;
    let mut menu = Vec::new();
    for model in models {
        let copy = |from: &Path, extension: &str| {
            let to = weights.join(format!("{}.{extension}", model.stem));
            fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))
        };
        copy(&model.file, "safetensors")?;
        let card = model.file.with_extension("md");
        if card.is_file() {
            copy(&card, "md")?;
        } else {
            // The page asks for a card of each model.
            let card = weights.join(format!("{}.md", model.stem));
            fs::write(&card, format!("# {}\n\n{NO_CARD}\n", model.name))
                .with_context(|| format!("cannot write {}", card.display()))?;
        }
        menu.push(json!({ "file": format!("{}.safetensors", model.stem), "name": model.name }));
    }
    let index = weights.join("index.json");
    fs::write(&index, serde_json::to_string_pretty(&menu)?).with_context(|| format!("cannot write {}", index.display()))
}

/// The models of a folder, the default first and the others in the order of their names, each called what the first heading of its model card says.
fn shipped(folder: &Path) -> Result<Vec<Model>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "safetensors"));
    files.sort_by_key(|file| (file.file_stem().is_none_or(|stem| stem != DEFAULT_MODEL), file.clone()));
    let model = |file: PathBuf| {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let card = fs::read_to_string(file.with_extension("md")).unwrap_or_default();
        let heading = card.lines().find_map(|line| line.strip_prefix("# ")).map(str::trim);
        let name = heading.unwrap_or(&stem).to_owned();
        Model { file, stem, name }
    };
    Ok(files.into_iter().map(model).collect())
}

/// The model that the page loads first.
///
/// # Errors
/// When the page is not built or offers no model, with the command that builds it.
pub fn default_model(dist: &Path) -> Result<PathBuf> {
    let index = dist.join("weights").join("index.json");
    let text = fs::read_to_string(&index)
        .with_context(|| format!("cannot read {}; `cargo xtask page` makes it", index.display()))?;
    let menu: serde_json::Value =
        serde_json::from_str(&text).with_context(|| format!("cannot read {}", index.display()))?;
    let Some(file) = menu[0]["file"].as_str() else {
        bail!("{} offers no model; put one into web/weights and run `cargo xtask page`", index.display());
    };
    Ok(dist.join("weights").join(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_copied_with_their_cards_and_named_after_them() {
        let dir = tempfile::tempdir().unwrap();
        let (source, weights) = (dir.path().join("source"), dir.path().join("dist/weights"));
        fs::create_dir_all(&source).unwrap();
        fs::create_dir_all(&weights).unwrap();
        fs::write(weights.join("gone.safetensors"), "from an earlier build").unwrap();
        fs::write(source.join("scene.safetensors"), "s").unwrap();
        fs::write(source.join("environment.safetensors"), "e").unwrap();
        fs::write(source.join("heart.safetensors"), "h").unwrap();
        fs::write(source.join("heart.md"), "\n# Heart sounds (CinC 2016)\n\ntext\n# Another\n").unwrap();
        fs::write(source.join("notes.txt"), "n").unwrap();

        let models = shipped(&source).unwrap();
        write_models(&weights, models.iter()).unwrap();

        let menu: serde_json::Value = serde_json::from_slice(&fs::read(weights.join("index.json")).unwrap()).unwrap();
        let expected = json!([
            { "file": "heart.safetensors", "name": "Heart sounds (CinC 2016)" },
            { "file": "environment.safetensors", "name": "environment" },
            { "file": "scene.safetensors", "name": "scene" },
        ]);
        assert_eq!(menu, expected);
        assert_eq!(fs::read(weights.join("heart.safetensors")).unwrap(), b"h");
        assert!(weights.join("heart.md").is_file());
        let stub = fs::read_to_string(weights.join("scene.md")).unwrap();
        assert!(stub.starts_with("# scene\n") && stub.contains(NO_CARD), "{stub}");
        assert!(!weights.join("notes.txt").exists() && !weights.join("gone.safetensors").exists());
        assert_eq!(default_model(&dir.path().join("dist")).unwrap(), weights.join("heart.safetensors"));
    }

    #[test]
    fn the_decoder_is_asked_for_by_the_build_that_it_belongs_to() {
        let dir = tempfile::tempdir().unwrap();
        let index = dir.path().join("index.html");
        let source = fs::read_to_string(Workspace::root_from_manifest().join("index.html")).unwrap();
        fs::write(&index, &source).unwrap();
        name_build(&index, "0123").unwrap();
        let named = fs::read_to_string(&index).unwrap();
        assert!(named.contains(r#"<template id="decoder" data-js="./decoder.js?0123"></template>"#), "{named}");
        assert!(named.contains(r#"<script src="./early.js?0123"></script>"#), "{named}");
        assert!(
            named.contains(r#"<template id="microphone-script" data-js="./microphone.js?0123"></template>"#),
            "{named}"
        );
        assert!(
            named.contains(r#"<template id="learner" data-js="./learner.js?0123" data-webgpu="no"></template>"#),
            "{named}"
        );
        assert_eq!(named.replace("?0123", ""), source);
        fs::write(&index, "<p>no decoder").unwrap();
        assert!(name_build(&index, "0123").unwrap_err().to_string().contains("where a part of it is"));
    }

    #[test]
    fn the_worker_names_every_file_and_has_another_version_for_any_change() {
        let dir = tempfile::tempdir().unwrap();
        let dist = dir.path().join("dist");
        fs::create_dir_all(dist.join("weights")).unwrap();
        let index = fs::read_to_string(Workspace::root_from_manifest().join("index.html")).unwrap();
        fs::write(dist.join("index.html"), index).unwrap();
        name_build(&dist.join("index.html"), "0123").unwrap();
        let pages = ["app-1.js", "decoder.js", "microphone.js", "spectnet-decoder_bg.wasm", ".stamp", "weights/a b.md"];
        for name in pages.into_iter().chain(["learner.js", "spectnet-learner_bg.wasm"]) {
            fs::write(dist.join(name), name).unwrap();
        }
        let source = Workspace::root_from_manifest().join("web").join(WORKER);
        let write = || {
            write_worker(&dist, &source).unwrap();
            fs::read_to_string(dist.join(WORKER)).unwrap()
        };
        let first = write();
        let files = concat!(
            r#"["app-1.js","decoder.js?0123","./","microphone.js?0123","#,
            r#""spectnet-decoder_bg.wasm?0123","weights/a%20b.md"]"#
        );
        assert!(first.contains(&format!("const FILES = {files};")), "{first}");
        let later = r#"const LATER = ["learner.js?0123","spectnet-learner_bg.wasm?0123"];"#;
        assert!(first.contains(later), "{first}");
        assert!(!first.contains("unbuilt"), "{first}");
        assert_eq!(write(), first, "the worker itself and the stamp make no version");
        fs::write(dist.join("weights/a b.md"), "another").unwrap();
        assert_ne!(write(), first);

        let broken = dir.path().join("broken.js");
        fs::write(&broken, "self").unwrap();
        assert!(write_worker(&dist, &broken).unwrap_err().to_string().contains("const VERSION"));
    }

    #[test]
    fn without_a_page_or_a_model_the_command_to_type_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = format!("{:#}", default_model(dir.path()).unwrap_err());
        assert!(error.contains("cargo xtask page"), "{error}");
        write_models(&dir.path().join("weights"), [].iter()).unwrap();
        let error = format!("{:#}", default_model(dir.path()).unwrap_err());
        assert!(error.contains("cargo xtask page"), "{error}");
    }
}
