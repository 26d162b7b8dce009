//! `spectnet bench`: how long SpectNet-16 with 3 blocks takes on this machine, per window of 2500 samples.
//!
//! - `measure`: the figures of one batch size
//! - `scaling`: time and memory against batch, length, filters and taps, as a picture

mod measure;
mod scaling;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::compute::device::{self, ComputeDevice, DeviceChoice};
use crate::error::Result;
use crate::output::{print, print_json, write_file};
use measure::Bench;
use scaling::Scaling;

/// Taps of the scene front-end: those of a heart sound's filters up to 50 ms at 22.05 kHz.
const SCENE_TAPS: [usize; 4] = [81, 275, 551, 1103];

/// Arguments of `spectnet bench`.
#[derive(Clone, Debug, Args)]
pub struct BenchArgs {
    /// auto, cuda, cuda:NUMBER, vulkan or cpu.
    #[arg(long, value_name = "D", default_value_t)]
    pub device: DeviceChoice,
    /// Windows that are computed together.
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u64).range(1..=4096))]
    pub batch: u64,
    /// Also measure how time and memory grow with batch, length, filters and taps, and draw it (some minutes).
    #[arg(long, value_name = "OUT.svg")]
    pub scaling: Option<PathBuf>,
    /// Repetitions of each measurement; the median is reported.
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub repeat: u64,
    /// Print one JSON document instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// The JSON of `spectnet bench`: medians in milliseconds per window.
#[derive(Debug, Serialize)]
struct Timing {
    device: String,
    threads: usize,
    /// Signals to images.
    frontend_ms: f64,
    /// Signals to images, and back to the filters' parameters.
    frontend_backward_ms: f64,
    /// Signals to probabilities.
    inference_ms: f64,
    /// Forward, cross-entropy, backward and a step of gradient descent.
    train_ms: f64,
    /// Windows computed together.
    batch: u64,
    /// 10 s of sound at 22.05 kHz through 46 filters, by the number of taps; milliseconds in all.
    scene_frontend_ms: BTreeMap<usize, f64>,
    /// The most memory this process held until the end of the training steps, in MiB; where the system tells it.
    peak_memory_mib: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scaling: Option<Scaling>,
}

/// Runs the command.
///
/// # Errors
/// A device that is not there or fails, or a picture that cannot be written.
pub fn run(args: &BenchArgs) -> Result<()> {
    let ComputeDevice { device, name, threads } = device::select(args.device)?;
    let bench = Bench { device, repeat: args.repeat };
    let per_window = bench.per_window(args.batch as usize)?;
    let peak_memory_mib = peak_memory_mib();
    let scene = |taps| Ok((taps, bench.front_end(46, taps, 1, 220_500)?));
    let timing = Timing {
        device: name,
        threads,
        frontend_ms: per_window.frontend_ms,
        frontend_backward_ms: per_window.frontend_backward_ms,
        inference_ms: per_window.inference_ms,
        train_ms: per_window.train_ms,
        batch: args.batch,
        scene_frontend_ms: SCENE_TAPS.into_iter().map(scene).collect::<Result<_>>()?,
        peak_memory_mib,
        scaling: args.scaling.as_ref().map(|_| Scaling::measure(&bench, args.device)).transpose()?,
    };
    if let (Some(path), Some(scaling)) = (&args.scaling, &timing.scaling) {
        write_file(path, scaling.svg(&timing.device)?.as_bytes())?;
        say!("{}: time and memory against batch, length, filters and taps", path.display());
    }
    if args.json { print_json(&timing) } else { print(&timing.table()) }
}

/// High-water mark of this process's resident memory; Linux tells it.
fn peak_memory_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? / 1024.0)
}

impl Timing {
    fn table(&self) -> String {
        let mut lines = vec![
            format!("SpectNet-16, 3 blocks, batches of {} windows of 2500 samples (2.5 s of heart sound)", self.batch),
            format!("device       {} ({} CPU threads)", self.device, self.threads),
            format!("front-end    {:.4} ms a window", self.frontend_ms),
            format!("  and back   {:.4} ms a window", self.frontend_backward_ms),
            format!("inference    {:.3} ms a window", self.inference_ms),
            format!("training     {:.3} ms a window", self.train_ms),
        ];
        if let Some(memory) = self.peak_memory_mib {
            lines.push(format!("memory       {memory:.0} MiB at most"));
        }
        lines.push("\nfront-end for scenes: 10 s at 22.05 kHz, 46 filters".into());
        let scene = self.scene_frontend_ms.iter().map(|(taps, ms)| format!("{taps:>5} taps   {ms:.2} ms"));
        lines.extend(scene);
        lines.join("\n")
    }
}
