//! Gradients of all parameters at once: how large they are, on the way into a checkpoint and back.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};

use super::device;
use crate::Result;
use crate::model::Weights;
use crate::network::burn::SpectNet;

/// Path of the filterbank in the module, whose parameters have their own learning rate.
pub(super) const FRONT_END: &str = "front_end";

/// Sums of squares of the gradient of every parameter, on the device.
pub(super) struct Squares {
    names: Vec<String>,
    sums: Tensor<1>,
}

impl Squares {
    /// Of these gradients; none where there are none.
    pub(super) fn of(model: &SpectNet, gradients: &GradientsParams) -> Option<Self> {
        let mut found = Found { gradients, path: Vec::new(), names: Vec::new(), sums: Vec::new() };
        model.visit(&mut found);
        let Found { names, sums, .. } = found;
        (!sums.is_empty()).then(|| Self { names, sums: Tensor::cat(sums, 0) })
    }

    /// The gradients, made so much smaller that the norm of all together is `most` at most.
    pub(super) fn clipped(&self, model: &SpectNet, gradients: GradientsParams, most: f64) -> GradientsParams {
        let norm = self.sums.clone().sum().sqrt();
        let factor = norm.clamp_min(most).recip() * most;
        let mut scaled = Scaled { factor, from: gradients, to: GradientsParams::new() };
        model.visit(&mut scaled);
        scaled.to
    }

    /// Reads them from the device.
    ///
    /// # Errors
    /// A device that fails.
    pub(super) fn read(self) -> Result<Norms> {
        Ok(Norms::new(self.names, device::read(self.sums)?))
    }

    /// The same without waiting.
    ///
    /// # Errors
    /// A device that fails.
    pub(super) async fn read_async(self) -> Result<Norms> {
        Ok(Norms::new(self.names, device::read_async(self.sums).await?))
    }
}

/// Sums of squares of gradients by the path of their parameter.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Norms {
    sums: Vec<(String, f64)>,
}

impl Norms {
    fn new(names: Vec<String>, sums: Vec<f32>) -> Self {
        Self { sums: names.into_iter().zip(sums.into_iter().map(f64::from)).collect() }
    }

    /// Norms of the gradients of the front-end, and of all others.
    pub(super) fn of_parts(&self) -> [f64; 2] {
        let of = |front_end: bool| {
            let part = self.sums.iter().filter(|(name, _)| name.starts_with(FRONT_END) == front_end);
            part.map(|(_, sum)| sum).sum::<f64>().sqrt()
        };
        [of(true), of(false)]
    }

    /// The parameters whose gradients are no numbers, or too large for one.
    pub(super) fn broken(&self) -> impl Iterator<Item = &str> {
        self.sums.iter().filter(|(_, sum)| !sum.is_finite()).map(|(name, _)| name.as_str())
    }
}

struct Found<'a> {
    gradients: &'a GradientsParams,
    path: Vec<String>,
    names: Vec<String>,
    sums: Vec<Tensor<1>>,
}

impl ModuleVisitor for Found<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.get::<D>(parameter.id) else { return };
        self.names.push(self.path.join("."));
        self.sums.push((gradient.clone() * gradient).sum());
    }
}

struct Scaled {
    factor: Tensor<1>,
    from: GradientsParams,
    to: GradientsParams,
}

impl ModuleVisitor for Scaled {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let Some(gradient) = self.from.remove::<D>(parameter.id) else { return };
        self.to.register::<D>(parameter.id, gradient * self.factor.clone().unsqueeze::<D>());
    }
}

/// The same model, whose parameters are numbered in their order: the state of an optimiser names them by these numbers, which
/// would be drawn at random and be others in the next process.
pub(super) fn numbered(model: SpectNet) -> SpectNet {
    struct Numbers(u64);
    impl ModuleMapper for Numbers {
        fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let (_, tensor, mapper) = parameter.consume();
            self.0 += 1;
            Param::from_mapped_value(ParamId::from(self.0), tensor, mapper)
        }
    }
    model.map(&mut Numbers(0))
}

