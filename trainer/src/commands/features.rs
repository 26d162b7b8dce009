//! `spectnet features`: the log-energy image of a recording, to look at or to use in other programs.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use clap::Args;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use spectnet_core::audio::{Conditioning, Downmix, Recording};
use spectnet_core::filterbank::{Filterbank, FilterbankConfig, Form};
use spectnet_core::network::burn::SpectNet;

use crate::commands::arguments::{READING, RESULT, one_downmix};
use crate::compute::model_file::read_model;
use crate::data::audio_file::read_recording;
use crate::error::{Error, Result};
use crate::front_end::{FRONT_END, FrontEndFlags};
use crate::output::write_file;
use crate::report::{Image, image_png};
use crate::task_name::TaskName;

/// Frames that are computed together: the filters' outputs of a long recording would not fit in memory at once.
const FRAMES: usize = 1024;

/// Arguments of `spectnet features`.
#[derive(Clone, Debug, Args)]
pub struct FeaturesArgs {
    /// The recording; - is standard input.
    #[arg(value_name = "AUDIO")]
    pub audio: PathBuf,
    /// Which channel: its number, from 1 on, or mean.
    #[arg(help_heading = READING, long, value_name = "N|mean", default_value = "mean", value_parser = one_downmix)]
    pub channel: Downmix,
    /// Use the front-end and the conditioning of this model file.
    #[arg(help_heading = FRONT_END, long, value_name = "FILE", conflicts_with_all = ["task", "FrontEndFlags"])]
    pub model: Option<PathBuf>,
    /// Use the untrained front-end of this task.
    #[arg(help_heading = FRONT_END, long, value_enum, default_value_t)]
    pub task: TaskName,
    /// What is changed in that front-end.
    #[command(flatten)]
    pub front_end: FrontEndFlags,
    /// Take the samples as they are, without resampling, filtering or scaling; the file must already have the
    /// front-end's sample rate (heart 1000 Hz, scene 16000 Hz unless --sample-rate says another).
    #[arg(help_heading = READING, long)]
    pub raw: bool,
    /// .safetensors (tensor `image`, shape [1, 1, frames, filters], 32-bit floats, natural logarithm of energy) or .png
    /// (time to the right, high filters at the top).
    #[arg(help_heading = RESULT, long, value_name = "FILE")]
    pub out: PathBuf,
}

impl FeaturesArgs {
    /// The untrained front-end that was asked for.
    ///
    /// # Errors
    /// Those of [`FrontEndFlags::config`].
    pub fn front_end(&self) -> Result<FilterbankConfig> {
        let config = self.front_end.config(self.task.into(), Form::Paper)?;
        Ok(FilterbankConfig { learnable: false, ..config })
    }

    /// Whether the settings go together and the output is of a known kind, before any file is opened.
    ///
    /// # Errors
    /// Those of [`front_end`](Self::front_end), and another kind of output.
    pub fn check(&self) -> Result<()> {
        Kind::of(&self.out)?;
        match &self.model {
            Some(_) => Ok(()),
            None => self.front_end().map(drop),
        }
    }
}

/// The conditioning and the filterbank.
struct FrontEnd {
    bank: Filterbank,
    conditioning: Conditioning,
}

/// Runs the command. The whole recording is one signal; it is not cut into windows.
///
/// # Errors
/// An unreadable model or recording, another sample rate with `--raw`, a recording too short for one frame, an unknown
/// kind of output, or an unwritable place.
pub fn run(args: &FeaturesArgs) -> Result<()> {
    let kind = Kind::of(&args.out)?;
    let front_end = FrontEnd::open(args)?;
    let max_seconds = front_end.conditioning.max_seconds.filter(|_| !args.raw);
    let recording = read_recording(&args.audio, args.channel, max_seconds)?;
    let image = front_end.signal(recording, args.raw).and_then(|signal| image(&front_end.bank, &signal));
    let image = image.map_err(|error| error.at(args.audio.display()))?;
    let bytes = match kind {
        Kind::Safetensors => safetensors(&image, front_end.bank.config())?,
        Kind::Png => image_png(&image).map_err(|error| error.at(args.audio.display()))?,
    };
    write_file(&args.out, &bytes)?;
    say!("{}: {} frames of {} filters", args.out.display(), image.frames, image.filters);
    Ok(())
}

enum Kind {
    Safetensors,
    Png,
}

impl Kind {
    fn of(out: &Path) -> Result<Self> {
        match out.extension().and_then(|extension| extension.to_str()) {
            Some("safetensors") => Ok(Self::Safetensors),
            Some("png") => Ok(Self::Png),
            _ => Err(Error::Usage(format!("--out {}: expected a name ending in .safetensors or .png", out.display()))),
        }
    }
}

