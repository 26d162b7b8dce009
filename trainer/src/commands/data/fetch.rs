//! `spectnet data fetch`: data sets from where they are published.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::error::{Error, Result};
use crate::fetch::sets::{SETS, SetName};
use crate::fetch::{Fetching, fetch};
use crate::output::{create_folder, print};
use crate::training::lock::Lock;

/// Arguments of `spectnet data fetch`.
#[derive(Clone, Debug, Args)]
pub struct FetchArgs {
    /// The data set [default: none, all are listed].
    #[arg(value_enum, value_name = "SET")]
    pub set: Option<SetName>,
    /// Folder for its files, which lie in it as they are published [default: the name of the set].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// A mirror with the same paths [default: the publisher's server].
    #[arg(long, value_name = "URL", value_parser = address)]
    pub from: Option<String>,
    /// Files that are fetched at once.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub connections: u32,
    /// A connection on which nothing comes for so many seconds is given up, and another one tried.
    #[arg(long, value_name = "S", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub stall: u64,
    /// A file is given up after so many tries in a row that got no further.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub tries: u32,
    /// Keep archives when they have been unpacked.
    #[arg(long)]
    pub keep_archives: bool,
}

/// Runs `spectnet data fetch`.
///
/// # Errors
/// Those of [`fetch`], and a folder in which another process works.
pub fn run(args: &FetchArgs) -> Result<()> {
    let Some(name) = args.set else { return print(&list()) };
    let set = name.set().ok_or_else(|| Error::unsupported(format!("the set {}", name.text())))?;
    let out = args.out.clone().unwrap_or_else(|| name.text().into());
    create_folder(&out)?;
    let _lock = Lock::take(&out)?;
    let fetching = Fetching {
        from: args.from.clone(),
        connections: args.connections as usize,
        stall: Duration::from_secs(args.stall),
        tries: args.tries,
        keeps_archives: args.keep_archives,
    };
    let fetched = fetch(set, &out, &fetching)?;
    print(&format!(
        "{fetched} files fetched, everything in {} matches its checksum; `spectnet data verify {}` decodes the recordings",
        out.display(),
        out.display()
    ))
}

/// Every set with its licence and how it is cited.
fn list() -> String {
    let lines = SETS.iter().map(|set| {
        format!(
            "{:<11} {}\n            about {} GB from {}; licence: {}\n            {}",
            set.name.text(),
            set.title,
            set.about_gb,
            set.server(),
            set.licence,
            set.citation
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The address of a server.
fn address(text: &str) -> std::result::Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(char::is_whitespace) => Ok(text.trim_end_matches('/').into()),
        _ => Err("expected an address that begins with https:// or http://".into()),
    }
}
