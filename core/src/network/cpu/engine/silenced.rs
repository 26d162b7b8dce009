//! A linear classifier to which some filters say nothing.

use std::collections::BTreeSet;

use super::network::Network;

impl Network {
    /// The same network of mean and deviation in every phase, to which the filters `off` say nothing: whatever a window holds,
    /// their numbers count as `means`, those of the training data, `[phases, 2, filters]`. So what such a filter adds to the
    /// logits is what it adds on average.
    ///
    /// Only the last layer changes, which must be the only one with weights.
    #[must_use]
    pub fn silenced(mut self, off: &BTreeSet<usize>, means: &[f32]) -> Self {
        let filters = self.front_end.filters.max(1);
        if let Some(layer) = self.layers.last_mut() {
            let mut bias: Vec<f64> = layer.bias.iter().map(|&bias| f64::from(bias)).collect();
            let rows = layer.weights.chunks_exact_mut(bias.len().max(1)).zip(means).enumerate();
            for (_, (row, &mean)) in rows.filter(|(input, _)| off.contains(&(input % filters))) {
                bias.iter_mut().zip(&*row).for_each(|(bias, &weight)| *bias += f64::from(weight) * f64::from(mean));
                row.fill(0.0);
            }
            layer.bias = bias.into_iter().map(|bias| bias as f32).collect();
        }
        self
    }
}
