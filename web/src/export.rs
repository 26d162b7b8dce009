//! What leaves the page as a file: the result with all it rests on as JSON, the windows as CSV, and the words of the
//! picture.

use serde::Serialize;
use spectnet_core::audio::{ChannelChoice, Channels};
use spectnet_core::model::Task;
use spectnet_core::package::FORMAT_VERSION;
use spectnet_core::prediction::scope::Scope;

use crate::about;
use crate::result::RecordingResult;

/// Digits of a digest that are shown to people; all of it stands in the JSON.
const DIGITS: usize = 16;

/// A text file to be downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: &'static str,
    /// What is in it.
    pub text: String,
}

/// The result with all that it rests on: the keys of the result, and these.
#[derive(Debug, Serialize)]
pub struct Export<'a> {
    /// The result.
    #[serde(flatten)]
    pub result: &'a RecordingResult,
    /// The model.
    pub model: Model<'a>,
    /// The recording.
    pub recording: Recording,
    /// What a person has set.
    pub settings: Settings<'a>,
    /// The program.
    pub software: Software,
}

/// The model that a result comes from.
#[derive(Debug, Serialize)]
pub struct Model<'a> {
    /// What the menu calls it.
    pub name: &'a str,
    /// SHA-256 of its file; null where the browser does not compute one, which it does over https and on localhost.
    pub sha256: Option<&'a str>,
    /// Version of the program that trained it.
    pub trained_by: &'a str,
    /// For whom it was made; null where its file does not say.
    pub scope: Option<&'a Scope>,
}

/// The recording that a result is about.
#[derive(Debug, Serialize)]
pub struct Recording {
    /// Its length in seconds; null where that is not known.
    pub length_s: Option<f64>,
    /// How much of it is judged, in seconds.
    pub judged_s: f64,
    /// Its own sampling rate in Hz.
    pub sample_rate: u32,
    /// Number of channels.
    pub channels: usize,
}

/// What a person has set.
#[derive(Debug, Serialize)]
pub struct Settings<'a> {
    /// Probability from which on a recording is called positive.
    pub threshold: Option<f64>,
    /// The prevalence that was typed; null: that of the recordings the model was measured on.
    pub prevalence: Option<f64>,
    /// Which channels are judged; null: as the model does.
    pub channel: Option<String>,
    /// Whether all of the recording is judged.
    pub whole: bool,
    /// What computes: `webgpu` or `cpu`.
    pub backend: &'a str,
    /// Which device that is, or why it was taken.
    pub device: &'a str,
}

/// The program.
#[derive(Debug, Serialize)]
pub struct Software {
    /// Its version.
    pub version: &'static str,
    /// The commit that it was built from; null where the build did not know it.
    pub commit: Option<&'static str>,
    /// The highest version of model files that it reads.
    pub model_format: u32,
}

impl Default for Software {
    /// This program.
    fn default() -> Self {
        Self { version: about::VERSION, commit: about::COMMIT, model_format: FORMAT_VERSION }
    }
}

impl Export<'_> {
    /// JSON, with indents.
    pub fn json(&self) -> String {
        // Plain numbers and strings cannot fail to serialise; an empty object would show that they did.
        serde_json::to_string_pretty(self).unwrap_or_else(|_| "{}".into())
    }
}

/// The name of a file of a result, with this ending.
pub fn file_name(result: &RecordingResult, ending: &str) -> String {
    let name = result.file_name();
    format!("{}{ending}", name.strip_suffix("json").unwrap_or(&name))
}

/// The windows as CSV: start, end, downmix, weight, and the probability of every class.
pub fn windows_csv(result: &RecordingResult, labels: &[String]) -> String {
    let titles = ["start_s", "end_s", "view", "weight"].map(String::from).into_iter();
    let mut lines = vec![titles.chain(labels.iter().map(|label| cell(label))).collect::<Vec<_>>().join(",")];
    for window in &result.prediction.windows {
        let probability = |label: &String| window.probabilities.get(label).copied().unwrap_or(0.0).to_string();
        let start = [window.start_s.to_string(), window.end_s.to_string()].into_iter();
        let how = [window.downmix.to_string(), window.weight.to_string()].into_iter();
        lines.push(start.chain(how).chain(labels.iter().map(probability)).collect::<Vec<_>>().join(","));
    }
    lines.push(String::new());
    lines.join("\r\n")
}

