//! What a prepared recording is kept under: everything that it depends on.

use std::env::consts::{ARCH, OS};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde_json::json;
use sha2::{Digest as _, Sha256};
use spectnet_core::model::ModelConfig;
use spectnet_core::prediction::PREPARATION;

/// Bytes of a file that are read at a time.
const BYTES: usize = 1 << 18;

/// A SHA-256 over the bytes of the file, the settings of the preparation, the version of the program and the kind of
/// processor: with other instructions the last bits may differ, and a folder may be shared by many machines. The name of the
/// file is not in it, and nothing is decoded for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(pub [u8; 32]);

impl Key {
    /// The key of the recording in a file as a model with this configuration prepares it.
    ///
    /// # Errors
    /// What the system says about the file.
    pub fn of(path: &Path, config: &ModelConfig) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut content = Sha256::new();
        let mut bytes = vec![0; BYTES];
        loop {
            match file.read(&mut bytes) {
                Ok(0) => break,
                Ok(count) => content.update(&bytes[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let hash = Sha256::new().chain_update(settings(config)).chain_update(content.finalize()).finalize();
        let mut key = [0; 32];
        key.copy_from_slice(&hash[..]);
        Ok(Self(key))
    }
}

impl fmt::Display for Key {
    /// Hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// All that a prepared recording depends on beside its file, with the end of the text at its end.
fn settings(config: &ModelConfig) -> String {
    let settings = json!({
        "conditioning": config.conditioning,
        "hearts": config.looks_for_a_heart(),
        "preparation": PREPARATION,
        "program": env!("CARGO_PKG_VERSION"),
        "machine": machine(),
    });
    format!("{settings}\n")
}

/// The kind of processor, as far as computing depends on it.
fn machine() -> String {
    #[cfg(target_arch = "x86_64")]
    let levels = [
        ("avx2", std::arch::is_x86_feature_detected!("avx2")),
        ("fma", std::arch::is_x86_feature_detected!("fma")),
        ("avx512f", std::arch::is_x86_feature_detected!("avx512f")),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    let levels: [(&str, bool); 0] = [];
    let levels = levels.iter().filter(|(_, is_there)| *is_there).map(|(name, _)| *name);
    [ARCH, OS].into_iter().chain(levels).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use spectnet_core::audio::Channels;
    use spectnet_core::model::{Segments, Task};

    #[test]
    fn a_key_follows_content_and_settings_and_not_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let [one, same, other] = ["one.wav", "same.flac", "other.wav"].map(|name| folder.path().join(name));
        std::fs::write(&one, [1; 1000]).unwrap();
        std::fs::write(&same, [1; 1000]).unwrap();
        std::fs::write(&other, [1; 1001]).unwrap();
        let config = Task::Heart.model(vec!["normal".into(), "abnormal".into()], 16, 3);
        let key = |path: &Path, config: &ModelConfig| Key::of(path, config).unwrap().to_string();
        let known = key(&one, &config);
        assert!(known.len() == 64 && known.bytes().all(|byte| byte.is_ascii_hexdigit()), "{known}");
        assert_eq!(key(&same, &config), known);
        assert_ne!(key(&other, &config), known);
        // Windows are laid over what is kept.
        let mut alike = ModelConfig { segments: Segments::Cycles, ..config.clone() };
        alike.windowing.hop /= 2;
        assert_eq!(key(&one, &alike), known);
        let mut changed = vec![config.clone(); 4];
        changed[0].conditioning.channels = Channels::MidSide;
        changed[1].conditioning.max_seconds = Some(30.0);
        changed[2].conditioning.target_rms = Some(0.05 + f64::EPSILON);
        changed[3].task = Task::Scene;
        assert!(changed.iter().all(|changed| key(&one, changed) != known));
        assert!(Key::of(&folder.path().join("gone"), &config).is_err());
    }
}
