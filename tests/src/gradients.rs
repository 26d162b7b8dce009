//! The gradients of a whole module.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor};

/// The gradients of all tensors that have one, by the names of the fields on the way to them.
///
/// # Panics
/// For tensors of other numbers than 32-bit floats.
pub fn of_module(module: &impl Module, gradients: &Gradients) -> Vec<(String, Vec<f32>)> {
    let mut collect = Collect { gradients, path: Vec::new(), found: Vec::new() };
    module.visit(&mut collect);
    collect.found
}

struct Collect<'a> {
    gradients: &'a Gradients,
    path: Vec<String>,
    found: Vec<(String, Vec<f32>)>,
}

impl ModuleVisitor for Collect<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        if let Some(gradient) = parameter.val().grad(self.gradients) {
            let values = gradient.into_data().try_to_vec().expect("32-bit floats");
            self.found.push((self.path.join("."), values));
        }
    }

    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }
}