impl FrontEnd {
    fn open(args: &FeaturesArgs) -> Result<Self> {
        let device = Device::flex();
        if let Some(path) = &args.model {
            let package = read_model(path)?;
            let model = SpectNet::with_weights(&package.config, &package.weights, &device)?;
            return Ok(Self { bank: model.front_end, conditioning: package.config.conditioning });
        }
        let front_end = args.front_end()?;
        let conditioning = match args.task {
            TaskName::Heart => Conditioning::heart(),
            TaskName::Scene => Conditioning::scene(front_end.sample_rate),
        };
        Ok(Self { bank: Filterbank::new(&front_end, &device)?, conditioning })
    }

    fn signal(&self, recording: Recording, raw: bool) -> Result<Recording> {
        let expected = self.bank.config().sample_rate;
        if !raw {
            return Ok(self.conditioning.apply(&recording)?);
        }
        if recording.sample_rate() != expected {
            return Err(Error::input(format!(
                "the sample rate is {} Hz, but --raw needs the front-end's {expected} Hz; leave --raw out or resample the file",
                recording.sample_rate()
            )));
        }
        Ok(recording)
    }
}

/// The image of a whole signal.
fn image(bank: &Filterbank, signal: &Recording) -> Result<Image> {
    let config = bank.config();
    let (samples, filters) = (signal.samples(), config.filters);
    let frames = config.frames(samples.len());
    if frames == 0 {
        return Err(Error::input(format!(
            "{} samples at {} Hz are too few for one frame; at least {} are needed",
            samples.len(),
            signal.sample_rate(),
            config.samples(1)
        )));
    }
    let device = Device::flex();
    let mut values = Vec::with_capacity(frames * filters);
    for first in (0..frames).step_by(FRAMES) {
        let count = FRAMES.min(frames - first);
        let start = first * config.framing.hop;
        let part = samples[start..start + config.samples(count)].to_vec();
        let length = part.len();
        let part = bank.forward(Tensor::from_data(TensorData::new(part, [1, length]), &device));
        let part = part.try_into_vec_as::<f32>();
        values.extend(part.map_err(|error| Error::input(format!("the device failed: {error}")))?);
    }
    Ok(Image { values, frames, filters })
}

/// Tensor `image` `[1, 1, frames, filters]` and what its axes mean.
fn safetensors(image: &Image, config: &FilterbankConfig) -> Result<Vec<u8>> {
    let failed = |error: safetensors::SafeTensorError| Error::input(format!("the image cannot be written: {error}"));
    let bytes: Vec<u8> = image.values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let tensor = TensorView::new(Dtype::F32, vec![1, 1, image.frames, image.filters], &bytes).map_err(failed)?;
    let metadata = HashMap::from([
        ("unit".to_string(), "natural logarithm of energy".to_string()),
        ("sample_rate_hz".to_string(), config.sample_rate.to_string()),
        ("frame_samples".to_string(), config.framing.window.to_string()),
        ("hop_samples".to_string(), config.framing.hop.to_string()),
    ]);
    safetensors::serialize([("image", tensor)], Some(metadata)).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use spectnet_core::model::Task;

    #[test]
    fn parts_join_to_the_image_of_the_whole() {
        let bank = Filterbank::new(&Task::Heart.front_end(3), &Device::flex()).unwrap();
        let samples: Vec<f32> =
            (0..10 * FRAMES + 1234).map(|k| (0.2 * k as f32 + 1e-5 * (k * k) as f32).sin()).collect();
        let whole =
            bank.forward(Tensor::from_data(TensorData::new(samples.clone(), [1, samples.len()]), &Device::flex()));
        let whole = whole.try_into_vec_as::<f32>().unwrap();
        let joined = image(&bank, &Recording::new(samples, 1000).unwrap()).unwrap();
        assert!(joined.frames > FRAMES);
        assert_eq!(joined.values.len(), whole.len());
        let difference = joined.values.iter().zip(&whole).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(difference < 1e-4, "{difference}");
    }

    #[test]
    fn a_recording_shorter_than_a_frame_is_refused() {
        let bank = Filterbank::new(&Task::Heart.front_end(3), &Device::flex()).unwrap();
        let error = image(&bank, &Recording::new(vec![0.0; 104], 1000).unwrap()).err().unwrap().to_string();
        assert!(error.contains("104 samples") && error.contains("at least 105"), "{error}");
    }
}
