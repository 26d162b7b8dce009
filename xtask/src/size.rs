//! What the page makes a visitor download, and the limit on it.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::page;

/// Most bytes that a visitor downloads before the first recording, as a server with brotli sends them: the page, its styles,
/// the program and the first model: three seconds at 1.6 Mbit/s.
const FIRST_LOAD_LIMIT: usize = 600_000;
/// The same of each decoder, WebAssembly and JavaScript together, which a visitor waits for whose recording needs it: a second
/// on a slow line.
const DECODER_LIMIT: usize = 250_000;
/// The same of the learner, for whoever wants a model to learn,
const LEARNER_LIMIT: usize = 1_000_000;
/// and of the one for WebGPU, where it is built: Burn's kernels are in it, and what compiles them.
const WEBGPU_LEARNER_LIMIT: usize = 4_000_000;
/// What is downloaded at once, the more special first.
const PARTS: [Part; 5] = [
    Part { name: "learner for WebGPU", files: "learner-webgpu", limit: WEBGPU_LEARNER_LIMIT },
    Part { name: "learner", files: "learner", limit: LEARNER_LIMIT },
    Part { name: "decoder of AAC", files: "decoder-aac", limit: DECODER_LIMIT },
    Part { name: "decoder", files: "decoder", limit: DECODER_LIMIT },
    Part { name: "program", files: "", limit: FIRST_LOAD_LIMIT },
];
/// The number of the program among them.
const PROGRAM: usize = PARTS.len() - 1;
/// Brotli's best, as servers have it for files that are compressed once.
const QUALITY: u32 = 11;
/// The largest window that every browser takes.
const WINDOW: u32 = 22;

/// Bytes of the files of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Size {
    raw: usize,
    brotli: usize,
}

/// What is downloaded at once.
struct Part {
    name: &'static str,
    /// What the names of its files contain.
    files: &'static str,
    limit: usize,
}

/// Prints the sizes of the built page, kind by kind.
///
/// # Errors
/// When the program, a decoder or a learner is larger than its limit, or all of the first load is, or a file cannot be read.
pub fn check(dist: &Path) -> Result<()> {
    println!("{:<38} {:>10} {:>10}", "", "bytes", "brotli");
    let line = |name: &str, size: Size| println!("{name:<38} {:>10} {:>10}", size.raw, size.brotli);
    let mut sums = PARTS.map(|_| 0);
    for (name, extension) in [("WebAssembly", "wasm"), ("JavaScript", "js")] {
        let all = files(dist, extension)?;
        for (part, sum) in sums.iter_mut().enumerate() {
            let size = total(all.iter().filter(|file| part_of(file) == part))?;
            line(&format!("{name} of the {}", PARTS[part].name), size);
            *sum += size.brotli;
        }
    }
    let mut first_load = sums[PROGRAM];
    for (name, extension) in [("CSS", "css"), ("HTML", "html")] {
        let size = total(files(dist, extension)?.iter())?;
        line(name, size);
        first_load += size.brotli;
    }
    let models = files(&dist.join("weights"), "safetensors")?;
    let first = if models.is_empty() { None } else { Some(page::default_model(dist)?) };
    for model in models {
        let size = total([&model])?;
        line(&model.file_name().unwrap_or_default().to_string_lossy(), size);
        if first.as_ref() == Some(&model) {
            first_load += size.brotli;
        }
    }
    for (Part { name, limit, .. }, bytes) in PARTS.iter().zip(sums) {
        if bytes > *limit {
            bail!("WebAssembly and JavaScript of the {name} have {bytes} bytes under brotli, {limit} are allowed");
        }
        println!("WebAssembly and JavaScript of the {name} under brotli: {bytes} of {limit} bytes");
    }
    if first_load > FIRST_LOAD_LIMIT {
        bail!("what is loaded first has {first_load} bytes under brotli, {FIRST_LOAD_LIMIT} are allowed");
    }
    println!("page, styles, program and first model under brotli: {first_load} of {FIRST_LOAD_LIMIT} bytes");
    Ok(())
}

/// What is downloaded at once: the number of it in [`PARTS`].
fn part_of(file: &Path) -> usize {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    PARTS.iter().position(|part| name.contains(part.files)).unwrap_or_default()
}

/// The files of a folder with this extension, in the order of their names; none where there is no folder.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|own| own == extension));
    files.sort();
    Ok(files)
}

fn total<'a>(files: impl IntoIterator<Item = &'a PathBuf>) -> Result<Size> {
    let mut size = Size::default();
    for file in files {
        let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        size.raw += bytes.len();
        size.brotli += compressed(&bytes)?.len();
    }
    Ok(size)
}

