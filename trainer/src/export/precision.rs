//! How many bits the weights of a model are stored in.

use clap::ValueEnum;

/// How many bits weights are stored in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Precision {
    /// 32 bits, as in the model file.
    #[default]
    #[value(name = "f32")]
    Single,
    /// 16 bits for the weights of convolutions and linear layers; what that changes is measured and printed.
    #[value(name = "f16")]
    Half,
}
