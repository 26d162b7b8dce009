//! Time and memory against what grows.

use std::ops::Range;
use std::process::Command;

use plotters::coord::combinators::IntoLogRange;
use plotters::prelude::*;
use serde::Serialize;
use serde_json::Value;

use super::measure::Bench;
use crate::compute::device::DeviceChoice;
use crate::error::{Error, Result};
use crate::report::{Drawn, svg};

const BATCHES: [usize; 6] = [1, 4, 8, 16, 32, 64];
const SECONDS: [usize; 6] = [1, 3, 10, 30, 100, 300];
const FILTERS: [usize; 6] = [4, 16, 32, 46, 64, 149];
const TAPS: [usize; 6] = [41, 81, 275, 551, 1103, 2205];
/// What stays the same while something else grows: 10 s of sound at 22.05 kHz, 46 filters, 551 taps.
const SAMPLE_RATE: usize = 22_050;

/// One point of a curve.
#[derive(Debug, Serialize)]
struct Point {
    x: usize,
    y: f64,
}

/// All curves.
#[derive(Debug, Serialize)]
pub struct Scaling {
    /// Milliseconds of a whole training step, by windows in a batch.
    train_step_ms_by_batch: Vec<Point>,
    /// Milliseconds of inference, by windows in a batch.
    inference_ms_by_batch: Vec<Point>,
    /// Peak memory of a process that trains, in MiB, by windows in a batch.
    memory_mib_by_batch: Vec<Point>,
    /// Milliseconds of the front-end, by seconds of sound.
    frontend_ms_by_seconds: Vec<Point>,
    /// Milliseconds of the front-end, by filters.
    frontend_ms_by_filters: Vec<Point>,
    /// Milliseconds of the front-end, by taps.
    frontend_ms_by_taps: Vec<Point>,
}

impl Scaling {
    /// Measures everything. Memory never shrinks within a process, so every batch size has a process of its own.
    pub fn measure(bench: &Bench, device: DeviceChoice) -> Result<Self> {
        let curve = |values: [usize; 6], measure: &dyn Fn(usize) -> Result<f64>| -> Result<Vec<Point>> {
            values.into_iter().map(|x| Ok(Point { x, y: measure(x)? })).collect()
        };
        let batches = BATCHES.into_iter().map(|batch| itself(device, batch)).collect::<Result<Vec<Value>>>()?;
        let by_batch = |key: &str, times_batch: bool| {
            let point = |(&x, json): (&usize, &Value)| {
                let y = json[key].as_f64()?;
                Some(Point { x, y: if times_batch { y * x as f64 } else { y } })
            };
            BATCHES.iter().zip(&batches).filter_map(point).collect()
        };
        Ok(Self {
            train_step_ms_by_batch: by_batch("train_ms", true),
            inference_ms_by_batch: by_batch("inference_ms", true),
            memory_mib_by_batch: by_batch("peak_memory_mib", false),
            frontend_ms_by_seconds: curve(SECONDS, &|seconds| bench.front_end(46, 551, 1, seconds * SAMPLE_RATE))?,
            frontend_ms_by_filters: curve(FILTERS, &|filters| bench.front_end(filters, 551, 1, 10 * SAMPLE_RATE))?,
            frontend_ms_by_taps: curve(TAPS, &|taps| bench.front_end(46, taps, 1, 10 * SAMPLE_RATE))?,
        })
    }

    /// The curves as a picture, both axes logarithmic.
    pub fn svg(&self, device: &str) -> Result<String> {
        svg(|svg| self.draw(device, svg))
    }

    fn draw(&self, device: &str, svg: &mut String) -> Drawn {
        let root = SVGBackend::with_string(svg, (1080, 640)).into_drawing_area();
        root.fill(&WHITE)?;
        let root = root.titled(&format!("SpectNet on {device}"), ("sans-serif", 20))?;
        let panels: [(&str, &str, &str, &[Point]); 6] = [
            ("Training step", "windows in a batch", "ms", &self.train_step_ms_by_batch),
            ("Inference", "windows in a batch", "ms", &self.inference_ms_by_batch),
            ("Peak memory, training", "windows in a batch", "MiB", &self.memory_mib_by_batch),
            ("Front-end, 46 filters, 551 taps", "seconds of sound", "ms", &self.frontend_ms_by_seconds),
            ("Front-end, 10 s, 551 taps", "filters", "ms", &self.frontend_ms_by_filters),
            ("Front-end, 10 s, 46 filters", "taps", "ms", &self.frontend_ms_by_taps),
        ];
        for (area, (title, x, y, points)) in root.split_evenly((2, 3)).iter().zip(panels) {
            let (Some(first), Some(last)) = (points.first(), points.last()) else { continue };
            let low = points.iter().map(|point| point.y).fold(f64::INFINITY, f64::min);
            let high = points.iter().map(|point| point.y).fold(f64::MIN_POSITIVE, f64::max);
            let mut chart = ChartBuilder::on(area)
                .caption(title, ("sans-serif", 16))
                .margin(10)
                .x_label_area_size(36)
                .y_label_area_size(52)
                .build_cartesian_2d((first.x as f64..last.x as f64).log_scale(), decades([low, high]).log_scale())?;
            let plain = |value: &f64| value.to_string();
            let mut mesh = chart.configure_mesh();
            mesh.light_line_style(WHITE).x_desc(x).y_desc(y).x_labels(5).y_labels(5);
            mesh.x_label_formatter(&plain).y_label_formatter(&plain).draw()?;
            let line = points.iter().map(|point| (point.x as f64, point.y));
            chart.draw_series(LineSeries::new(line.clone(), RGBColor(11, 95, 107).stroke_width(2)))?;
            chart.draw_series(line.map(|place| Circle::new(place, 3, RGBColor(11, 95, 107).filled())))?;
        }
        root.present()?;
        Ok(())
    }
}

/// Whole decades around two numbers: a logarithmic axis has its labels at their ends.
fn decades([low, high]: [f64; 2]) -> Range<f64> {
    let (low, high) = (low.log10().floor(), high.log10().ceil());
    10f64.powf(low)..10f64.powf(high.max(low + 1.0))
}

/// What this program says of a batch size in a process of its own.
fn itself(device: DeviceChoice, batch: usize) -> Result<Value> {
    let failed =
        |what: &dyn std::fmt::Display| Error::input(format!("a batch of {batch} could not be measured: {what}"));
    let program = std::env::current_exe().map_err(|error| failed(&error))?;
    let mut command = Command::new(program);
    command.args(["bench", "--json", "--repeat", "5", "--device", &device.to_string(), "--batch", &batch.to_string()]);
    command.args(["--threads", &rayon::current_num_threads().to_string()]);
    let output = command.output().map_err(|error| failed(&error))?;
    if !output.status.success() {
        return Err(failed(&String::from_utf8_lossy(&output.stderr).trim()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_curve_is_drawn() {
        let curve = |scale: f64| (1..=3).map(|x| Point { x, y: scale * x as f64 }).collect();
        let scaling = Scaling {
            train_step_ms_by_batch: curve(6.0),
            inference_ms_by_batch: curve(2.0),
            memory_mib_by_batch: curve(50.0),
            frontend_ms_by_seconds: curve(0.5),
            frontend_ms_by_filters: curve(0.1),
            frontend_ms_by_taps: Vec::new(),
        };
        let svg = scaling.svg("a device").unwrap();
        for text in ["SpectNet on a device", "Training step", "seconds of sound"] {
            assert!(svg.contains(text), "{text}");
        }
        assert_eq!(svg.matches("<circle").count(), 15, "an empty curve is left out");
    }
}
