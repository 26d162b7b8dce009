//! The demo: from nothing to a page that classifies with a model trained a minute ago.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result};

use crate::{
    command, learner,
    page::{self, Model},
    serve::{DEFAULT_PORT, Server},
    setup, stamp,
    workspace::Workspace,
};

/// Recordings that the project makes up; a quarter of them is held out.
const RECORDINGS: &str = "96";
/// Most of two minutes; the rest is left for the last evaluation.
const MINUTES: &str = "1.5";

/// `cargo xtask demo`
#[derive(clap::Args)]
pub struct Options {
    /// Build everything and serve nothing
    #[arg(long)]
    no_serve: bool,
    /// Port to serve on; without it 8080, or a free one if that is taken
    #[arg(long)]
    port: Option<u16>,
    /// What trains: `auto` is CUDA where an NVIDIA driver answers (its first build takes 10 to 20 minutes), else the CPU
    #[arg(long, default_value = "auto")]
    device: Device,
}

/// What the trainer computes on.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Device {
    /// CUDA where an NVIDIA driver answers, else the CPU.
    Auto,
    /// The processor.
    Cpu,
    /// The first NVIDIA GPU.
    Cuda,
    /// A GPU through Vulkan.
    Vulkan,
}

impl Device {
    /// The cargo feature of the trainer that it takes, and what `spectnet train --device` calls it.
    pub fn feature(self) -> Option<&'static str> {
        match self {
            Self::Auto | Self::Cpu => None,
            Self::Cuda => Some("cuda"),
            Self::Vulkan => Some("vulkan"),
        }
    }
}

/// Runs it; with `--no-serve` it ends when everything is built, otherwise when it is interrupted. The page is served before
/// its learner is built, which takes minutes and which few want at once.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    eprintln!("[1/5] Set-up: what building the page needs");
    let tools = setup::for_page(workspace)?;
    eprintln!("[2/5] A small model, trained on heart sounds that this project synthesises");
    let model = train(workspace, options.device)?;
    eprintln!("[3/5] The page");
    page::build(workspace, &tools)?;
    page::put_models(workspace, &[model])?;
    let server = if options.no_serve {
        eprintln!("[4/5] Not serving; `cargo xtask serve` shows the page.");
        None
    } else {
        eprintln!("[4/5] Serving");
        let server = match options.port {
            Some(port) => Server::start(&workspace.dist(), port)?,
            None => Server::start(&workspace.dist(), DEFAULT_PORT).or_else(|_| Server::start(&workspace.dist(), 0))?,
        };
        announce(&server);
        Some(server)
    };
    eprintln!("[5/5] The learner, with which the page teaches a model");
    let learner = learner::build(workspace, &tools).and_then(|()| page::list_files(workspace));
    let Some(server) = server else { return learner };
    match learner {
        Ok(()) => eprintln!("The page can teach now. Reload it where it was opened before."),
        Err(error) => eprintln!("error: {error:#}\nThe page goes on without its learner, and cannot teach."),
    }
    server.wait();
    Ok(())
}

/// Serves a page that is built already.
pub fn serve_dist(workspace: &Workspace, port: u16) -> Result<()> {
    let server = Server::start(&workspace.dist(), port).context("`cargo xtask page` builds the page")?;
    announce(&server);
    server.wait();
    Ok(())
}

fn announce(server: &Server) {
    println!("{}/", server.url());
    eprintln!("Open this address in a browser. Ctrl-C ends.");
}

/// Builds the trainer for what was asked for; `auto` goes on with the CPU where the GPU's build fails.
///
/// # Errors
/// A build that fails.
pub fn build(workspace: &Workspace, device: Device) -> Result<Device> {
    if device != Device::Auto {
        build_for(workspace, device)?;
        return Ok(device);
    }
    if command::succeeds(Command::new("nvidia-smi").arg("--list-gpus")) {
        eprintln!("An NVIDIA driver answers, so CUDA trains; `--device cpu` spares its first build.");
        match build_for(workspace, Device::Cuda) {
            Ok(()) => return Ok(Device::Cuda),
            Err(error) => eprintln!("  {error:#}\n  going on with the CPU"),
        }
    }
    build_for(workspace, Device::Cpu)?;
    Ok(Device::Cpu)
}

fn build_for(workspace: &Workspace, device: Device) -> Result<()> {
    if device == Device::Cuda {
        setup::cuda::ensure(workspace)?;
    }
    // The tests' dependencies are built along: they settle the features of shared dependencies, which would otherwise all be
    // built a second time by `cargo xtask test`.
    let mut build = workspace.cargo("build");
    build.args(["--release", "-p", "spectnet-core", "-p", "spectnet-trainer", "-p", "spectnet-tests"]);
    if let Some(feature) = device.feature() {
        build.args(["--features", &format!("spectnet-trainer/{feature}")]);
    }
    command::run(&mut build)
}

/// Synthesises recordings and trains on them, unless neither the code nor the options changed since the last time.
fn train(workspace: &Workspace, device: Device) -> Result<Model> {
    let demo = workspace.demo();
    let (data, out) = (demo.join("data"), demo.join("model"));
    let device = build(workspace, device)?.feature().unwrap_or("cpu");

    let synth = ["synth", "--task", "heart", "--count", RECORDINGS, "--seed", "1", "--out"];
    let train = ["train", "--task", "heart", "--filters", "8", "--classifier", "residual", "--blocks", "2"];
    // Small batches: with so few recordings, the number of steps is what a minute has to offer.
    let steps = ["--batch", "16", "--epochs", "80", "--minutes", MINUTES, "--seed", "1"];
    let inputs = ["core/src", "trainer/src", "Cargo.lock"];
    let stamp = stamp::of(workspace.root(), &inputs, &[], &format!("{synth:?} {train:?} {steps:?} {device}"))?;
    let stamp_file = demo.join("stamp");
    let model = demo_model(out.join("best.safetensors"));
    if stamp::is_current(&stamp_file, &stamp) && model.file.is_file() {
        eprintln!("The demo model is up to date: {}", model.file.display());
        return Ok(model);
    }
    if demo.exists() {
        std::fs::remove_dir_all(&demo).with_context(|| format!("cannot empty {}", demo.display()))?;
    }
    std::fs::create_dir_all(&demo).with_context(|| format!("cannot make {}", demo.display()))?;
    command::run(Command::new(workspace.spectnet()).args(synth).arg(&data))?;
    let mut training = Command::new(workspace.spectnet());
    training.args(train).args(steps).args(["--device", device, "--data"]).arg(&data);
    command::run(training.arg("--out").arg(&out))?;
    stamp::write(&stamp_file, &stamp)?;
    Ok(model)
}

fn demo_model(file: PathBuf) -> Model {
    Model { file, stem: "demo".to_owned(), name: "Demo: trained here on synthesised heart sounds".to_owned() }
}
