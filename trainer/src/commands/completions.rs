//! `spectnet completions`: what a shell needs to complete commands and flags.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::error::Result;
use crate::output::print;

/// Arguments of `spectnet completions`.
#[derive(Clone, Debug, Args)]
pub struct CompletionsArgs {
    /// The shell; docs/COMMANDS.md says where each looks for its script.
    #[arg(value_name = "SHELL", value_enum)]
    pub shell: Shell,
}

/// Runs the command for the whole command line.
///
/// # Errors
/// Those of [`print`].
pub fn run(args: &CompletionsArgs, mut program: Command) -> Result<()> {
    let name = program.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, name, &mut script);
    print(&String::from_utf8_lossy(&script))
}
