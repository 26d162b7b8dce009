//! How a run begins: a new model.

use burn::tensor::Device;

use super::images::ImageSource;
use super::labelled::Labelled;
use crate::Result;
use crate::model::{ModelConfig, Normalisation};
use crate::network::burn::SpectNet;
use crate::prediction::Prepared;

/// Most windows, one for each recording, from which the levels of the data are taken: means and deviations then vary by percents.
const LEVEL_WINDOWS: usize = 256;

/// A new model whose scaling knows the levels of the training data: filters at their start values, random weights in the
/// classifier, which the device draws: its seed decides them.
///
/// # Errors
/// A configuration that no model can have.
pub fn new_model<R: Labelled>(
    config: &ModelConfig,
    images: &dyn ImageSource,
    recordings: &[R],
    device: &Device,
) -> Result<SpectNet> {
    let mut model = SpectNet::new(config, device)?;
    if config.scaling.normalisation == Normalisation::Data {
        let step = recordings.len().div_ceil(LEVEL_WINDOWS).max(1);
        let middle = |prepared: &Prepared| prepared.windows.get(prepared.windows.len() / 2).copied();
        let prepared = recordings
            .iter()
            .step_by(step)
            .flat_map(|recording| recording.downmixes().iter())
            .map(|(_, prepared)| prepared);
        let windows = prepared.filter_map(|prepared| Some(prepared.input(config, &[middle(prepared)?])));
        let images = images.of(config, &model.front_end, windows.flat_map(|windows| windows.samples).collect());
        let floor = config.noise().map(|noise| model.front_end.noise_energy(noise));
        model.scaling = model.scaling.fitted(images, floor);
    }
    Ok(model)
}
