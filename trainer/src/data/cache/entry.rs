//! A prepared recording as it lies in a file of the cache:
//!
//! | bytes | |
//! |---|---|
//! | 8 | `spectnet` |
//! | 4 | version of this form |
//! | 32 | the [`Key`] |
//! | 8 | number of bytes that follow the checksum |
//! | 32 | SHA-256 of these bytes: the program has it already, and it is fast enough |
//! | … | digest of the sound; for each downmix samples, pieces, stretches, what was seen, and heart cycles |

use sha2::{Digest as _, Sha256};
use spectnet_core::audio::{Downmix, Recording, Window};
use spectnet_core::heart::{Confidence, Quality, Segmentation, State, StateInterval};
use spectnet_core::package::recordings::Digest;
use spectnet_core::prediction::{Groundwork, Prepared, Seen};

use super::bytes::{In, Out};
use super::key::Key;

const MAGIC: [u8; 8] = *b"spectnet";
/// Raised when the form changes.
const VERSION: u32 = 1;
/// Digits of a digest of sound.
const DIGITS: usize = 16;
/// Least bytes of a downmix, a window, a heart and a state, so that no number of them is more than there can be.
const DOWNMIX: usize = 64;
const WINDOW: usize = 16;
const HEART: usize = 64;
const STATE: usize = 25;

/// What is kept of a recording: the groundwork of every downmix, and the digest of its sound.
pub struct Kept {
    /// In the order in which the model takes them; there is at least one.
    pub downmixes: Vec<(Downmix, Groundwork)>,
    /// Of its samples.
    pub digest: Digest,
}

/// The bytes of a file that holds this recording under this key.
pub fn encode(key: &Key, downmixes: &[(Downmix, Prepared)], digest: Digest) -> Vec<u8> {
    let mut out = Out::default();
    out.0.extend(digest.to_string().bytes());
    out.number(downmixes.len());
    for (downmix, prepared) in downmixes {
        write(&mut out, *downmix, prepared);
    }
    let Out(payload) = out;
    let mut file = Vec::with_capacity(payload.len() + 84);
    file.extend(MAGIC);
    file.extend(VERSION.to_le_bytes());
    file.extend(key.0);
    file.extend((payload.len() as u64).to_le_bytes());
    file.extend_from_slice(&Sha256::digest(&payload)[..]);
    file.extend_from_slice(&payload);
    file
}

/// What a file holds under this key.
///
/// # Errors
/// What is wrong with the file: completes "the entry …".
pub fn decode(key: &Key, file: &[u8]) -> Result<Kept, &'static str> {
    const SHORT: &str = "is cut short";
    let mut rest = In(file);
    if rest.take() != Some(MAGIC) || rest.take() != Some(VERSION.to_le_bytes()) {
        return Err("is no prepared recording of this version");
    }
    if rest.take::<32>().ok_or(SHORT)? != key.0 {
        return Err("belongs to another recording");
    }
    let length = rest.number().ok_or(SHORT)?;
    let checksum = rest.take::<32>().ok_or(SHORT)?;
    if rest.0.len() != length {
        return Err("has another length than it says");
    }
    if Sha256::digest(rest.0)[..] != checksum {
        return Err("has another checksum than it says");
    }
    let kept = read(&mut rest).filter(|_| rest.0.is_empty()).ok_or("holds no prepared recording")?;
    match kept.downmixes.iter().all(|(_, groundwork)| groundwork.validate().is_ok()) && !kept.downmixes.is_empty() {
        true => Ok(kept),
        false => Err("holds no prepared recording"),
    }
}

fn write(out: &mut Out, downmix: Downmix, prepared: &Prepared) {
    out.number(match downmix {
        Downmix::Mean => 0,
        Downmix::Side => 1,
        Downmix::Channel(number) => 2 + number,
    });
    out.number(prepared.recording.sample_rate() as usize);
    out.samples(prepared.recording.samples());
    for windows in [&prepared.pieces, &prepared.stretches] {
        out.number(windows.len());
        windows.iter().for_each(|window| out.window(window));
    }
    let Seen { samples, clipped, noise_floor, blanked } = prepared.seen;
    [samples, clipped, noise_floor].into_iter().for_each(|count| out.0.extend(count.to_le_bytes()));
    out.reals(&[blanked]);
    out.number(prepared.hearts.len());
    for (stretch, found) in &prepared.hearts {
        out.window(stretch);
        write_heart(out, found);
    }
}

fn write_heart(out: &mut Out, found: &Segmentation) {
    let Confidence { heart_rate, systolic_interval, states } = found.confidence;
    out.reals(&[found.heart_rate_bpm, found.systolic_interval_s, heart_rate, systolic_interval, states]);
    out.flag(found.plausible);
    out.flag(found.alternative_bpm.is_some());
    out.reals(found.alternative_bpm.as_slice());
    out.flag(found.quality.is_some());
    if let Some(Quality { poor, threshold, too_noisy }) = found.quality {
        out.reals(&[poor, threshold]);
        out.flag(too_noisy);
    }
    out.number(found.states.len());
    for StateInterval { start_s, end_s, state, probability } in &found.states {
        out.reals(&[*start_s, *end_s, *probability]);
        out.0.push(state.index() as u8);
    }
}

fn read(from: &mut In) -> Option<Kept> {
    let digest = str::from_utf8(&from.take::<DIGITS>()?).ok()?.parse().ok()?;
    let count = from.count(DOWNMIX)?;
    let downmixes = (0..count).map(|_| read_downmix(from)).collect::<Option<_>>()?;
    Some(Kept { downmixes, digest })
}

