//! What a model says of a WAV file: `cargo run --release -p spectnet-core --example classify -- MODEL.safetensors SOUND.wav`

use std::{env, error::Error, fs};

use spectnet_core::audio::read_wav;
use spectnet_core::recognise::Model;

fn main() -> Result<(), Box<dyn Error>> {
    let [model, sound] = <[String; 2]>::try_from(env::args().skip(1).collect::<Vec<_>>())
        .map_err(|_| "expected a model file and a WAV file")?;

    let model = Model::from_bytes(&fs::read(model)?)?;
    let recording = read_wav(&fs::read(sound)?)?;
    let result = model.classify(&recording)?;

    match (&result.label, &result.abstained) {
        (Some(label), _) => println!("{label}"),
        (None, abstained) => println!("cannot say: {}", abstained.as_ref().map_or("", |why| &why.detail)),
    }
    for (label, probability) in &result.probabilities {
        println!("{probability:.3} {label}");
    }
    Ok(())
}
