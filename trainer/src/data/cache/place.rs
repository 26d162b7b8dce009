//! Where prepared recordings are kept.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::builder::{PathBufValueParser, TypedValueParser};
use serde::{Deserialize, Serialize};

/// What stands for no cache; a folder of this name is `./off`.
const OFF: &str = "off";
/// Names a folder, or none, where no flag does.
const VARIABLE: &str = "SPECTNET_CACHE";
/// The folder of this program where the system keeps caches.
const NAME: &str = "spectnet";

/// What the user asked for with `--cache`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "PathBuf", into = "PathBuf")]
pub enum CachePlace {
    /// This folder.
    Folder(PathBuf),
    /// Nothing is kept.
    Off,
}

impl CachePlace {
    /// Where recordings are kept if nothing is said: what `SPECTNET_CACHE` names, else where the system keeps caches; nowhere,
    /// where it does not say.
    pub fn usual() -> Self {
        if let Some(said) = env::var_os(VARIABLE).filter(|said| !said.is_empty()) {
            return Self::from(PathBuf::from(said));
        }
        // As the specification of XDG says, relative ones do not count.
        let folder = |name: &str| env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
        let below_home = |folders: &[&str]| Some(folder("HOME")?.join(folders.iter().collect::<PathBuf>()));
        let of_system = match env::consts::OS {
            "windows" => folder("LOCALAPPDATA"),
            "macos" => below_home(&["Library", "Caches"]),
            _ => below_home(&[".cache"]),
        };
        folder("XDG_CACHE_HOME").or(of_system).map_or(Self::Off, |caches| Self::Folder(caches.join(NAME)))
    }

    /// The folder; none where nothing is kept.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::Off => None,
        }
    }
}

impl From<PathBuf> for CachePlace {
    fn from(said: PathBuf) -> Self {
        if said.as_os_str() == OsStr::new(OFF) { Self::Off } else { Self::Folder(said) }
    }
}

impl From<CachePlace> for PathBuf {
    fn from(place: CachePlace) -> Self {
        match place {
            CachePlace::Folder(folder) => folder,
            CachePlace::Off => OFF.into(),
        }
    }
}

/// How `--cache` is read.
pub fn cache_place() -> impl TypedValueParser<Value = CachePlace> {
    PathBufValueParser::new().map(CachePlace::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_or_off() {
        for (said, place) in [("off", CachePlace::Off), ("./off", CachePlace::Folder("./off".into()))] {
            assert_eq!(CachePlace::from(PathBuf::from(said)), place);
            assert_eq!(PathBuf::from(place), Path::new(said));
        }
        assert_eq!(CachePlace::Off.folder(), None);
    }
}
