use burn::module::{Module, ModuleVisitor, Param};
use burn::store::{ModuleSnapshot, bridge};
use burn::tensor::activation::relu;
use burn::tensor::{Gradients, Int, TensorData};

use super::*;
use crate::heart::Parts;
use crate::model::ClassifierConfig;
use crate::model::operations::{ConvLayout, SHORTCUT_POOL};
use crate::network::cpu::testing::numbers;

fn residual(blocks: usize, image: [usize; 2]) -> Layout {
    ClassifierConfig::Residual { blocks, dropout: 0.5 }.layout(image, 2).unwrap()
}

fn pooled(blocks: usize, image: [usize; 2]) -> Layout {
    ClassifierConfig::Pooled { blocks, dropout: 0.5 }.layout(image, 2).unwrap()
}

/// One of every size, with its image.
fn layouts() -> Vec<(Layout, [usize; 2])> {
    let other = |classifier: ClassifierConfig, image| (classifier.layout(image, 3).unwrap(), image);
    let states = |parts| ClassifierConfig::States { dropout: 0.5, parts };
    let mut layouts = vec![
        other(states(Parts::default()), [240, 5]),
        other(states(Parts { systole: 2, diastole: 3, lead_ms: 0 }), [31, 4]),
        other(ClassifierConfig::Cnn1d { dropout: 0.5 }, [60, 3]),
        other(ClassifierConfig::Cnn2d { dropout: 0.5 }, [240, 4]),
        other(ClassifierConfig::Cnn2d { dropout: 0.5 }, [16, 5]),
    ];
    for (blocks, filters) in [(2, 3), (2, 4), (3, 7), (3, 16), (4, 15), (4, 16)] {
        layouts.push((residual(blocks, [240, filters]), [240, filters]));
    }
    for (blocks, image) in [(1, [32, 5]), (2, [37, 7]), (3, [50, 13]), (4, [33, 17])] {
        layouts.push((pooled(blocks, image), image));
    }
    layouts
}

/// A network whose weights are the same for the same seed on whatever thread.
fn seeded(layout: &Layout, dropout: f64, seed: u64, device: &Device) -> Classifier {
    let mut classifier = Classifier::new(layout, dropout, &Device::flex()).unwrap();
    let tensor = |(index, (name, shape)): (u64, (String, Vec<usize>))| {
        // As wide as Burn begins with: the root of the numbers that go in.
        let inputs: usize = if shape.len() == 2 { shape[0] } else { shape[1..].iter().product() };
        let width = 1.0 / (inputs as f32).sqrt();
        let values = numbers(shape.iter().product(), 100 * seed + index).into_iter();
        let values: Vec<f32> = match name.rsplit('.').next() {
            Some("gamma" | "running_var") => values.map(|value| 1.0 + 0.5 * value).collect(),
            Some("weight") => values.map(|value| width * value).collect(),
            _ => values.map(|value| 0.2 * value).collect(),
        };
        bridge::from_data(TensorData::new(values, shape), name, None)
    };
    let tensors: Vec<_> = (0..).zip(layout.tensors()).map(tensor).collect();
    let loaded = classifier.apply(tensors, None, None, true);
    assert!(loaded.is_success() && loaded.missing.is_empty() && loaded.unused.is_empty(), "{loaded}");
    if device.is_autodiff() { classifier.to_device(device).train() } else { classifier }
}

fn image(batch: usize, [frames, filters]: [usize; 2], seed: u64, device: &Device) -> Tensor<4> {
    let values = numbers(batch * frames * filters, seed).into_iter().map(|value| 7.0 * value - 3.0);
    Tensor::from_data(TensorData::new(values.collect::<Vec<f32>>(), [batch, 1, frames, filters]), device)
}

#[test]
fn every_step_of_every_network_leaves_the_shape_that_is_written_for_it() {
    let device = Device::flex();
    for (layout, size) in layouts() {
        // Names and shapes of the tensors are those of the module, or this would fail.
        let classifier = seeded(&layout, 0.5, 1, &device);
        let mut pass = classifier.pass(Vec::new(), None, false);
        let mut x = image(2, size, 2, &device);
        assert_eq!(layout.steps()[0].input, [size[0], size[1], 1]);
        for step in layout.steps() {
            let [rows, columns, channels] = step.input;
            assert_eq!(x.dims(), [2, channels, rows, columns], "in front of {step:?}");
            x = pass.apply(step, x);
            let [rows, columns, channels] = step.output;
            assert_eq!(x.dims(), [2, channels, rows, columns], "behind {step:?}");
        }
        assert!(pass.convolutions.next().is_none() && pass.linears.next().is_none());
        assert_eq!(classifier.features(image(2, size, 2, &device), None).dims(), [2, layout.features()]);
        let logits: Tensor<2> = x.flatten(1, 3);
        assert_eq!(logits.into_data(), classifier.forward(image(2, size, 2, &device), None).into_data());
    }
}

