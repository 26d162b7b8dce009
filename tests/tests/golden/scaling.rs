//! What an image goes through before a network sees it: floor, power compression, and every normalisation, of a whole window
//! and of one with padding.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::from_value;
use spectnet_core::audio::Conditioning;
use spectnet_core::filterbank::FilterbankConfig;
use spectnet_core::model::{ModelConfig, Weights};
use spectnet_core::network::burn::SpectNet;
use spectnet_core::network::cpu::Scaled;
use spectnet_tests::models;

use super::values::{Golden, assert_gradient, assert_near, values, wave};

/// Images, frames of each, filters.
const SHAPE: [usize; 3] = [2, 24, 5];
/// Largest difference of what the classifier sees, which is up to 15.
const TOLERANCE: f64 = 2e-5;

/// A way of scaling: its name, a model that has it, and the model's weights.
struct Case {
    name: String,
    config: ModelConfig,
    weights: Weights,
}

impl Case {
    fn all(golden: &Golden) -> Vec<Self> {
        let cases: Vec<Self> =
            golden.keys().into_iter().filter(|key| key.contains('.')).map(|name| Self::new(golden, name)).collect();
        assert_eq!(cases.len(), 12, "two compressions, three normalisations, with and without a floor");
        cases
    }

    fn new(golden: &Golden, name: String) -> Self {
        let front_end: FilterbankConfig = from_value(golden.about("front_end")).expect("a filterbank");
        let config = ModelConfig {
            front_end,
            conditioning: Conditioning { target_rms: golden.about("target_rms").as_f64(), ..Conditioning::heart() },
            scaling: from_value(golden.about(&name)).expect("a scaling"),
            ..models::states(SHAPE[2])
        };
        let mut weights = SpectNet::new(&config, &Device::flex()).unwrap().weights().unwrap();
        for (tensor, values) in &mut weights {
            // The filters are the same for all.
            if tensor.starts_with("front_end.") {
                *values = golden.floats(tensor);
            } else if tensor.starts_with("scaling.") {
                *values = golden.floats(&format!("{name}.{tensor}"));
            }
        }
        Self { name, config, weights }
    }

    fn of(&self, tensor: &str) -> String {
        format!("{}.{tensor}", self.name)
    }
}

/// Frames of each image that hold sound.
fn sounding(golden: &Golden) -> Vec<usize> {
    from_value(golden.about("sounding")).expect("numbers of frames")
}

#[test]
fn scaled_images_and_their_gradients_are_the_reference() {
    let golden = Golden::open("scaling");
    let device = Device::flex().autodiff();
    let [batch, frames, filters] = SHAPE;
    let sounds = |count: usize| (0..frames).map(move |frame| f32::from(u8::from(frame < count)));
    let mask: Vec<f32> = sounding(&golden).into_iter().flat_map(sounds).collect();
    for case in Case::all(&golden) {
        let model = SpectNet::with_weights(&case.config, &case.weights, &Device::flex()).unwrap();
        let model = model.to_device(&device).train();
        let image = golden.tensor("image", [batch, 1, frames, filters], &device).require_grad();
        let mask = Tensor::<4>::from_data(TensorData::new(mask.clone(), [batch, 1, frames, 1]), &device);
        let scaled = model.scaled(&case.config, image.clone(), Some(mask));
        assert_near(&case.name, &values(scaled.clone()), &golden.get(&case.of("scaled")), TOLERANCE);

        let found = (scaled * wave([batch, 1, frames, filters], &device)).mean().backward();
        let name = case.of("gradient.image");
        assert_gradient(&name, &values(image.grad(&found).expect("it is asked for")), &golden.get(&name));
        let front_end = &model.front_end;
        let tensors: [(&str, Option<&Param<Tensor<1>>>); 5] = [
            ("scaling.exponent", model.scaling.exponent.as_ref()),
            ("front_end.centre_frequency", Some(&front_end.centre_frequency)),
            ("front_end.bandwidth", Some(&front_end.bandwidth)),
            ("front_end.gain", Some(&front_end.gain)),
            ("front_end.phase", front_end.phase.as_ref()),
        ];
        for (tensor, parameter) in tensors {
            // Filters count only by their floor: the image is given.
            let name = case.of(&format!("gradient.{tensor}"));
            let gradient = parameter.and_then(|parameter| parameter.val().grad(&found)).map(values);
            assert_eq!(gradient.is_some(), golden.has(&name), "{name}");
            if let Some(gradient) = gradient {
                assert_gradient(&name, &gradient, &golden.get(&name));
            }
        }
    }
}

#[test]
fn the_engine_scales_as_the_reference() {
    let golden = Golden::open("scaling");
    let [_, frames, filters] = SHAPE;
    let images = golden.floats("image");
    for case in Case::all(&golden) {
        let scaled = Scaled::new(&case.config, &case.weights, &case.config.filters(&case.weights).unwrap());
        let images = images.chunks_exact(frames * filters).zip(sounding(&golden));
        let seen = images
            .flat_map(|(image, sounding)| scaled.apply(image, filters, sounding).unwrap_or_else(|| image.to_vec()));
        assert_near(&case.name, &seen.collect::<Vec<f32>>(), &golden.get(&case.of("scaled")), TOLERANCE);
    }
}
