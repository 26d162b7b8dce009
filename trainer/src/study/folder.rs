//! The files of a table: RESULTS.md, results.json and the plots.

use std::path::Path;

use super::markdown::markdown;
use super::report::Report;
use crate::error::{Error, Result};
use crate::{output, report};

impl Report {
    /// Writes everything into the folder.
    ///
    /// # Errors
    /// What the system says, or a drawing that fails.
    pub fn write(&self, out: &Path) -> Result<()> {
        let json = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::input(format!("the results cannot be written: {error}")))?;
        output::write_file(&out.join("results.json"), &json)?;
        output::write_file(&out.join("RESULTS.md"), markdown(self).as_bytes())?;
        let bars: Vec<(String, f64, [f64; 2])> = self
            .rows
            .iter()
            .filter_map(|row| Some((row.row.clone(), row.recording.accuracy?, row.accuracy_interval?)))
            .collect();
        output::write_file(
            &out.join("accuracy.svg"),
            report::intervals_svg("accuracy of recordings", &bars)?.as_bytes(),
        )?;
        for row in &self.rows {
            let picture = report::confusion_svg(&self.labels, &row.confusion)?;
            output::write_file(&out.join(format!("confusion-{}.svg", row.row)), picture.as_bytes())?;
        }
        Ok(())
    }
}
