//! `--from`: the model file that a run starts from. It says what the model is, and flags that would say so too are refused.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use spectnet_core::package::recordings::Digest;
use spectnet_core::package::{self, Package};

use super::flags::{IsGiven, TrainFlags};
use super::names::Protocol;
use super::recipe_names::LearnsName;
use crate::compute::model_file::MAX_MODEL_BYTES;
use crate::data::digest;
use crate::error::{Error, Result};
use crate::output::read_file;

/// Flags that say what a model is, and whether each is given.
pub(super) const OF_THE_MODEL: [(&str, IsGiven); 28] = [
    ("filters", |flags| flags.front_end.filters.is_some()),
    ("sample-rate", |flags| flags.front_end.sample_rate.is_some()),
    ("frontend", |flags| flags.front_end.frontend.is_some()),
    ("spacing", |flags| flags.front_end.spacing.is_some()),
    ("range", |flags| flags.front_end.range.is_some()),
    ("centres", |flags| flags.front_end.centres.is_some()),
    ("bandwidth", |flags| flags.front_end.bandwidth.is_some()),
    ("order", |flags| flags.front_end.order.is_some()),
    ("taps", |flags| flags.front_end.taps.is_some()),
    ("decay-db", |flags| flags.front_end.decay_db.is_some()),
    ("gain", |flags| flags.front_end.gain.is_some()),
    ("frame-ms", |flags| flags.front_end.frame_ms.is_some()),
    ("hop-ms", |flags| flags.front_end.hop_ms.is_some()),
    ("window", |flags| flags.window.is_some()),
    ("segments", |flags| flags.segments.is_some()),
    ("channels", |flags| flags.channels.is_some()),
    ("level", |flags| flags.level.is_some()),
    ("phase", |flags| flags.phase.is_some()),
    ("classifier", |flags| flags.classifier.is_some()),
    ("blocks", |flags| flags.blocks.is_some()),
    ("parts", |flags| flags.parts.is_some()),
    ("lead", |flags| flags.lead.is_some()),
    ("dropout", |flags| flags.dropout.is_some()),
    ("normalise", |flags| flags.normalise.is_some()),
    ("compression", |flags| flags.compression.is_some()),
    ("floor", |flags| flags.floor.is_some()),
    ("least-variance", |flags| flags.least_variance.is_some()),
    ("voting", |flags| flags.voting.is_some()),
];

/// A model file that a run starts from.
#[derive(Clone, Debug, PartialEq)]
pub struct StartModel {
    /// Where it is, as it was said.
    pub path: PathBuf,
    /// What is in it.
    pub package: Package,
    /// Of its bytes: the first 64 bits of their SHA-256.
    pub digest: Digest,
}

impl StartModel {
    /// Reads a model file.
    ///
    /// # Errors
    /// What the system says, or why it is no model file, with its name.
    fn read(path: &Path) -> Result<Self> {
        let bytes = read_file(path, MAX_MODEL_BYTES)?;
        let package = package::read(&bytes).map_err(|error| Error::from(error).at(path.display()))?;
        Ok(Self { path: path.into(), package, digest: digest::of_text(&bytes) })
    }
}

/// Name and digest of the file, which are the same on another machine.
impl fmt::Display for StartModel {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        write!(f, "{} (SHA-256 {}…)", name.to_string_lossy(), self.digest)
    }
}

impl TrainFlags {
    /// Whether these flags leave to the model that a run starts from what it says. No file is opened.
    ///
    /// # Errors
    /// [`Error::Usage`] with the first that does not go with `--from`, or that needs it.
    pub fn check_start(&self) -> Result<()> {
        if self.from.is_none() {
            return match self.learns {
                Some(_) => Err(Error::Usage(
                    "--learns belongs to --from: of a new model everything learns, or with --static all but its filters"
                        .into(),
                )),
                None => Ok(()),
            };
        }
        if let Some((name, _)) = OF_THE_MODEL.iter().find(|(_, is_given)| is_given(self)) {
            return Err(Error::Usage(format!(
                "--{name} does not go with --from: the file says what the model is; leave out one or the other"
            )));
        }
        if self.protocol == Some(Protocol::Paper) {
            return Err(Error::Usage(
                "--protocol paper trains from nothing, as it was published; leave it out, or --from".into(),
            ));
        }
        if self.fixed == Some(true) && self.learns == Some(LearnsName::Filters) {
            return Err(Error::Usage(
                "--static keeps the filters as they are, and --learns filters moves them: leave out one or the other"
                    .into(),
            ));
        }
        Ok(())
    }

    /// The model that the run starts from; none where it starts from nothing.
    ///
    /// # Errors
    /// Those of [`check_start`](Self::check_start), before those of [`StartModel::read`].
    pub(super) fn start(&self) -> Result<Option<Arc<StartModel>>> {
        self.check_start()?;
        self.from.as_deref().map(|path| StartModel::read(path).map(Arc::new)).transpose()
    }
}
