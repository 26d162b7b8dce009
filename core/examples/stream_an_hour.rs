//! A recording that comes little by little and is never in memory as a whole: an hour of a synthesised heart.
//!
//! `cargo run --release -p spectnet-core --example stream_an_hour -- MODEL.safetensors [SECONDS]`

use std::{env, error::Error, fs};

use spectnet_core::audio::Pieces;
use spectnet_core::prediction::FileNotes;
use spectnet_core::recognise::{Model, Step};
use spectnet_core::synth::{HeartOptions, heart};

/// Samples a second.
const RATE: u32 = 2000;
/// How much of the recording is there at a time, in seconds; the session itself keeps a minute or two.
const CHUNK_S: f64 = 10.0;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (model, seconds) = match &arguments[..] {
        [model] => (model, 3600.0),
        [model, seconds] => (model, seconds.parse::<f64>()?),
        _ => return Err("expected a model file, and how many seconds".into()),
    };

    // The model's file asks for the first minute of a heart; here all of it counts.
    let model = Model::from_bytes(&fs::read(model)?)?.whole();
    let mut session = model.session(RATE, 1)?;
    // A microphone would stand here, or a file.
    let chunks = (0..(seconds / CHUNK_S).ceil() as u64).map(|number| {
        let left_s = seconds - CHUNK_S * number as f64;
        let options = HeartOptions { seed: 0, seconds: left_s.min(CHUNK_S), sample_rate: RATE, murmur: None };
        heart(&options).map(|sound| sound.recording.into_samples())
    });
    // One channel, and all of it: the session reads in one pass.
    let mut pieces = Pieces::new(chunks, RATE, None)?;
    loop {
        match session.step() {
            Step::Read(_) => match pieces.next() {
                Some(piece) => session.piece(&piece?)?,
                None => session.end()?,
            },
            Step::Work => session.work()?,
            Step::Run(batch) => session.answer(&model.run(&batch)?)?,
            Step::Done => break,
        }
    }

    let result = session.prediction(model.decision(), &FileNotes::default())?;
    println!("{}", result.label.as_deref().unwrap_or("cannot say"));
    println!("{} windows in {:.0} s", result.windows.len(), session.judged_s());
    if let Some(rhythm) = result.rhythm.filter(|rhythm| rhythm.plausible) {
        println!("{:.0} beats a minute", rhythm.heart_rate_bpm);
    }
    Ok(())
}