/// A text as a cell: in quotes where it needs them, and never a formula for a spreadsheet.
fn cell(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.into() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// Which channels are judged, as the command line writes it; empty is as the model does.
pub fn channel(choice: Option<ChannelChoice>) -> String {
    match choice {
        None => String::new(),
        Some(ChannelChoice::All(Channels::Mean)) => "mean".into(),
        Some(ChannelChoice::All(Channels::MidSide)) => "mid-side".into(),
        Some(ChannelChoice::All(Channels::Separate)) => "separate".into(),
        Some(ChannelChoice::One(channel)) => (channel + 1).to_string(),
    }
}

/// What must be said wherever a result of this task is shown.
pub fn warning(task: Task) -> &'static str {
    match task {
        Task::Heart => {
            "A research demo, not a medical device. It says nothing about your health. Do not base any decision about a \
             person on it."
        }
        Task::Scene => {
            "It knows only the classes it was trained on. It names one of them, or says “none of these” where a recording \
             seems unlike all of them. Either can be wrong."
        }
    }
}

/// The model and the program in a line, for paper and picture.
pub fn origin(model: &str, sha256: Option<&str>) -> String {
    let digest = sha256.and_then(|digest| digest.get(..DIGITS)).map(|digest| format!(" (SHA-256 {digest}…)"));
    format!("Model: {model}{}. SpectNet {}.", digest.unwrap_or_default(), about::VERSION)
}

/// The lines of a text that hold at most so many characters each; a longer word has a line of its own.
pub fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.into()),
        }
    }
    lines
}

