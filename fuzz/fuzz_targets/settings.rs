//! Configuration files of any bytes, and what follows from them for both tasks.
#![no_main]
#![allow(dead_code, unused_imports, reason = "these files of the program hold more than is called here")]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

// The program's own files, as in the library of these targets; they find here what they ask it for.
use spectnet_fuzz::{data, error, output};

#[path = "../../trainer/src/compute"]
mod compute {
    pub mod device {
        mod choice;

        pub use choice::DeviceChoice;
    }
    pub mod model_file;
}
#[path = "../../trainer/src/front_end/mod.rs"]
mod front_end;
#[path = "../../trainer/src/task_name.rs"]
mod task_name;
#[path = "../../trainer/src/train_args/mod.rs"]
mod train_args;
#[path = "../../trainer/src/training"]
mod training {
    pub mod parts;
}

use task_name::TaskName;
use train_args::TrainFlags;

/// The only file that is written.
static FILE: LazyLock<PathBuf> = LazyLock::new(|| spectnet_fuzz::folder().join("train.toml"));

fuzz_target!(|bytes: &[u8]| {
    fs::write(&*FILE, bytes).expect("a writable folder");
    spectnet_fuzz::within_memory(bytes.len(), || {
        for task in [TaskName::Heart, TaskName::Scene] {
            let (config, data) = (Some(FILE.clone()), Some("nowhere".into()));
            match (TrainFlags { config, data, task: Some(task), ..TrainFlags::default() }).resolve() {
                Ok(args) => {
                    let config = args.model_config(args.any_labels()).expect("it was made before");
                    assert!(config.validate().is_ok() && config.layout().is_ok());
                }
                Err(error) => {
                    spectnet_fuzz::check_refusal(&error.to_string(), &FILE, bytes);
                }
            }
        }
    });
});
