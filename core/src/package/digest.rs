//! Digests: of a recording's samples, which are the same whatever its file is called, and of bytes.

use sha2::{Digest as _, Sha256};

use super::recordings::Digest;

/// Takes the decoded samples of a recording as they come, and gives their [`Digest`].
#[derive(Clone, Debug)]
pub struct SoundDigest {
    hash: Sha256,
    left: u64,
}

impl SoundDigest {
    /// For a recording at `sample_rate` Hz, of whose samples those of the first `max_seconds` count, as many as a model
    /// judges; `None`: all.
    pub fn new(sample_rate: u32, max_seconds: Option<f64>) -> Self {
        let samples = |seconds: f64| ((seconds * f64::from(sample_rate)).round() as u64).max(1);
        Self {
            hash: Sha256::new().chain_update(sample_rate.to_le_bytes()),
            left: max_seconds.map_or(u64::MAX, samples),
        }
    }

    /// Adds the next samples.
    pub fn add(&mut self, samples: &[f32]) {
        let counted = usize::try_from(self.left).unwrap_or(usize::MAX).min(samples.len());
        self.left -= counted as u64;
        let bytes: Vec<u8> = samples[..counted].iter().flat_map(|sample| sample.to_le_bytes()).collect();
        self.hash.update(bytes);
    }

    /// The digest of what was added.
    pub fn digest(self) -> Digest {
        first(self.hash)
    }
}

/// The digest of some bytes: the first 64 bits of their SHA-256.
pub fn of_bytes(bytes: &[u8]) -> Digest {
    first(Sha256::new().chain_update(bytes))
}

fn first(hash: Sha256) -> Digest {
    let hash = hash.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    Digest::new(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sample_rate: u32, max_seconds: Option<f64>, parts: &[&[f32]]) -> String {
        let mut digest = SoundDigest::new(sample_rate, max_seconds);
        parts.iter().for_each(|part| digest.add(part));
        digest.digest().to_string()
    }

    #[test]
    fn a_digest_is_of_rate_and_samples_however_they_come() {
        // sha256 of e8 03 00 00, 00 00 00 3f, 00 00 80 be: 1000 Hz, 0.5 and -0.25.
        let whole = of(1000, None, &[&[0.5, -0.25]]);
        assert_eq!(whole, "d21720f3b94b47c6");
        assert_eq!(of(1000, None, &[&[0.5], &[], &[-0.25]]), whole);
        for other in [of(2000, None, &[&[0.5, -0.25]]), of(1000, None, &[&[0.5, 0.25]]), of(1000, None, &[&[0.5]])] {
            assert_ne!(other, whole);
        }
        // What is beyond the seconds that count does not.
        assert_eq!(of(1000, Some(0.002), &[&[0.5, -0.25, 0.1], &[0.3]]), whole);
        assert_eq!(of(1000, Some(60.0), &[&[0.5, -0.25]]), whole);
    }

    /// The digest of nothing, from the standard (FIPS 180-4).
    #[test]
    fn bytes_have_the_beginning_of_their_sha_256() {
        assert_eq!(of_bytes(b"").to_string(), "e3b0c44298fc1c14");
    }
}