/// A colour as every program for drawings reads it: browsers write mixed ones as `color(srgb 0.1 0.2 0.3 / 0.5)`.
pub fn plain_colour(colour: &str) -> String {
    let mixed = colour.strip_prefix("color(srgb ").and_then(|inner| inner.strip_suffix(')'));
    let numbers = mixed.map(|inner| inner.split([' ', '/']).filter(|part| !part.is_empty()).map(str::parse::<f64>));
    let numbers: Option<Vec<f64>> = numbers.and_then(|numbers| numbers.map(Result::ok).collect());
    let byte = |part: f64| (255.0 * part.clamp(0.0, 1.0)).round();
    match numbers.as_deref() {
        Some([red, green, blue]) => format!("rgb({}, {}, {})", byte(*red), byte(*green), byte(*blue)),
        Some([red, green, blue, alpha]) => {
            format!("rgba({}, {}, {}, {alpha})", byte(*red), byte(*green), byte(*blue))
        }
        _ => colour.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use spectnet_core::audio::Downmix;
    use spectnet_core::prediction::decision::Figures;
    use spectnet_core::prediction::{Prediction, Probabilities, WindowPrediction};

    use super::*;

    fn result() -> RecordingResult {
        let probabilities: Probabilities = [("rain, \"heavy\"".to_string(), 0.25), ("=1+1".to_string(), 0.75)].into();
        let window = |start_s: f64, downmix| WindowPrediction {
            start_s,
            end_s: start_s + 2.5,
            downmix,
            cycle: false,
            weight: 0.5,
            probabilities: probabilities.clone(),
        };
        let prediction = Prediction {
            label: Some("=1+1".into()),
            abstained: None,
            probabilities: probabilities.clone(),
            threshold: None,
            figures: Figures::default(),
            calibrated: false,
            quality: None,
            rhythm: None,
            openness: None,
            blanked_fraction: None,
            notes: Vec::new(),
            windows: vec![window(0.0, Downmix::Mean), window(1.25, Downmix::Channel(1))],
            cycles: Vec::new(),
        };
        RecordingResult { file: "rain.flac".into(), prediction }
    }

    #[test]
    fn the_export_adds_keys_and_changes_none() {
        let (result, scope) = (result(), Scope { people: Some("adults".into()), ..Scope::default() });
        let export = Export {
            result: &result,
            model: Model { name: "Sounds", sha256: Some("ab12"), trained_by: "0.1.0", scope: Some(&scope) },
            recording: Recording { length_s: Some(5.0), judged_s: 3.75, sample_rate: 22_050, channels: 2 },
            settings: Settings {
                threshold: None,
                prevalence: None,
                channel: Some("2".into()),
                whole: false,
                backend: "cpu",
                device: "none",
            },
            software: Software::default(),
        };
        let plain: Value = serde_json::from_str(&result.json()).unwrap();
        let all: Value = serde_json::from_str(&export.json()).unwrap();
        for (key, value) in plain.as_object().unwrap() {
            assert_eq!(&all[key], value, "{key}");
        }
        let added: Vec<&String> =
            all.as_object().unwrap().keys().filter(|key| plain.get(key.as_str()).is_none()).collect();
        assert_eq!(added.len(), 4, "{added:?}");
        assert_eq!(all["model"]["sha256"], "ab12");
        assert_eq!(all["model"]["scope"]["people"], "adults");
        assert_eq!(all["recording"]["sample_rate"], 22_050);
        assert_eq!(all["settings"]["channel"], "2");
        assert_eq!(all["software"]["version"], about::VERSION);
        assert_eq!(file_name(&result, "csv"), "rain.spectnet.csv");
    }

    #[test]
    fn the_windows_are_a_table_without_formulas() {
        let labels = ["rain, \"heavy\"", "=1+1"].map(String::from);
        let csv = windows_csv(&result(), &labels);
        let expected = "start_s,end_s,view,weight,\"rain, \"\"heavy\"\"\",'=1+1\r\n0,2.5,mean,0.5,0.25,0.75\r\n\
                        1.25,3.75,channel 2,0.5,0.25,0.75\r\n";
        assert_eq!(csv, expected);
    }

    #[test]
    fn channels_are_written_as_they_are_read() {
        for text in ["mean", "mid-side", "separate", "1", "12"] {
            assert_eq!(channel(text.parse().ok()), text);
        }
        assert_eq!(channel(None), "");
    }

    #[test]
    fn a_text_is_cut_between_words() {
        assert_eq!(wrapped("a bc def  ghij klmnop", 6), ["a bc", "def", "ghij", "klmnop"]);
        assert_eq!(wrapped("a bc", 4), ["a bc"]);
        assert_eq!(wrapped("", 4), [""; 0]);
    }

    #[test]
    fn mixed_colours_become_plain_ones() {
        assert_eq!(plain_colour("color(srgb 0 0.5 1)"), "rgb(0, 128, 255)");
        assert_eq!(plain_colour("color(srgb 1 0 0 / 0.5)"), "rgba(255, 0, 0, 0.5)");
        for same in ["rgb(1, 2, 3)", "none", "color(srgb a b c)", "color(display-p3 1 0 0)"] {
            assert_eq!(plain_colour(same), same);
        }
    }

    #[test]
    fn the_warning_is_that_of_the_page() {
        let page = include_str!("../../index.html");
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let page = words(&page.replace("<strong>", "").replace("</strong>", ""));
        for task in [Task::Heart, Task::Scene] {
            assert!(page.contains(&words(warning(task))), "{task:?}");
        }
    }

    #[test]
    fn model_and_program_are_named_in_a_line() {
        let line = origin("Hearts", Some("0123456789abcdef0123"));
        assert_eq!(line, format!("Model: Hearts (SHA-256 0123456789abcdef…). SpectNet {}.", about::VERSION));
        assert!(origin("Hearts", None).starts_with("Model: Hearts. SpectNet "));
    }
}