#[test]
fn a_dropout_of_everything_is_refused() {
    let all = Classifier::new(&residual(2, [240, 4]), 1.0, &Device::flex()).expect_err("must be refused").to_string();
    assert_eq!(all, "dropout 1: expected 0 or more and less than 1");
}

#[test]
fn over_time_a_filter_knows_nothing_of_the_others() {
    let device = Device::flex();
    let layout = ClassifierConfig::Cnn1d { dropout: 0.0 }.layout([60, 3], 2).unwrap();
    let network = seeded(&layout, 0.0, 1, &device);
    let image = image(1, [60, 3], 2, &device);
    // Whatever the others do, what follows from the second is the same.
    let alone = image.clone() * Tensor::<1>::from_floats([0.0, 1.0, 0.0], &device).reshape([1, 1, 1, 3]);
    let features = |image: Tensor<4>| network.features(image, None).try_into_vec_as::<f32>().unwrap();
    let (all, alone) = (features(image), features(alone));
    let of_filter = all.len() / 3;
    assert_eq!(all[of_filter..2 * of_filter], alone[of_filter..2 * of_filter]);
    assert_ne!(all[..of_filter], alone[..of_filter]);
}

#[test]
fn dropout_while_judging_gives_every_time_another_answer_around_the_right_one() {
    let device = Device::flex();
    let values = |logits: Tensor<2>| logits.try_into_vec_as::<f32>().unwrap();
    for layout in [residual(2, [240, 8]), ClassifierConfig::Cnn2d { dropout: 0.5 }.layout([240, 8], 2).unwrap()] {
        let image = image(4, [240, 8], 2, &device);
        let classifier = seeded(&layout, 0.3, 1, &device);
        let answers: Vec<Vec<f32>> = (0..2).map(|_| values(classifier.forward_dropping(image.clone(), None))).collect();
        assert!(answers[0] != answers[1] && answers.iter().flatten().all(|x| x.is_finite()));
        let without = seeded(&layout, 0.0, 1, &device);
        let (same, again) =
            (values(without.forward(image.clone(), None)), values(without.forward_dropping(image.clone(), None)));
        assert_eq!(same, values(classifier.forward(image, None)));
        assert!(same.iter().zip(&again).all(|(a, b)| (a - b).abs() < 1e-3), "{same:?} {again:?}");
    }
}

#[test]
fn dropout_acts_on_whole_channels_and_only_while_training() {
    let classifier = seeded(&residual(2, [240, 4]), 0.5, 1, &Device::flex());
    let masks = classifier.masks(5, &Device::flex().autodiff(), false);
    let shapes: Vec<[usize; 4]> = masks.iter().map(|mask| mask.dims()).collect();
    assert_eq!(shapes, [[5, 32, 1, 1], [5, 32, 1, 1], [5, 64, 1, 1], [5, 64, 1, 1]]);
    for mask in masks {
        let factors = mask.into_data().try_to_vec::<f32>().unwrap();
        assert!(factors.iter().all(|factor| [0.0, 2.0].contains(factor)));
        assert!([0.0, 2.0].iter().all(|factor| factors.contains(factor)));
    }
    let features = || classifier.features(image(1, [240, 4], 2, &Device::flex()), None).into_data();
    assert_eq!(features(), features());
}

struct Collect<'a> {
    gradients: &'a Gradients,
    path: Vec<String>,
    tensors: Vec<(String, Vec<f32>)>,
}

impl ModuleVisitor for Collect<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let gradient = parameter.val().grad(self.gradients);
        let values = gradient.map_or(Vec::new(), |gradient| gradient.into_data().try_to_vec().unwrap());
        self.tensors.push((self.path.join("."), values));
    }

    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }
}

