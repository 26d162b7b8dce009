//! The derivative of the operation, for Burn's autodiff.

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{AutodiffBackend, BackendTypes};

use super::{Bank, FilterbankOps};
use crate::filterbank::fused::ENERGY_FLOOR;

#[derive(Debug)]
struct Image;

/// What the backward pass needs: signals, parameters, energies.
#[derive(Clone, Debug)]
struct Saved<B: BackendTypes> {
    signals: FloatTensor<B>,
    parameters: FloatTensor<B>,
    energies: FloatTensor<B>,
    bank: Bank,
}

impl<B: FilterbankOps> Backward<B, 2> for Image {
    type State = Saved<B>;

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [signals_node, parameters_node] = ops.parents;
        let gradient = grads.consume::<B>(&ops.node);
        let Saved { signals, parameters, energies, bank } = ops.state;
        let inputs = || (signals.clone(), parameters.clone(), energies.clone(), gradient.clone());
        if let Some(node) = parameters_node {
            let (signals, parameters, energies, gradient) = inputs();
            let found = B::filterbank_parameter_gradient(signals, parameters, energies, gradient, bank);
            grads.register::<B>(node.id, found);
        }
        if let Some(node) = signals_node {
            let (signals, parameters, energies, gradient) = inputs();
            let found = B::filterbank_signal_gradient(signals, parameters, energies, gradient, bank);
            grads.register::<B>(node.id, found);
        }
    }
}

impl<B: FilterbankOps, C: CheckpointStrategy> FilterbankOps for Autodiff<B, C> {
    fn filterbank_image(signals: FloatTensor<Self>, parameters: FloatTensor<Self>, bank: Bank) -> FloatTensor<Self> {
        let nodes = [signals.node(), parameters.node()];
        let (signals, parameters) = (signals.into_primitive(), parameters.into_primitive());
        match Image.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                // The energies are stored instead of the image: their logarithm has lost some of their digits.
                let energies = B::filterbank_energy(signals.clone(), parameters.clone(), bank);
                let image = B::float_log(B::float_add_scalar(energies.clone(), ENERGY_FLOOR.into()));
                prep.finish(Saved { signals, parameters, energies, bank }, image)
            }
            OpsKind::UnTracked(prep) => prep.finish(B::filterbank_image(signals, parameters, bank)),
        }
    }

    fn filterbank_energy(signals: FloatTensor<Self>, parameters: FloatTensor<Self>, bank: Bank) -> FloatTensor<Self> {
        Self::from_inner(B::filterbank_energy(signals.into_primitive(), parameters.into_primitive(), bank))
    }

    fn filterbank_parameter_gradient(
        signals: FloatTensor<Self>,
        parameters: FloatTensor<Self>,
        energies: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        bank: Bank,
    ) -> FloatTensor<Self> {
        let [signals, parameters, energies, gradient] =
            [signals, parameters, energies, gradient].map(|tensor| tensor.into_primitive());
        Self::from_inner(B::filterbank_parameter_gradient(signals, parameters, energies, gradient, bank))
    }

    fn filterbank_signal_gradient(
        signals: FloatTensor<Self>,
        parameters: FloatTensor<Self>,
        energies: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        bank: Bank,
    ) -> FloatTensor<Self> {
        let [signals, parameters, energies, gradient] =
            [signals, parameters, energies, gradient].map(|tensor| tensor.into_primitive());
        Self::from_inner(B::filterbank_signal_gradient(signals, parameters, energies, gradient, bank))
    }
}
