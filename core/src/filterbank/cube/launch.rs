//! From tensors to kernels: the operation on CubeCL devices.

use burn::tensor::{DType, Shape};
use burn_cubecl::cubecl::prelude::{CubeCount, CubeDim};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use burn_cubecl::{CubeBackend, cubecl};
use cubecl::client::Client;

use super::energy::{Scale, frame_energies};
use super::gradient::{REDUCE_UNITS, partial, partial_gradients, reduce_gradients};
use super::plan::{ForwardPlan, GradientPlan, line, padded, samples_tile};
use super::signal::{PieceLaunch, gather_samples, reverse_taps, weighted_outputs};
use super::taps::{Responses, impulse_responses};
use super::{Bank, FilterbankOps};

/// Units of a cube where each computes one value.
const ELEMENTWISE_UNITS: usize = 128;
/// Values of the buffer for the gradient of the signals, unless one filter of one signal needs more: 64 MiB, half of
/// the smallest binding that WebGPU promises.
const WEIGHTED_VALUES: usize = 1 << 24;

/// The sizes of a call.
#[derive(Clone, Copy)]
struct Sizes {
    batch: usize,
    samples: usize,
    frames: usize,
    filters: usize,
}

impl Sizes {
    fn new(signals: &CubeTensor, parameters: &CubeTensor, bank: Bank) -> Self {
        let [batch, samples] = signals.meta.shape().dims();
        let [_, filters] = parameters.meta.shape().dims();
        Self { batch, samples, frames: bank.frames(samples), filters }
    }
}

fn empty(like: &CubeTensor, shape: impl Into<Shape>) -> CubeTensor {
    empty_device_contiguous_dtype(like.client.clone(), like.device.clone(), shape.into(), DType::F32)
}

fn elementwise(values: usize) -> (CubeCount, CubeDim) {
    let (width, rows) = line(values.div_ceil(ELEMENTWISE_UNITS));
    (CubeCount::Static(width, rows, 1), CubeDim::new_1d(ELEMENTWISE_UNITS as u32))
}

fn responses(client: &Client, parameters: &CubeTensor, sizes: Sizes, bank: Bank, kind: Responses) -> CubeTensor {
    let length = padded(bank.taps);
    let output = empty(parameters, [sizes.filters, kind.count(bank), length]);
    let (count, dim) = elementwise(sizes.filters * length);
    impulse_responses::launch(
        client,
        count,
        dim,
        parameters.clone().into_buffer_arg(),
        output.clone().into_buffer_arg(),
        sizes.filters,
        bank,
        length,
        kind,
    );
    output
}

fn energies(signals: CubeTensor, parameters: CubeTensor, bank: Bank, scale: Scale) -> CubeTensor {
    let [signals, parameters] = [signals, parameters].map(into_contiguous);
    let sizes = Sizes::new(&signals, &parameters, bank);
    let client = signals.client.clone();
    let responses = responses(&client, &parameters, sizes, bank, Responses::Filter);
    let output = empty(&signals, [sizes.batch, 1, sizes.frames, sizes.filters]);
    let plan = ForwardPlan::new(bank, sizes.frames, sizes.filters);
    let (width, rows) = line(sizes.batch * sizes.frames.div_ceil(plan.frames));
    frame_energies::launch(
        &client,
        CubeCount::Static(width, rows, sizes.filters.div_ceil(plan.tile.responses) as u32),
        CubeDim::new_1d(plan.tile.units as u32),
        signals.into_buffer_arg(),
        responses.into_buffer_arg(),
        output.clone().into_buffer_arg(),
        sizes.batch,
        sizes.samples,
        sizes.frames,
        sizes.filters,
        bank,
        plan,
        scale,
    );
    output
}

impl FilterbankOps for CubeBackend {
    fn filterbank_image(signals: CubeTensor, parameters: CubeTensor, bank: Bank) -> CubeTensor {
        energies(signals, parameters, bank, Scale::Logarithm)
    }

    fn filterbank_energy(signals: CubeTensor, parameters: CubeTensor, bank: Bank) -> CubeTensor {
        energies(signals, parameters, bank, Scale::Energy)
    }

