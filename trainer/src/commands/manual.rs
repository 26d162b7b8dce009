//! `spectnet manual`: manual pages, for `man`.

use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man;

use crate::error::{Error, Result};
use crate::output::{check_free, create_folder, print, write_file};

/// Arguments of `spectnet manual`.
#[derive(Clone, Debug, Args)]
pub struct ManualArgs {
    /// Write a page for the program and one for each command into this folder, instead of printing that of the program.
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Replace pages that are there already.
    #[arg(long, requires = "out")]
    pub force: bool,
}

/// Runs the command for the whole command line.
///
/// # Errors
/// Pages that are there already, or a folder that cannot be written to.
pub fn run(args: &ManualArgs, program: Command) -> Result<()> {
    let mut program = program.disable_help_subcommand(true);
    // Only then do commands know their whole names.
    program.build();
    match &args.out {
        Some(folder) => write_all(folder, args.force, program),
        None => print(&String::from_utf8_lossy(&page(&Man::new(program))?)),
    }
}

fn write_all(folder: &Path, force: bool, program: Command) -> Result<()> {
    let mut pages = Vec::new();
    for command in with_commands(program) {
        let man = Man::new(command);
        pages.push((folder.join(man.get_filename()), page(&man)?));
    }
    check_free(pages.iter().map(|(path, _)| path.as_path()), force)?;
    create_folder(folder)?;
    for (path, page) in &pages {
        write_file(path, page)?;
    }
    print(&format!("{}: {} pages", folder.display(), pages.len()))
}

/// A command and those below it that are shown to people.
fn with_commands(command: Command) -> Vec<Command> {
    let shown: Vec<Command> =
        command.get_subcommands().filter(|below| !below.is_hide_set()).cloned().flat_map(with_commands).collect();
    std::iter::once(command).chain(shown).collect()
}

fn page(man: &Man) -> Result<Vec<u8>> {
    let mut page = Vec::new();
    let written = man.render(&mut page);
    written.map_err(|error| Error::input(format!("the manual page cannot be written: {error}")))?;
    Ok(page)
}
