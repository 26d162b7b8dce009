//! Short names for what the page's program imports.
//!
//! wasm-bindgen names each function of the browser that a program calls by what it is and sixteen hexadecimal digits, once in
//! the program and once in its script. Nobody but these two files reads the names, and digits do not compress: of half a
//! thousand imports they are a fiftieth of what a visitor downloads.

use std::{collections::HashMap, fs, path::Path};

use anyhow::{Context, Result, bail};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha384};
use wasm_encoder::{EntityType, ImportSection, Module, RawSection};
use wasmparser::{Parser, Payload};

/// The section of a program with names for people (WebAssembly specification, appendix 7.4.1).
const NAMES_SECTION: &str = "name";
/// How a short name begins. wasm-bindgen makes no name with it.
const MARK: char = '$';

/// Shortens the names in a built program and its script, and renews the digests by which `index` asks for both.
///
/// # Errors
/// A file that cannot be read or written, or is not what wasm-bindgen makes.
pub fn shorten(program: &Path, script: &Path, index: &Path) -> Result<()> {
    let text = |file: &Path| fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()));
    let before = fs::read(program).with_context(|| format!("cannot read {}", program.display()))?;
    let (script_before, mut page) = (text(script)?, text(index)?);
    let (after, script_after) = shortened(&before, &script_before).with_context(|| format!("{}", program.display()))?;
    let files =
        [(program, before.as_slice(), after.as_slice()), (script, script_before.as_bytes(), script_after.as_bytes())];
    for (file, before, after) in files {
        let digest = integrity(before);
        if !page.contains(&digest) {
            bail!("{} does not ask for {} by its digest, {digest}", index.display(), file.display());
        }
        page = page.replace(&digest, &integrity(after));
    }
    let write =
        |file: &Path, bytes: &[u8]| fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()));
    files.into_iter().try_for_each(|(file, _, after)| write(file, after))?;
    write(index, page.as_bytes())
}

/// A program and its script with short names for what the program imports, and no names for people.
fn shortened(program: &[u8], script: &str) -> Result<(Vec<u8>, String)> {
    let mut names = HashMap::new();
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(program) {
        let payload = payload?;
        if let Payload::ImportSection(section) = payload {
            let mut imports = ImportSection::new();
            for import in section.into_imports() {
                let import = import?;
                let next = format!("{MARK}{}", names.len());
                let name = names.entry(import.name).or_insert(next);
                imports.import(import.module, name, EntityType::try_from(import.ty)?);
            }
            module.section(&imports);
        } else if matches!(&payload, Payload::CustomSection(section) if section.name() == NAMES_SECTION) {
            // What a debugger calls functions: wasm-bindgen leaves a description of each closure there.
        } else if let Some((id, range)) = payload.as_section() {
            let place = usize::try_from(range.start)?..usize::try_from(range.end)?;
            let data = program.get(place).context("a section that is longer than the program")?;
            module.section(&RawSection { id, data });
        }
    }
    // By itself it is a part of a template, `${…}`.
    if identifiers(script).any(|word| word.len() > 1 && word.starts_with(MARK)) {
        bail!("the script has names that begin with {MARK} already");
    }
    let mut short = String::with_capacity(script.len());
    let mut found = 0;
    for word in identifiers(script) {
        let name = names.get(word);
        found += usize::from(name.is_some());
        short.push_str(name.map_or(word, String::as_str));
    }
    if found < names.len() {
        bail!("the script has {found} of the {} names that the program imports", names.len());
    }
    Ok((module.finish(), short))
}

/// A script in pieces: its names, and what lies between them.
fn identifiers(script: &str) -> impl Iterator<Item = &str> {
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_' || character == MARK;
    let mut rest = script;
    std::iter::from_fn(move || {
        let in_name = is_name(rest.chars().next()?);
        let end = rest.find(|character| is_name(character) != in_name).unwrap_or(rest.len());
        let (piece, behind) = rest.split_at(end);
        rest = behind;
        Some(piece)
    })
}

