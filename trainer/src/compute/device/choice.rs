//! Which device is asked for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What the user asked for with `--device`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DeviceChoice {
    /// The first that works: CUDA, Vulkan, CPU.
    #[default]
    Auto,
    /// The NVIDIA GPU with this number, counted from 0.
    Cuda(usize),
    /// A GPU through Vulkan.
    Vulkan,
    /// The processor.
    Cpu,
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let index = |text: &str| text.parse().map_err(|_| format!("{text:?} is not the number of a GPU, as in cuda:0"));
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "vulkan" => Ok(Self::Vulkan),
            "cuda" => Ok(Self::Cuda(0)),
            _ => match text.strip_prefix("cuda:") {
                Some(number) => Ok(Self::Cuda(index(number)?)),
                None => Err("expected auto, cuda, cuda:NUMBER, vulkan or cpu".into()),
            },
        }
    }
}

/// As it stands in a configuration file.
impl TryFrom<String> for DeviceChoice {
    type Error = String;

    fn try_from(text: String) -> std::result::Result<Self, String> {
        text.parse().map_err(|error| format!("device {text:?}: {error}"))
    }
}

impl From<DeviceChoice> for String {
    fn from(choice: DeviceChoice) -> Self {
        choice.to_string()
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
            Self::Vulkan => f.write_str("vulkan"),
            Self::Cpu => f.write_str("cpu"),
        }
    }
}