/// Features, gradients of all parameters and of the image, and running statistics, each by name.
fn outcome(classifier: &Classifier, image: &Tensor<4>, masks: &[Tensor<4>], fast: bool) -> Vec<(String, Vec<f32>)> {
    let image = image.clone().require_grad();
    let steps = &classifier.layout.steps()[..classifier.layout.head()];
    let features: Tensor<2> = if fast {
        let stack = classifier.stack(&image.device()).expect("served");
        let left = &steps[stack.operations()..];
        let x = classifier.fast(stack, &image, masks);
        classifier.pass(Vec::new(), None, false).over(left, x).flatten(1, 3)
    } else {
        classifier.pass(masks.to_vec(), None, false).over(steps, image.clone()).flatten(1, 3)
    };
    let wave = Tensor::<1, Int>::arange(0..features.dims().iter().product::<usize>() as i64, &image.device());
    let wave = (wave.float() * 0.7).cos().reshape(features.dims());
    let gradients = (features.clone() * wave).sum().backward();
    let mut collect = Collect { gradients: &gradients, path: Vec::new(), tensors: Vec::new() };
    classifier.visit(&mut collect);
    let mut tensors = collect.tensors;
    let mut add = |name: String, values: TensorData| tensors.push((name, values.try_to_vec().unwrap()));
    add("features".into(), features.into_data());
    add("image".into(), image.grad(&gradients).unwrap().into_data());
    for (index, layer) in classifier.convolutions().into_iter().enumerate() {
        add(format!("mean {index}"), layer.norm.running_mean.value_sync().into_data());
        add(format!("variance {index}"), layer.norm.running_var.value_sync().into_data());
    }
    tensors
}

/// Largest distance between two ways as a fraction of the tensor's largest value, and the tensor it is in.
fn apart(fast: &[(String, Vec<f32>)], plain: &[(String, Vec<f32>)]) -> (f32, String) {
    let mut worst = (0.0, String::new());
    let mut scale = 0.0;
    for ((name, fast), (_, plain)) in fast.iter().zip(plain) {
        assert_eq!(fast.len(), plain.len(), "{name}");
        let largest = plain.iter().fold(0f32, |largest, value| largest.max(value.abs()));
        let distance = fast.iter().zip(plain).fold(0f32, |apart, (a, b)| apart.max((a - b).abs()));
        // A bias in front of a normalisation has no gradient; layers find the rounding errors of sums that cancel,
        // whose terms are about as large as those of the weights, which come before it.
        scale = if name.ends_with("conv.bias") { scale } else { largest };
        if distance > worst.0 * scale {
            worst = (distance / scale, name.clone());
        }
    }
    worst
}

/// How near an image comes to a jump of its gradients: the smallest value in front of a ReLU, or the smallest lead of a
/// window's largest value over the next.
///
/// Values that are 0, or equal, are so in whatever order their sums are rounded: dropped channels, and rows of padding.
fn nearest_jump(classifier: &Classifier, image: &Tensor<4>, masks: &[Tensor<4>]) -> f32 {
    let mut pass = classifier.pass(masks.to_vec(), None, false);
    let (mut x, mut nearest) = (image.clone(), f32::INFINITY);
    for step in &classifier.layout.steps()[..classifier.layout.head()] {
        match step.operation {
            Operation::Shortcut => nearest = nearest.min(smallest_lead(&x, SHORTCUT_POOL)),
            Operation::MaxPool { size, .. } => nearest = nearest.min(smallest_lead(&x, size)),
            _ => {}
        }
        let mut bare = step.clone();
        let rectified = match &mut bare.operation {
            Operation::Convolution(ConvLayout { rectified, .. }) | Operation::MaxPool { rectified, .. } => {
                std::mem::take(rectified)
            }
            _ => false,
        };
        x = pass.apply(&bare, x);
        if rectified {
            let values = x.clone().into_data().try_to_vec::<f32>().unwrap();
            let sizes = values.into_iter().map(f32::abs).filter(|size| *size > 0.0);
            nearest = sizes.fold(nearest, f32::min);
            x = relu(x);
        }
    }
    nearest
}

/// Of windows whose largest value is positive; of the others a ReLU, which came before or comes next, lets nothing
/// through.
fn smallest_lead(x: &Tensor<4>, [height, width]: [usize; 2]) -> f32 {
    let [_, _, rows, columns] = x.dims();
    let values = x.clone().into_data().try_to_vec::<f32>().unwrap();
    let mut smallest = f32::INFINITY;
    for map in values.chunks_exact(rows * columns) {
        for (row, column) in (0..rows / height).flat_map(|row| (0..columns / width).map(move |column| (row, column))) {
            let place = |i: usize| (row * height + i / width) * columns + column * width + i % width;
            let mut window: Vec<f32> = (0..height * width).map(|i| map[place(i)]).collect();
            window.sort_by(f32::total_cmp);
            if let [.., second, first] = window[..]
                && first > second.max(0.0)
            {
                smallest = smallest.min(first - second);
            }
        }
    }
    smallest
}