/// The digest by which a page asks for a file (Subresource Integrity, W3C).
fn integrity(bytes: &[u8]) -> String {
    format!("sha384-{}", BASE64_STANDARD.encode(Sha384::digest(bytes)))
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use wasm_encoder::{
        CodeSection, CustomSection, ExportKind, ExportSection, Function, FunctionSection, NameMap, NameSection,
        TypeSection, ValType,
    };

    use super::*;

    const NAMES: [&str; 2] = ["__wbg_log_0123456789abcdef", "__wbindgen_throw"];

    /// A program that imports two functions and exports one, and says to people what one of them is called.
    fn program() -> Vec<u8> {
        let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
        types.ty().function([ValType::I32], []);
        NAMES.iter().for_each(|name| {
            imports.import("./made_bg.js", name, EntityType::Function(0));
        });
        let (mut functions, mut exports, mut code) = (FunctionSection::new(), ExportSection::new(), CodeSection::new());
        functions.function(0);
        exports.export("start", ExportKind::Func, 2);
        let mut body = Function::new([]);
        body.instructions().local_get(0).call(0).end();
        code.function(&body);
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&exports).section(&code);
        let (mut names, mut map) = (NameSection::new(), NameMap::new());
        map.append(2, "start of the program");
        names.functions(&map);
        let features = CustomSection { name: "target_features".into(), data: [0].as_slice().into() };
        module.section(&names).section(&features);
        module.finish()
    }

    fn script() -> String {
        let [log, throw] = NAMES;
        format!(
            "const import0 = {{ {log}: function(arg0) {{ console.log(`it ${{arg0}}`); }}, {throw}: (x) => {{ throw x; }} }};"
        )
    }

    #[test]
    fn both_files_have_the_same_short_names_and_nothing_else_changes() {
        let (short, script) = shortened(&program(), &script()).unwrap();
        assert_eq!(
            script,
            "const import0 = { $0: function(arg0) { console.log(`it ${arg0}`); }, $1: (x) => { throw x; } };"
        );
        let sections = |program: &[u8]| -> Vec<(u8, Vec<u8>)> {
            let all = Parser::new(0).parse_all(program).map(Result::unwrap);
            let place = |range: Range<u64>| range.start as usize..range.end as usize;
            all.filter_map(|payload| payload.as_section())
                .map(|(id, range)| (id, program[place(range)].to_vec()))
                .collect()
        };
        let (mut before, after) = (sections(&program()), sections(&short));
        let has = |(_, data): &(u8, Vec<u8>), text: &str| data.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(!after.iter().any(|section| has(section, "start of the program")), "names for people are gone");
        assert!(after.iter().any(|section| has(section, "target_features")), "no other section without a number is");
        before.retain(|section| !has(section, "start of the program"));
        assert_eq!(before.len(), after.len());
        let changed: Vec<u8> =
            before.iter().zip(&after).filter(|(before, after)| before != after).map(|((id, _), _)| *id).collect();
        assert_eq!(changed, [2], "the section of imports, and no other");
        let imports = Parser::new(0).parse_all(&short).find_map(|payload| match payload.unwrap() {
            Payload::ImportSection(section) => Some(section.into_imports().map(Result::unwrap).collect::<Vec<_>>()),
            _ => None,
        });
        let imports = imports.unwrap();
        assert_eq!(
            imports.iter().map(|import| (import.module, import.name)).collect::<Vec<_>>(),
            [("./made_bg.js", "$0"), ("./made_bg.js", "$1")]
        );
    }

    #[test]
    fn files_that_do_not_belong_together_are_refused() {
        let refused = |program: &[u8], script: &str| shortened(program, script).unwrap_err().to_string();
        assert!(refused(&program(), "const import0 = {};").contains("0 of the 2 names"));
        assert!(refused(&program(), "let $0 = 1;").contains("begin with $ already"));
        assert!(shortened(b"no program", &script()).is_err());
    }

    #[test]
    fn the_page_asks_for_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let [wasm, js, page] = ["a.wasm", "a.js", "index.html"].map(|name| folder.path().join(name));
        fs::write(&wasm, program()).unwrap();
        fs::write(&js, script()).unwrap();
        fs::write(&page, "nothing").unwrap();
        assert!(shorten(&wasm, &js, &page).unwrap_err().to_string().contains("by its digest"));
        assert_eq!(fs::read(&wasm).unwrap(), program(), "what is refused stays as it was");
        let asks =
            |of: &[&[u8]]| of.iter().map(|bytes| format!("integrity=\"{}\"", integrity(bytes))).collect::<String>();
        fs::write(&page, asks(&[&program(), script().as_bytes()])).unwrap();
        shorten(&wasm, &js, &page).unwrap();
        let (wasm, js) = (fs::read(&wasm).unwrap(), fs::read(&js).unwrap());
        assert_eq!(fs::read_to_string(&page).unwrap(), asks(&[&wasm, &js]));
        assert!(wasm.len() < program().len());
    }
}
