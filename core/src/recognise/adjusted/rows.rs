//! The rows of the picture that change with the filters.

use std::borrow::Borrow;

use super::Adjusted;
use crate::Result;
use crate::package::Package;

impl<P: Borrow<Package>> Adjusted<P> {
    /// The rows of the log-energy image that have changed: the filters, and the level of each in every frame of what is kept of
    /// the first downmix, frames without end from one piece to the next. One that is off has one level, its mean.
    ///
    /// # Errors
    /// None is known for a recording that was judged.
    pub fn rows(&mut self) -> Result<Vec<(usize, Vec<f32>)>> {
        let package: &Package = self.package.borrow();
        let (Some(bank), Some(first)) = (&mut self.bank, self.pieces.first()) else { return Ok(Vec::new()) };
        let changed = |one: &usize| bank.filters.get(*one) != package.filters.get(*one) || bank.off.contains(one);
        let changed: Vec<usize> = (0..package.filters.len()).filter(changed).collect();
        if changed.is_empty() {
            return Ok(Vec::new());
        }
        let front_end = &package.config.front_end;
        let pieces = self.pieces.iter().take_while(|piece| piece.downmix == first.downmix);
        let mut signal: Vec<f32> = pieces.flat_map(|piece| piece.prepared.recording.samples()).copied().collect();
        // Even the shortest recording has one frame, then of a sound padded with silence.
        signal.resize(signal.len().max(front_end.samples(1)), 0.0);
        let columns = bank.columns(front_end, &changed, &signal, signal.len())?;
        let row = |(place, &filter): (usize, &usize)| {
            let mut levels: Vec<f32> = columns.iter().skip(place).step_by(changed.len()).copied().collect();
            if bank.off.contains(&filter) {
                let sum: f64 = levels.iter().map(|&level| f64::from(level)).sum();
                let mean = (sum / levels.len().max(1) as f64) as f32;
                levels.fill(mean);
            }
            (filter, levels)
        };
        Ok(changed.iter().enumerate().map(row).collect())
    }
}