/// The bytes as a server with brotli sends them.
///
/// # Errors
/// None for bytes in memory; the compressor's interface has them.
pub fn compressed(bytes: &[u8]) -> Result<Vec<u8>> {
    brotli(bytes, QUALITY)
}

/// The bytes under brotli, with a quality from 0 to 11.
///
/// # Errors
/// None for bytes in memory; the compressor's interface has them.
pub(crate) fn brotli(bytes: &[u8], quality: u32) -> Result<Vec<u8>> {
    let mut compressor = brotli::CompressorWriter::new(Vec::new(), 1 << 16, quality, WINDOW);
    compressor.write_all(bytes).context("cannot compress")?;
    Ok(compressor.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page whose program has this many bytes that cannot be compressed.
    fn page(bytes: usize) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let mut state = 1u64;
        let noise = (0..bytes).map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        });
        fs::write(dir.path().join("page.wasm"), noise.collect::<Vec<u8>>()).unwrap();
        fs::write(dir.path().join("page.js"), "let a = 1;\n".repeat(1000)).unwrap();
        dir
    }

    #[test]
    fn compression_is_counted_and_other_files_are_not() {
        let dir = page(1000);
        fs::write(dir.path().join("notes.txt"), "x").unwrap();
        let script = total(files(dir.path(), "js").unwrap().iter()).unwrap();
        assert!(script.raw == 11_000 && script.brotli < 100, "{script:?}");
        let noise = total(files(dir.path(), "wasm").unwrap().iter()).unwrap();
        assert!(noise.raw == 1000 && noise.brotli >= 1000, "{noise:?}");
        check(dir.path()).unwrap();
        assert_eq!(files(&dir.path().join("weights"), "safetensors").unwrap(), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_program_above_the_limit_is_refused_with_both_numbers() {
        let dir = page(FIRST_LOAD_LIMIT + 1);
        let error = check(dir.path()).unwrap_err().to_string();
        assert!(
            error.starts_with("WebAssembly") && error.contains(&format!("{FIRST_LOAD_LIMIT} are allowed")),
            "{error}"
        );
    }

    /// What is loaded first is the page with everything that it needs for a result, and not the models behind the first one.
    #[test]
    fn page_styles_and_first_model_count_with_the_program() {
        let dir = page(FIRST_LOAD_LIMIT - 30_000);
        let weights = dir.path().join("weights");
        fs::create_dir(&weights).unwrap();
        fs::write(weights.join("index.json"), r#"[{ "file": "b.safetensors" }, { "file": "a.safetensors" }]"#).unwrap();
        let noise = fs::read(page(20_000).path().join("page.wasm")).unwrap();
        fs::write(weights.join("b.safetensors"), &noise).unwrap();
        fs::write(weights.join("a.safetensors"), noise.repeat(2)).unwrap();
        check(dir.path()).unwrap();
        for (name, bytes) in [("page.css", 0..8_000), ("index.html", 8_000..16_000)] {
            fs::write(dir.path().join(name), &noise[bytes]).unwrap();
        }
        let error = check(dir.path()).unwrap_err().to_string();
        assert!(error.starts_with("what is loaded first has"), "{error}");
        fs::remove_file(dir.path().join("index.html")).unwrap();
        check(dir.path()).unwrap();
    }

    #[test]
    fn each_decoder_has_a_limit_of_its_own() {
        let dir = page(1000);
        fs::copy(
            page(DECODER_LIMIT - 10_000).path().join("page.wasm"),
            dir.path().join("spectnet-decoder-aac_bg.wasm"),
        )
        .unwrap();
        for (bytes, fits) in [(DECODER_LIMIT - 10_000, true), (DECODER_LIMIT + 1, false)] {
            fs::copy(page(bytes).path().join("page.wasm"), dir.path().join("spectnet-decoder_bg.wasm")).unwrap();
            let checked = check(dir.path());
            assert_eq!(checked.is_ok(), fits, "{checked:?}");
            assert!(checked.err().is_none_or(|error| error.to_string().contains("of the decoder have 25")));
        }
    }

    #[test]
    fn a_learner_is_no_part_of_the_program() {
        let parts = [
            "spectnet-learner-webgpu_bg.wasm",
            "spectnet-learner_bg.wasm",
            "learner.js",
            "spectnet-decoder-aac.js",
            "decoder.js",
            "spectnet-web-0123_bg.wasm",
        ];
        assert_eq!(parts.map(|file| part_of(Path::new(file))), [0, 1, 1, 2, 3, 4]);
    }
}