/// Reads gradients from the device, by the number of their parameter.
///
/// # Errors
/// A device that fails.
pub(super) fn to_host(model: &SpectNet, gradients: &GradientsParams) -> Result<Weights> {
    struct Values<'a> {
        gradients: &'a GradientsParams,
        read: Result<Weights>,
    }
    impl ModuleVisitor for Values<'_> {
        fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
            let (Some(gradient), Ok(read)) = (self.gradients.get::<D>(parameter.id), &mut self.read) else { return };
            match device::read(gradient) {
                Ok(values) => _ = read.insert(parameter.id.val().to_string(), values),
                Err(error) => self.read = Err(error),
            }
        }
    }
    let mut values = Values { gradients, read: Ok(Weights::new()) };
    model.visit(&mut values);
    values.read
}

/// Puts gradients back on a device, which has none of its own.
pub(super) fn to_device(model: &SpectNet, values: &Weights, device: &Device) -> GradientsParams {
    struct Tensors<'a> {
        values: &'a Weights,
        device: &'a Device,
        gradients: GradientsParams,
    }
    impl ModuleVisitor for Tensors<'_> {
        fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
            let Some(values) = self.values.get(&parameter.id.val().to_string()) else { return };
            let shape = parameter.val().dims();
            if values.len() == shape.iter().product::<usize>() {
                let tensor = Tensor::<D>::from_data(TensorData::new(values.clone(), shape), self.device);
                self.gradients.register::<D>(parameter.id, tensor);
            }
        }
    }
    let mut tensors = Tensors { values, device, gradients: GradientsParams::new() };
    model.visit(&mut tensors);
    tensors.gradients
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClassifierConfig, Task};

    fn model() -> (SpectNet, GradientsParams) {
        let device = Device::flex().autodiff();
        let mut config = Task::Heart.model(vec!["normal".into(), "abnormal".into()], 4, 2);
        config.classifier = ClassifierConfig::Cnn2d { dropout: 0.0 };
        let plain = SpectNet::new(&config, &Device::flex()).unwrap();
        let model = numbered(plain.to_device(&device).train());
        let windows = Tensor::<2>::ones([2, 2500], &device) * 0.01;
        let loss = model.forward(&config, windows).powf_scalar(2.0).sum();
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        (model, gradients)
    }

    #[test]
    fn norms_are_those_of_the_numbers_and_are_cut_to_what_was_asked() {
        let (model, gradients) = model();
        let values = to_host(&model, &gradients).unwrap();
        let norm = |values: &Weights| values.values().flatten().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        let all = norm(&values);
        let squares = Squares::of(&model, &gradients).unwrap();
        let clipped = to_host(&model, &squares.clipped(&model, to_device(&model, &values, &Device::flex()), all / 4.0));
        assert!((norm(&clipped.unwrap()) / all - 0.25).abs() < 1e-4);
        let same = to_host(&model, &squares.clipped(&model, to_device(&model, &values, &Device::flex()), 4.0 * all));
        assert!((norm(&same.unwrap()) / all - 1.0).abs() < 1e-4);
        let norms = squares.read().unwrap();
        let [front_end, rest] = norms.of_parts();
        assert!(front_end > 0.0 && ((front_end.powi(2) + rest.powi(2)).sqrt() / all - 1.0).abs() < 1e-4);
        assert_eq!(norms.broken().count(), 0);
        let broken = Norms { sums: vec![("front_end.gain".into(), f64::NAN), ("classifier.output.bias".into(), 1.0)] };
        assert_eq!(broken.broken().collect::<Vec<_>>(), ["front_end.gain"]);
    }

    #[test]
    fn gradients_come_back_as_they_were_and_parameters_are_numbered_alike() {
        let (model, gradients) = model();
        let values = to_host(&model, &gradients).unwrap();
        assert!(values.len() > 6, "{:?}", values.keys());
        let (again, _) = self::model();
        let back = to_device(&again, &values, &Device::flex());
        assert_eq!(to_host(&again, &back).unwrap(), values);
    }
}
