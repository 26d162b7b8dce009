//! The windows that are kept, for an explanation of the result.

use std::borrow::Borrow;

use super::super::explain::Explaining;
use super::Adjusted;
use crate::Result;
use crate::package::Package;

impl<P: Borrow<Package>> Adjusted<P> {
    /// Gives all windows that the result rests on to an explanation of the same model, so that the recording need not go
    /// through it again. False, and nothing is given, where they are not all kept as they were judged: of a long recording
    /// only the beginning is, a graphics device gives no images back, and filters may have been changed.
    ///
    /// # Errors
    /// None is known for windows that were judged.
    pub fn explain(&self, explaining: &mut Explaining) -> Result<bool> {
        let package: &Package = self.package.borrow();
        let as_judged = |filters: &[_]| self.pieces.iter().all(|piece| piece.is_as_judged(filters));
        if self.version > 0 || self.pieces.is_empty() || !self.is_whole() || !as_judged(&package.filters) {
            return Ok(false);
        }
        self.pieces.iter().try_for_each(|piece| piece.explain(explaining))?;
        Ok(true)
    }
}