/// Where a value is nearer to a ReLU's kink, or to another value of a pooled window, than rounding moves it, the two
/// ways may fall on different sides, and gradients differ by a whole pixel's share. Images that come so near are passed
/// over.
#[test]
fn the_fast_operation_agrees_with_the_layers_it_replaces() {
    // Both round every sum of a few thousand f32 in their own order.
    const TOLERANCE: f32 = 2e-5;
    // Several times what that moves a normalised value.
    const NEAREST: f32 = 5e-6;
    const BATCH: usize = 5;
    let device = Device::flex().autodiff();
    let paper = [(2, 7), (2, 8), (2, 16), (3, 7), (3, 8), (3, 16), (4, 15), (4, 16)];
    let paper = paper.map(|(blocks, filters)| (residual(blocks, [32, filters]), [32, filters]));
    let averaged = [(1, [32, 5]), (2, [37, 7]), (3, [50, 13]), (4, [64, 34])];
    let averaged = averaged.map(|(blocks, size)| (pooled(blocks, size), size));
    for (layout, size) in paper.into_iter().chain(averaged) {
        for dropout in [0.0, 0.5] {
            let masks: Vec<Tensor<4>> = (1000..)
                .zip(layout.steps().iter().filter(|step| step.operation == Operation::Dropout(Dropped::Channels)))
                .map(|(seed, step)| {
                    let shape = [BATCH, step.output[2], 1, 1];
                    let kept = |value: f32| if dropout > 0.0 { 2.0 * f32::from(u8::from(value > 0.0)) } else { 1.0 };
                    let factors: Vec<f32> = numbers(BATCH * shape[1], seed).into_iter().map(kept).collect();
                    Tensor::from_data(TensorData::new(factors, shape), &device)
                })
                .collect();
            let far = |seed: &u64| {
                let classifier = seeded(&layout, dropout, *seed, &device);
                nearest_jump(&classifier, &image(BATCH, size, *seed, &device), &masks) > NEAREST
            };
            let seed = (1..100).find(far).expect("an image without a value near a jump");
            let [fast, plain] = [true, false].map(|fast| {
                let classifier = seeded(&layout, dropout, seed, &device);
                outcome(&classifier, &image(BATCH, size, seed, &device), &masks, fast)
            });
            let (distance, name) = apart(&fast, &plain);
            assert!(distance <= TOLERANCE, "{size:?}, dropout {dropout}, seed {seed}: {name} {distance:e} apart");
        }
    }
}

/// Where only what lies before the network learns, nothing but the gradient of the image is asked for.
#[test]
fn the_fast_operation_goes_back_to_the_image_alone() {
    let device = Device::flex().autodiff();
    for (layout, size) in [(residual(2, [32, 8]), [32, 8]), (pooled(1, [32, 5]), [32, 5])] {
        let image = image(5, size, 3, &device);
        let of = |classifier: Classifier| {
            let masks = classifier.masks(5, &device, false);
            outcome(&classifier, &image, &masks, true)
        };
        let whole = of(seeded(&layout, 0.0, 1, &device));
        let alone = of(seeded(&layout, 0.0, 1, &device).no_grad());
        let is_parameter = |name: &str| layout.tensors().iter().any(|(tensor, _)| tensor == name);
        for ((name, whole), (_, alone)) in whole.iter().zip(&alone) {
            let expected: &[f32] = if is_parameter(name) { &[] } else { whole };
            assert_eq!(alone.as_slice(), expected, "{name}");
        }
        let given = |outcome: &[(String, Vec<f32>)]| outcome.iter().filter(|(_, values)| !values.is_empty()).count();
        assert!(given(&whole) > given(&alone) && given(&alone) > 2);
    }
}

#[test]
fn training_on_the_cpu_says_why_it_keeps_to_the_layers() {
    let device = Device::flex().autodiff();
    let classifier = seeded(&residual(2, [32, 8]), 0.0, 1, &device);
    assert_eq!(classifier.trains_fast(&device), Ok(()));
    assert_eq!(classifier.trains_fast(&Device::flex()), Err("nothing is trained"));
    assert_eq!(classifier.freeze().trains_fast(&device), Err("a normalisation is frozen"));
    for (layout, _) in layouts() {
        let has = |layer: &str| layout.tensors().iter().any(|(name, _)| name.contains(layer));
        let expected = match has("conv.weight") && !has("stem") {
            true => Err("the fast operation is for the residual classifiers"),
            false => Ok(()),
        };
        assert_eq!(Classifier::new(&layout, 0.0, &device).unwrap().trains_fast(&device), expected);
    }
}