    fn filterbank_parameter_gradient(
        signals: CubeTensor,
        parameters: CubeTensor,
        energies: CubeTensor,
        gradient: CubeTensor,
        bank: Bank,
    ) -> CubeTensor {
        let [signals, parameters, energies, gradient] = [signals, parameters, energies, gradient].map(into_contiguous);
        let sizes = Sizes::new(&signals, &parameters, bank);
        let client = signals.client.clone();
        let responses = responses(&client, &parameters, sizes, bank, Responses::Derivatives);
        let plan = GradientPlan::new(bank, sizes.batch, sizes.frames, sizes.filters);
        let cubes = (sizes.batch * plan.tiles_per_signal(bank, sizes.frames)).div_ceil(plan.tiles);
        let partials = empty(&signals, [cubes, sizes.filters, partial(bank)]);
        partial_gradients::launch(
            &client,
            CubeCount::Static(cubes as u32, sizes.filters as u32, 1),
            CubeDim::new_1d(plan.tile.units as u32),
            signals.into_buffer_arg(),
            responses.into_buffer_arg(),
            energies.into_buffer_arg(),
            gradient.into_buffer_arg(),
            partials.clone().into_buffer_arg(),
            sizes.batch,
            sizes.samples,
            sizes.frames,
            sizes.filters,
            bank,
            plan,
        );
        let output = empty(&parameters, [bank.parameters(), sizes.filters]);
        reduce_gradients::launch(
            &client,
            CubeCount::Static(sizes.filters as u32, 1, 1),
            CubeDim::new_1d(REDUCE_UNITS as u32),
            partials.into_buffer_arg(),
            parameters.into_buffer_arg(),
            output.clone().into_buffer_arg(),
            cubes,
            sizes.filters,
            bank,
        );
        output
    }

    fn filterbank_signal_gradient(
        signals: CubeTensor,
        parameters: CubeTensor,
        energies: CubeTensor,
        gradient: CubeTensor,
        bank: Bank,
    ) -> CubeTensor {
        let [signals, parameters, energies, gradient] = [signals, parameters, energies, gradient].map(into_contiguous);
        let sizes = Sizes::new(&signals, &parameters, bank);
        let client = signals.client.clone();
        let filters = responses(&client, &parameters, sizes, bank, Responses::Filter);
        let reversed = empty(&filters, filters.meta.shape().clone());
        let (count, dim) = elementwise(sizes.filters * padded(bank.taps));
        reverse_taps::launch(
            &client,
            count,
            dim,
            filters.clone().into_buffer_arg(),
            reversed.clone().into_buffer_arg(),
            sizes.filters,
            bank.taps,
            padded(bank.taps),
        );

        let output = empty(&signals, [sizes.batch, sizes.samples]);
        let outputs = bank.outputs(sizes.frames);
        let length = bank.taps - 1 + outputs;
        let rows = (WEIGHTED_VALUES / length).max(1);
        let (signals_at_once, filters_at_once) =
            if rows >= sizes.filters { (rows / sizes.filters, sizes.filters) } else { (1, rows) };
        let signals_at_once = signals_at_once.min(sizes.batch);
        let weighted = empty(&signals, [signals_at_once, filters_at_once, length]);
        let forward = samples_tile(outputs, filters_at_once, bank.taps);
        let backward = samples_tile(sizes.samples, 1, bank.taps);
        for signal in (0..sizes.batch).step_by(signals_at_once) {
            for filter in (0..sizes.filters).step_by(filters_at_once) {
                let count = signals_at_once.min(sizes.batch - signal);
                let present = filters_at_once.min(sizes.filters - filter);
                let piece = || PieceLaunch::new(signal, count, filter, present);
                let (width, height) = line(count * outputs.div_ceil(forward.outputs()));
                weighted_outputs::launch(
                    &client,
                    CubeCount::Static(width, height, present.div_ceil(forward.responses) as u32),
                    CubeDim::new_1d(forward.units as u32),
                    signals.clone().into_buffer_arg(),
                    filters.clone().into_buffer_arg(),
                    energies.clone().into_buffer_arg(),
                    gradient.clone().into_buffer_arg(),
                    weighted.clone().into_buffer_arg(),
                    piece(),
                    sizes.samples,
                    sizes.frames,
                    sizes.filters,
                    bank,
                    forward,
                );
                let (width, height) = line(count * sizes.samples.div_ceil(backward.outputs()));
                gather_samples::launch(
                    &client,
                    CubeCount::Static(width, height, 1),
                    CubeDim::new_1d(backward.units as u32),
                    weighted.clone().into_buffer_arg(),
                    reversed.clone().into_buffer_arg(),
                    output.clone().into_buffer_arg(),
                    piece(),
                    sizes.samples,
                    length,
                    sizes.filters,
                    backward,
                );
            }
        }
        output
    }
}
