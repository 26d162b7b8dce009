//! Numbers as bytes, little-endian, and back without trust in what was read.

use spectnet_core::audio::Window;

/// Bytes that are being written.
#[derive(Default)]
pub struct Out(pub Vec<u8>);

impl Out {
    /// A whole number.
    pub fn number(&mut self, number: usize) {
        self.0.extend((number as u64).to_le_bytes());
    }

    /// Yes or no.
    pub fn flag(&mut self, flag: bool) {
        self.0.push(u8::from(flag));
    }

    /// Some numbers, to the last bit.
    pub fn reals(&mut self, reals: &[f64]) {
        self.0.extend(reals.iter().flat_map(|real| real.to_le_bytes()));
    }

    /// Samples, after their number.
    pub fn samples(&mut self, samples: &[f32]) {
        self.number(samples.len());
        self.0.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    }

    /// A window.
    pub fn window(&mut self, window: &Window) {
        self.number(window.start);
        self.number(window.end);
    }
}

/// Bytes that are left to read; whatever they do not hold is none.
pub struct In<'a>(pub &'a [u8]);

impl In<'_> {
    /// The next bytes.
    pub fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (next, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*next)
    }

    /// A whole number.
    pub fn number(&mut self) -> Option<usize> {
        usize::try_from(u64::from_le_bytes(self.take()?)).ok()
    }

    /// How many things follow, each of at least so many bytes: never more than there are.
    pub fn count(&mut self, bytes: usize) -> Option<usize> {
        self.number().filter(|count| count.checked_mul(bytes).is_some_and(|bytes| bytes <= self.0.len()))
    }

    /// Yes or no.
    pub fn flag(&mut self) -> Option<bool> {
        match self.take::<1>()? {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }

    /// A number, to the last bit.
    pub fn real(&mut self) -> Option<f64> {
        self.take().map(f64::from_le_bytes)
    }

    /// Samples.
    pub fn samples(&mut self) -> Option<Vec<f32>> {
        let count = self.count(size_of::<f32>())?;
        let (samples, rest) = self.0.split_at_checked(count * size_of::<f32>())?;
        self.0 = rest;
        Some(samples.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }

    /// A window.
    pub fn window(&mut self) -> Option<Window> {
        Some(Window { start: self.number()?, end: self.number()? })
    }
}
