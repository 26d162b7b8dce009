//! Our figures beside PyTorch's, taken in turns on the same machine.

use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{command, demo, workspace::Workspace};

/// `cargo xtask bench`
#[derive(clap::Args)]
pub struct Options {
    /// What computes
    #[arg(long, default_value = "cpu")]
    device: demo::Device,
    /// Windows computed together
    #[arg(long, default_value_t = 32)]
    batch: u32,
    /// Rounds; in each, ours and PyTorch's are measured right after each other, and the table shows medians over them
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// A Python that has PyTorch
    #[arg(long, default_value = "python3")]
    python: String,
    /// Print one JSON document instead of the table
    #[arg(long)]
    json: bool,
}

/// What is compared: the keys that both programs print, and what they are.
const ROWS: [(&str, &str); 9] = [
    ("frontend_ms", "front-end, forward, ms a window"),
    ("frontend_backward_ms", "front-end, forward and backward, ms a window"),
    ("inference_ms", "inference, ms a window"),
    ("train_ms", "training step, ms a window"),
    ("peak_memory_mib", "peak memory of the training process, MiB"),
    ("scene_frontend_ms.81", "scene front-end, 81 taps, ms for 10 s"),
    ("scene_frontend_ms.275", "scene front-end, 275 taps, ms for 10 s"),
    ("scene_frontend_ms.551", "scene front-end, 551 taps, ms for 10 s"),
    ("scene_frontend_ms.1103", "scene front-end, 1103 taps, ms for 10 s"),
];

/// Builds the trainer, measures in turns, prints the medians and their ratio.
///
/// # Errors
/// A build that fails, a device that is not there, or a Python without PyTorch.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let device = demo::build(workspace, options.device)?.feature().unwrap_or("cpu");
    let torch_device = if device == "cuda" { "cuda" } else { "cpu" };
    let batch = options.batch.to_string();
    let twin = workspace.root().join("bench/pytorch_twin.py");
    let (mut ours, mut torch) = (Vec::new(), Vec::new());
    for round in 1..=options.rounds.max(1) {
        eprintln!("round {round} of {}", options.rounds.max(1));
        let mut bench = Command::new(workspace.spectnet());
        ours.push(measured(bench.args(["bench", "--json", "--device", device, "--batch", &batch]))?);
        let mut bench = Command::new(&options.python);
        let bench = bench.arg(&twin).args(["--device", torch_device, "--batch", &batch]);
        torch.push(measured(bench).context("PyTorch's figures need a Python that has it: pip install torch")?);
    }
    let rows: Vec<Row> = ROWS.iter().filter_map(|(key, name)| Row::new(name, key, &ours, &torch)).collect();
    if rows.is_empty() {
        bail!("the two programs print no figure in common");
    }
    let text = |values: &[Value], key: &str| values.first().map(|value| value[key].clone()).unwrap_or_default();
    if options.json {
        let document = serde_json::json!({
            "device": text(&ours, "device"), "pytorch": text(&torch, "pytorch"), "batch": options.batch,
            "rounds": ours.len(),
            "rows": rows.iter().map(Row::json).collect::<Vec<_>>(),
        });
        println!("{document:#}");
        return Ok(());
    }
    println!(
        "{} against PyTorch {} on {}, batches of {}, medians of {} rounds\n",
        text(&ours, "device").as_str().unwrap_or("?"),
        text(&torch, "pytorch").as_str().unwrap_or("?"),
        text(&torch, "device").as_str().unwrap_or("?"),
        options.batch,
        ours.len()
    );
    println!("{:<50} {:>10} {:>10} {:>8}", "", "ours", "PyTorch", "ratio");
    for Row { name, ours, torch, ratio } in &rows {
        println!("{name:<50} {ours:>10.3} {torch:>10.3} {ratio:>8.2}");
    }
    Ok(())
}

fn measured(command: &mut Command) -> Result<Value> {
    let printed = command::output(command)?;
    serde_json::from_str(&printed).with_context(|| format!("no JSON from `{}`", command::display(command)))
}

/// One figure of both programs.
struct Row {
    name: &'static str,
    ours: f64,
    torch: f64,
    /// Median over the rounds of ours ÷ PyTorch's in that round, so that a busy minute counts for both.
    ratio: f64,
}

impl Row {
    fn new(name: &'static str, key: &str, ours: &[Value], torch: &[Value]) -> Option<Self> {
        let pointer = format!("/{}", key.replace('.', "/"));
        let values = |documents: &[Value]| -> Option<Vec<f64>> {
            documents.iter().map(|document| document.pointer(&pointer)?.as_f64()).collect()
        };
        let (ours, torch) = (values(ours)?, values(torch)?);
        let ratios = ours.iter().zip(&torch).map(|(ours, torch)| ours / torch).collect();
        Some(Self { name, ours: median(ours), torch: median(torch), ratio: median(ratios) })
    }

    fn json(&self) -> Value {
        serde_json::json!({ "name": self.name, "ours": self.ours, "pytorch": self.torch, "ratio": self.ratio })
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
    (middle((values.len().max(1) - 1) / 2) + middle(values.len() / 2)) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_compares_rounds_and_not_medians() {
        let documents = |values: [f64; 3]| values.map(|ms| serde_json::json!({ "scene": { "81": ms } }));
        // The machine was busy in the second round.
        let row = Row::new("", "scene.81", &documents([1.0, 8.0, 1.2]), &documents([2.0, 16.0, 2.0])).unwrap();
        assert_eq!((row.ours, row.torch, row.ratio), (1.2, 2.0, 0.5));
    }

    #[test]
    fn a_figure_that_one_program_lacks_has_no_row() {
        let ours = [serde_json::json!({ "train_ms": 1.0 })];
        assert!(Row::new("", "train_ms", &ours, &[serde_json::json!({})]).is_none());
        assert_eq!(median(vec![3.0, 1.0, 2.0, 10.0]), 2.5);
    }
}
