//! A training run on one page, `report.html`, from what its folder keeps: pictures with the numbers beside them. The page
//! needs no other file, no script and no network.
//!
//! - `html`: the language of the page
//! - `tables`: the tables and the journal of a run, read back
//! - `result`: metrics, confusion, ROC, reliability, subsets
//! - `curves`: losses and metrics over the epochs
//! - `filters`: the filters before and after, and their paths
//! - `about`: settings, data, machine

mod about;
mod curves;
mod filters;
mod html;
mod result;
mod tables;

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::evaluation::past_run::PastRun;
use crate::output::write_file;

use html::{Html, escaped};

/// Its name in the folder of the run.
const NAME: &str = "report.html";
const STYLE: &str = include_str!("style.css");

/// Writes the page of a run into its folder, and says where it is.
///
/// # Errors
/// The folder of something else, a run that has not ended, or what the system says. What is missing in the folder is missing
/// on the page, which says so.
pub fn write(folder: &Path) -> Result<PathBuf> {
    let path = folder.join(NAME);
    write_file(&path, page(folder)?.as_bytes())?;
    Ok(path)
}

fn page(folder: &Path) -> Result<String> {
    let run = PastRun::open(folder)?;
    let name = folder.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    let name = name.unwrap_or_else(|| folder.display().to_string());
    let best = run.provenance.epochs;
    let mut page = Html::default();
    page.section("Result", result::section(&run));
    page.section("Filters", filters::section(folder, best));
    page.section("Training", curves::section(folder, best));
    page.section("Settings", about::settings(folder));
    page.section("Data", about::data(folder, &run));
    page.section("Machine", about::machine(folder));
    let title = escaped(&format!("Training run {name}"));
    let about = escaped(&format!(
        "{}. {}. Seed {}; the best epoch is {best}.",
        run.provenance.data, run.provenance.protocol, run.provenance.seed
    ));
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n<p>{about}</p>\n\
         </header>\n<main>\n{}</main>\n<footer><p>Written by spectnet {}.</p></footer>\n</body>\n</html>\n",
        page.into_text(),
        env!("CARGO_PKG_VERSION")
    ))
}
