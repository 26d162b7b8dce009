//! WAV files byte by byte, good and bad.

/// A WAV file whose header can say what it likes.
#[derive(Clone, Debug)]
pub struct Wav {
    /// 1 integer PCM, 3 floating point.
    pub tag: u16,
    /// Channels.
    pub channels: u16,
    /// Sample rate in Hz.
    pub rate: u32,
    /// Bits of a sample.
    pub bits: u16,
    /// The sample data.
    pub data: Vec<u8>,
    /// Size of the data that the header claims; none: the true one.
    pub claim: Option<u32>,
}

impl Wav {
    /// 32-bit floats, mono.
    pub fn floats(rate: u32, samples: &[f32]) -> Self {
        let data = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        Self { tag: 3, channels: 1, rate, bits: 32, data, claim: None }
    }

    /// Some seconds of a decaying tone at 2 kHz, 16-bit integers.
    pub fn tone(seconds: u32) -> Self {
        let sample = |k: u32| (12_000.0 * (0.2 * f64::from(k)).sin() * (-f64::from(k % 1600) / 300.0).exp()) as i16;
        let data = (0..2000 * seconds).flat_map(|k| sample(k).to_le_bytes()).collect();
        Self { tag: 1, channels: 1, rate: 2000, bits: 16, data, claim: None }
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let claim = self.claim.unwrap_or(self.data.len() as u32);
        let block = self.channels * self.bits / 8;
        let mut bytes = b"RIFF".to_vec();
        bytes.extend(claim.saturating_add(36).to_le_bytes());
        bytes.extend(b"WAVEfmt ");
        bytes.extend(16u32.to_le_bytes());
        bytes.extend(self.tag.to_le_bytes());
        bytes.extend(self.channels.to_le_bytes());
        bytes.extend(self.rate.to_le_bytes());
        bytes.extend(self.rate.wrapping_mul(u32::from(block)).to_le_bytes());
        bytes.extend(block.to_le_bytes());
        bytes.extend(self.bits.to_le_bytes());
        bytes.extend(b"data");
        bytes.extend(claim.to_le_bytes());
        bytes.extend(&self.data);
        bytes
    }
}