fn read_downmix(from: &mut In) -> Option<(Downmix, Groundwork)> {
    let downmix = match from.number()? {
        0 => Downmix::Mean,
        1 => Downmix::Side,
        number => Downmix::Channel(number - 2),
    };
    let rate = u32::try_from(from.number()?).ok()?;
    let recording = Recording::new(from.samples()?, rate).ok()?;
    let (pieces, stretches) = (read_windows(from)?, read_windows(from)?);
    let [samples, clipped, noise_floor] = [from.take()?, from.take()?, from.take()?].map(u64::from_le_bytes);
    let seen = Seen { samples, clipped, noise_floor, blanked: from.real()? };
    let count = from.count(HEART)?;
    let hearts = (0..count).map(|_| Some((from.window()?, read_heart(from)?))).collect::<Option<_>>()?;
    Some((downmix, Groundwork { recording, pieces, stretches, hearts, seen }))
}

fn read_windows(from: &mut In) -> Option<Vec<Window>> {
    let count = from.count(WINDOW)?;
    (0..count).map(|_| from.window()).collect()
}

fn read_heart(from: &mut In) -> Option<Segmentation> {
    let (heart_rate_bpm, systolic_interval_s) = (from.real()?, from.real()?);
    let confidence = Confidence { heart_rate: from.real()?, systolic_interval: from.real()?, states: from.real()? };
    let plausible = from.flag()?;
    let alternative_bpm = if from.flag()? { Some(from.real()?) } else { None };
    let quality = match from.flag()? {
        true => Some(Quality { poor: from.real()?, threshold: from.real()?, too_noisy: from.flag()? }),
        false => None,
    };
    let count = from.count(STATE)?;
    let states = (0..count).map(|_| read_state(from)).collect::<Option<_>>()?;
    Some(Segmentation { heart_rate_bpm, alternative_bpm, systolic_interval_s, confidence, plausible, quality, states })
}

fn read_state(from: &mut In) -> Option<StateInterval> {
    let (start_s, end_s, probability) = (from.real()?, from.real()?, from.real()?);
    let [index] = from.take::<1>()?;
    Some(StateInterval { start_s, end_s, state: *State::ALL.get(usize::from(index))?, probability })
}

#[cfg(test)]
mod tests {
    use super::*;
    use spectnet_core::model::{ModelConfig, Task};
    use spectnet_core::synth::{HeartOptions, heart};

    const KEY: Key = Key([7; 32]);

    fn digest() -> Digest {
        Digest::new([1, 2, 3, 4, 5, 6, 7, 255])
    }

    /// A heart of two pieces in the mean, and silence in one channel.
    fn downmixes() -> (ModelConfig, Vec<(Downmix, Prepared)>) {
        let mut config = Task::Heart.model(vec!["normal".into(), "abnormal".into()], 16, 3);
        config.conditioning.max_seconds = None;
        let options = HeartOptions { seed: 4, seconds: 95.0, sample_rate: 2000, murmur: None };
        let sound = heart(&options).unwrap().recording;
        let silence = Recording::new(vec![0.0; 8000], 2000).unwrap();
        let [sound, silence] = [sound, silence].map(|recording| Prepared::new(&config, &recording).unwrap());
        assert!(sound.pieces.len() == 2 && !sound.hearts.is_empty());
        (config, vec![(Downmix::Mean, sound), (Downmix::Channel(3), silence)])
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        let (config, downmixes) = downmixes();
        let kept = decode(&KEY, &encode(&KEY, &downmixes, digest())).unwrap();
        assert_eq!(kept.digest, digest());
        let laid = kept.downmixes.into_iter().map(|(downmix, kept)| (downmix, kept.laid_out(&config).unwrap()));
        assert_eq!(laid.collect::<Vec<_>>(), downmixes);
    }

    #[test]
    fn no_entry_that_was_changed_is_read() {
        let (_, mut downmixes) = downmixes();
        let good = encode(&KEY, &downmixes, digest());
        for place in (0..84).chain((84..good.len()).step_by(997)) {
            let mut bad = good.clone();
            bad[place] ^= 0x10;
            assert!(decode(&KEY, &bad).is_err(), "{place}");
            assert!(decode(&KEY, &good[..place]).is_err(), "{place}");
        }
        assert!(decode(&KEY, &[&good[..], &[0]].concat()).is_err());
        assert_eq!(decode(&Key([8; 32]), &good).err(), Some("belongs to another recording"));
        // With a checksum that is right.
        downmixes[0].1.pieces[0].end += 1;
        assert_eq!(decode(&KEY, &encode(&KEY, &downmixes, digest())).err(), Some("holds no prepared recording"));
        assert_eq!(decode(&KEY, &encode(&KEY, &[], digest())).err(), Some("holds no prepared recording"));
    }

    #[test]
    fn bytes_that_say_anything_are_refused_without_panic() {
        let (_, downmixes) = downmixes();
        let good = encode(&KEY, &downmixes, digest());
        // Whatever the numbers in it are, and the checksum with them.
        for place in (84..200).chain((84..good.len()).step_by(4999)) {
            let mut bad = good.clone();
            bad[place] = 0xff;
            let checksum = Sha256::digest(&bad[84..]);
            bad[52..84].copy_from_slice(&checksum[..]);
            let _ = decode(&KEY, &bad);
        }
    }
}
