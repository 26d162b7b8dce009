//! The rooms of the library and of the program: data flows one way, arrows point down, and no files use each other in a circle.
//!
//! An arrow is a `use crate::…` or `use super::…`, or such a path within the code; tests may look wherever they like.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// The rooms of a crate from the top floor down. One may use itself and what lies below.
const CORE: &[&str] = &[
    "recognise",
    "learning",
    "package",
    "network",
    "prediction",
    "model",
    "heart",
    "synth",
    "filterbank",
    "audio",
    "math",
    "threads",
    "stride",
    "text",
    "error",
];

/// The rooms of the program from the top floor down.
const TRAINER: &[&str] = &[
    "cli",
    "commands",
    "study",
    "train_args",
    "front_end",
    "training",
    "export",
    "fit",
    "report",
    "evaluation",
    "compute",
    "fetch",
    "data",
    "task_name",
    "output",
    "progress",
    "error",
];

/// A module, as the names on the way to it.
type Module = Vec<String>;
/// Which modules each module uses.
type Arrows = BTreeMap<Module, BTreeSet<Module>>;

#[test]
fn the_arrows_of_the_library_point_down() {
    check("core", CORE);
}

#[test]
fn the_arrows_of_the_program_point_down() {
    check("trainer", TRAINER);
}

fn check(name: &str, floors: &[&str]) {
    let arrows = arrows(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src"));
    assert!(arrows.values().map(BTreeSet::len).sum::<usize>() > 100, "{name}: the arrows are not found");
    let mut wrong = Vec::new();
    let floor = |module: &Module| module.first().map(|room| floors.iter().position(|floor| floor == room));
    for (from, to) in arrows.iter().flat_map(|(from, targets)| targets.iter().map(move |to| (from, to))) {
        match (floor(from), floor(to)) {
            // The root only gathers the rooms, and hands on the errors.
            (None, _) | (_, None) => {}
            (Some(Some(from_floor)), Some(Some(to_floor))) if from_floor <= to_floor => {}
            (Some(Some(_)), Some(Some(_))) => wrong.push(format!("{} uses {} above it", path(from), path(to))),
            _ => wrong.push(format!("{} or {} is a room without a floor", path(from), path(to))),
        }
    }
    wrong.extend(circles(&arrows));
    assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
}

fn path(module: &Module) -> String {
    module.join("::")
}

/// Arrows that lie on a circle: what is left when whatever uses nothing that is left is taken away again and again, from
/// both ends.
fn circles(arrows: &Arrows) -> Vec<String> {
    let mut left: Vec<(&Module, &Module)> =
        arrows.iter().flat_map(|(from, targets)| targets.iter().map(move |to| (from, to))).collect();
    loop {
        let sources: BTreeSet<&Module> = left.iter().map(|(from, _)| *from).collect();
        let targets: BTreeSet<&Module> = left.iter().map(|(_, to)| *to).collect();
        let before = left.len();
        left.retain(|(from, to)| sources.contains(to) && targets.contains(from));
        if left.len() == before {
            return left.iter().map(|(from, to)| format!("{} uses {} in a circle", path(from), path(to))).collect();
        }
    }
}

fn arrows(source: &Path) -> Arrows {
    let files = files(source, source);
    let modules: BTreeSet<&Module> = files.keys().collect();
    let used = |(module, file): (&Module, &PathBuf)| {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut found = Paths { module, within: 0, paths: Vec::new() };
        found.visit_file(&parsed);
        let owners = found.paths.into_iter().map(|path| owner(&modules, path));
        (module.clone(), owners.filter(|owner| owner != module).collect())
    };
    files.iter().map(used).collect()
}

/// The module in whose file a path ends.
fn owner(modules: &BTreeSet<&Module>, mut path: Module) -> Module {
    while !path.is_empty() && !modules.contains(&path) {
        path.pop();
    }
    path
}

/// Every module of a crate with its file, but for tests.
fn files(source: &Path, folder: &Path) -> BTreeMap<Module, PathBuf> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the crate's source") {
        let file = entry.expect("a readable folder").path();
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if stem == "tests" || stem == "testing" {
            continue;
        }
        if file.is_dir() {
            found.extend(files(source, &file));
        } else if file.extension().is_some_and(|extension| extension == "rs") {
            let within = folder.strip_prefix(source).expect("it lies in there");
            let mut module: Module = within.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            if !matches!(&*stem, "lib" | "main" | "mod") {
                module.push(stem);
            }
            found.insert(module, file);
        }
    }
    found
}

/// The paths that begin in the crate, written from its root.
struct Paths<'a> {
    module: &'a Module,
    /// Modules within the file that lie around what is visited.
    within: usize,
    paths: Vec<Module>,
}

impl Paths<'_> {
    fn add(&mut self, names: &[String]) {
        let Some((first, rest)) = names.split_first() else { return };
        let mut path = match first.as_str() {
            "crate" => Module::new(),
            "self" | "super" => self.module.clone(),
            _ => return,
        };
        let supers = names.iter().take_while(|name| *name == "super").count();
        for _ in 0..supers.saturating_sub(self.within) {
            path.pop();
        }
        path.extend(rest.iter().filter(|name| *name != "super").cloned());
        self.paths.push(path);
    }

    fn add_tree(&mut self, before: &[String], tree: &syn::UseTree) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.add_tree(&with(&path.ident), &path.tree),
            syn::UseTree::Name(name) => self.add(&with(&name.ident)),
            syn::UseTree::Rename(rename) => self.add(&with(&rename.ident)),
            syn::UseTree::Glob(_) => self.add(before),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_tree(before, tree)),
        }
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    let says = |attribute: &syn::Attribute| match &attribute.meta {
        syn::Meta::List(list) if list.path.is_ident("cfg") => {
            list.tokens.to_string().split(|c: char| !c.is_alphanumeric()).any(|word| word == "test")
        }
        meta => meta.path().is_ident("test"),
    };
    attributes.iter().any(says)
}

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test(&module.attrs) {
            self.within += 1;
            visit::visit_item_mod(self, module);
            self.within -= 1;
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        if !is_test(&function.attrs) {
            visit::visit_item_fn(self, function);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_test(&item.attrs) {
            self.add_tree(&[], &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.add(&names);
        visit::visit_path(self, path);
    }
}

#[test]
fn what_is_wrong_is_found() {
    let module = |name: &str| name.split("::").map(String::from).collect::<Module>();
    let arrows = |pairs: &[(&str, &str)]| {
        let mut arrows = Arrows::new();
        for (from, to) in pairs {
            arrows.entry(module(from)).or_default().insert(module(to));
        }
        arrows
    };
    assert!(circles(&arrows(&[("a", "b"), ("b", "c"), ("a", "c")])).is_empty());
    let found = circles(&arrows(&[("top", "a"), ("a", "b"), ("b", "c"), ("c", "a"), ("c", "down")]));
    assert_eq!(found, ["a uses b in a circle", "b uses c in a circle", "c uses a in a circle"]);

    let text = "use super::{one::Two, *}; mod within { use super::super::three; } fn f() { crate::four::five(); }
        #[cfg(test)] mod tests { use crate::six; } #[cfg(all(test, unix))] use crate::seven;";
    let here = module("room::file");
    let mut found = Paths { module: &here, within: 0, paths: Vec::new() };
    found.visit_file(&syn::parse_file(text).unwrap());
    let expected = ["room::one::Two", "room", "room::three", "four::five"].map(module);
    assert_eq!(found.paths, expected);
    let modules = [module("four"), Module::new()];
    assert_eq!(owner(&modules.iter().collect(), module("four::five")), module("four"));
}
