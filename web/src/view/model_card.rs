//! What the model in use says about itself.

use spectnet_core::audio::SpikeRule;
use spectnet_core::filterbank::Form;
use spectnet_core::model::{Compression, Normalisation};
use spectnet_core::package::Package;
use web_sys::Element;

use crate::state::{Origin, State};
use crate::{about, dom, format, reported};

/// Shows the configuration and provenance of the model in use.
pub fn draw(state: &State) {
    let list: Element = dom::element("model-card");
    list.replace_children_with_node_0();
    if let Some(model) = &state.model {
        describe(&list, &model.package);
        let entry = |term: &str, text: &str| {
            dom::append(&list, "dt", "", term);
            dom::append(&list, "dd", "", text);
        };
        let source = state.sources.get(model.source);
        let shipped = source.is_some_and(|source| source.shipped);
        let learned = source.is_some_and(|source| matches!(source.origin, Origin::Learned { .. }));
        let licence = about::licence(shipped);
        if learned {
            entry("Learned", &about::learned(&model.package));
        }
        entry("Not to be used for", about::not_for(model.package.config.task));
        entry("Recordings it has seen", &about::seen(&model.package));
        entry("Licence", if learned { about::LEARNED_LICENCE } else { &licence });
        entry(
            "SHA-256 of the file",
            state.share.sha256.as_deref().unwrap_or("computed over https and on localhost only"),
        );
    }
}

fn describe(list: &Element, package: &Package) {
    let entry = |term: &str, text: &str| {
        if !text.is_empty() {
            dom::append(list, "dt", "", term);
            dom::append(list, "dd", "", text);
        }
    };
    let (config, provenance) = (&package.config, &package.provenance);
    let (front_end, conditioning) = (&config.front_end, &config.conditioning);
    let labels: Vec<String> = config.labels.iter().map(|label| format::label(label)).collect();
    entry("Tells apart", &labels.join(", "));
    entry("Made for", &package.scope.as_ref().map(ToString::to_string).unwrap_or_default());
    let form = match front_end.form {
        Form::Paper => "paper form",
        Form::Bounded => "bounded form",
    };
    let learned = if front_end.learnable { "learned" } else { "not trained" };
    entry(
        "Front-end",
        &format!(
            "{} gammatone filters of order {}, {} taps, {form}, {learned}",
            front_end.filters, front_end.order, front_end.taps
        ),
    );
    let mut image = Vec::new();
    if let Some(floor) = config.scaling.floor_db {
        image.push(format!("nothing below a floor {floor} dB under the level of the recording"));
    }
    if config.scaling.compression == Compression::Power {
        image.push("a learned power of each filter's energy instead of the logarithm".into());
    }
    match config.scaling.normalisation {
        Normalisation::None => {}
        Normalisation::Window => image.push("each filter normalised over the window".into()),
        Normalisation::Data => image.push("each filter normalised by mean and deviation of the training data".into()),
    }
    entry("Before the classifier", &image.join(", "));
    entry("Classifier", &config.classifier.summary());
    let rate = f64::from(conditioning.sample_rate);
    let mut steps = vec![format!("{} Hz", conditioning.sample_rate)];
    if let Some([low, high]) = conditioning.band_hz {
        steps.push(format!("{low} to {high} Hz"));
    }
    if conditioning.spike_removal {
        steps.push(match conditioning.spike_rule {
            SpikeRule::Published => "spikes removed by the published rule".into(),
            SpikeRule::SparingBeats => "spikes removed".into(),
        });
    }
    steps.push(format!("windows of {} s", config.windowing.samples as f64 / rate));
    entry("Input", &steps.join(", "));
    entry("Trained on", &provenance.data);
    entry("Protocol", &provenance.protocol);
    if provenance.epochs > 0 {
        let on = if provenance.device.is_empty() { String::new() } else { format!(", {}", provenance.device) };
        entry("Training", &format!("{} epochs, seed {}{on}", provenance.epochs, provenance.seed));
    }
    entry("Software", &provenance.software_version);
    for (term, text) in reported::lines(&provenance.metrics) {
        entry(term, &text);
    }
    if let Some(assessment) = &package.assessment {
        reported::assessed(assessment).iter().for_each(|(term, text)| entry(term, text));
    }
}
