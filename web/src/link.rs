//! A link that opens the page again as it is: `?model=…&example=…&seed=…&threshold=…&prevalence=…&filter=…`, and
//! `&from=…&to=…` where a part of the example is looked at. Recordings and models of a person's own cannot be linked:
//! they never leave the device.

use spectnet_core::model::ModelConfig;
use spectnet_core::text::plain;

use crate::example;
use crate::state::RecordingSource;

/// Most characters of a value that are repeated where it cannot be used.
const MOST_SHOWN: usize = 40;

/// What the page's address asks for, and what stands in a link.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Link {
    /// The address of a model.
    pub model: Option<String>,
    /// An example of that model.
    pub example: Option<Example>,
    /// The probability from which on a recording is called positive, 0 to 1.
    pub threshold: Option<f64>,
    /// The fraction of positives among the recordings that are judged, 0 to 1.
    pub prevalence: Option<f64>,
    /// The filter whose numbers are shown, counted from 1.
    pub filter: Option<usize>,
    /// The part of the example that is seen, from and to in seconds; none: all of it.
    pub part: Option<[f64; 2]>,
    /// What it asks for and cannot be had, in sentences.
    pub problems: Vec<String>,
}

/// An example as it stands in a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Its name in small letters, with hyphens.
    pub name: String,
    /// What another synthesised sound is made from; none of a real recording.
    pub seed: Option<u64>,
}

/// An example among those that a model offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A real recording, by its place.
    Recorded(usize),
    /// A sound that is synthesised, by its place, with its seed.
    Synthesised(usize, u64),
}

impl Link {
    /// What the page's address asks for; `value` gives what stands there under a key.
    pub fn read(value: impl Fn(&str) -> Option<String>) -> Self {
        let given = |key: &str| value(key).filter(|text| !text.is_empty());
        let mut problems = Vec::new();
        let mut number = |key: &str, expected: &str, fits: fn(f64) -> bool| {
            let text = given(key)?;
            let number = text.trim().parse::<f64>().ok().filter(|number| fits(*number));
            if number.is_none() {
                problems.push(format!("The link’s {key} “{}” is left out: expected {expected}.", shown(&text)));
            }
            number
        };
        let fraction = |number: f64| (0.0..=1.0).contains(&number);
        let whole = |number: f64| number.fract() == 0.0 && (0.0..=1e9).contains(&number);
        let threshold = number("threshold", "a number from 0 to 1", fraction);
        let prevalence = number("prevalence", "a number from 0 to 1", fraction);
        let filter = number("filter", "the number of a filter", whole).map(|number| number as usize);
        let seconds = |number: f64| (0.0..=1e9).contains(&number);
        let [from, to] = ["from", "to"].map(|key| number(key, "seconds from the beginning", seconds));
        let part = from.zip(to).map(|(from, to)| [from, to]).filter(|[from, to]| from < to);
        let seed = number("seed", "a whole number", whole).map(|number| number as u64);
        let example = given("example").map(|name| Example { name, seed });
        Self { model: given("model"), example, threshold, prevalence, filter, part, problems }
    }

    /// The end of the page's address, with its question mark; empty where there is nothing to say.
    pub fn query(&self) -> String {
        let text = |key: &'static str, value: Option<String>| value.map(|value| format!("{key}={}", encoded(&value)));
        let example = self.example.as_ref();
        // Milliseconds are finer than what is seen.
        let edge = |edge: usize| self.part.map(|part| ((part[edge] * 1e3).round() / 1e3).to_string());
        let parts = [
            text("model", self.model.clone()),
            text("example", example.map(|example| example.name.clone())),
            text("seed", example.and_then(|example| example.seed).map(|seed| seed.to_string())),
            text("threshold", self.threshold.map(|threshold| threshold.to_string())),
            text("prevalence", self.prevalence.map(|prevalence| prevalence.to_string())),
            text("filter", self.filter.map(|filter| filter.to_string())),
            text("from", edge(0)),
            text("to", edge(1)),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }
}

impl Example {
    /// What stands for a recording in a link; none for a person's own.
    pub fn of(source: &RecordingSource) -> Option<Self> {
        match source {
            RecordingSource::Recorded(recorded) => Some(Self { name: stem(recorded.file).into(), seed: None }),
            RecordingSource::Synthesised(sound, seed) => Some(Self { name: hyphens(sound.name()), seed: Some(*seed) }),
            _ => None,
        }
    }

    /// Where it is among the examples of a model; none where that has no such example.
    pub fn place(&self, config: &ModelConfig) -> Option<Place> {
        let recorded = example::recorded(config).iter().position(|recorded| stem(recorded.file) == self.name);
        let synthesised = || example::synthesised(config).iter().position(|sound| hyphens(sound.name()) == self.name);
        recorded
            .map(Place::Recorded)
            .or_else(|| synthesised().map(|index| Place::Synthesised(index, self.seed.unwrap_or_default())))
    }
}

/// The beginning of a value of the address, as it is repeated to a person.
pub fn shown(text: &str) -> String {
    plain(text).chars().take(MOST_SHOWN).collect()
}

/// The name of a file without its ending.
fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// A name in small letters, with hyphens for what is neither letter nor digit.
fn hyphens(name: &str) -> String {
    name.to_lowercase().chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' }).collect()
}

/// A value as it stands in an address. Slashes and colons may stay as they are behind the question mark.
fn encoded(value: &str) -> String {
    let stays = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/:".contains(&byte);
    value.bytes().map(|byte| if stays(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use spectnet_core::model::Task;

    use super::*;
    use crate::example::Synthesised;
    use crate::state::Handle;

    fn read(pairs: &[(&str, &str)]) -> Link {
        Link::read(|key| pairs.iter().find(|pair| pair.0 == key).map(|pair| pair.1.to_owned()))
    }

    #[test]
    fn a_link_says_what_the_address_asks_for() {
        let link = read(&[
            ("model", "weights/heart.safetensors"),
            ("example", "systolic-murmur"),
            ("seed", "12"),
            ("threshold", "0.4"),
            ("prevalence", "0"),
            ("filter", "3"),
        ]);
        assert_eq!(link.problems, [""; 0]);
        let expected =
            "?model=weights/heart.safetensors&example=systolic-murmur&seed=12&threshold=0.4&prevalence=0&filter=3";
        assert_eq!(link.query(), expected);
        assert_eq!(read(&[]), Link::default());
        assert_eq!(read(&[("model", ""), ("threshold", "")]), Link::default(), "an empty value is none");
        assert_eq!(Link::default().query(), "");
        let part = read(&[("from", "1.5"), ("to", "4.25")]);
        assert_eq!((part.part, part.query()), (Some([1.5, 4.25]), "?from=1.5&to=4.25".into()));
        let finer = Link { part: Some([1.0 / 3.0, 7.0]), ..Link::default() };
        assert_eq!(finer.query(), "?from=0.333&to=7");
        for odd in [&[("from", "4"), ("to", "4")][..], &[("from", "4")], &[("to", "4")]] {
            assert_eq!(read(odd), Link::default(), "there is no such part");
        }
    }

    #[test]
    fn what_is_no_such_number_is_left_out_and_said() {
        for (key, value) in [
            ("threshold", "much"),
            ("threshold", "1.5"),
            ("threshold", "NaN"),
            ("prevalence", "-0.1"),
            ("prevalence", "inf"),
            ("filter", "-2"),
            ("filter", "1.5"),
            ("seed", "1e99"),
            ("from", "-1"),
            ("to", "later"),
        ] {
            let link = read(&[(key, value)]);
            let problem = format!("The link’s {key} “{value}” is left out: expected");
            assert!(link.problems.len() == 1 && link.problems[0].starts_with(&problem), "{:?}", link.problems);
            assert_eq!(Link { problems: Vec::new(), ..link }, Link::default());
        }
        let long = read(&[("threshold", &"x\u{202e}".repeat(100))]);
        assert!(long.problems[0].chars().count() < 120 && !long.problems[0].contains('\u{202e}'), "{long:?}");
    }

    #[test]
    fn every_value_survives_the_address() {
        let link = Link { model: Some("https://a.example/é b&c=d?e#f.safetensors".into()), ..Link::default() };
        assert_eq!(link.query(), "?model=https://a.example/%C3%A9%20b%26c%3Dd%3Fe%23f.safetensors");
    }

    #[test]
    fn every_example_is_found_again() {
        let hearts = Task::Heart.model(["normal", "abnormal"].map(String::from).to_vec(), 4, 2);
        for (index, recorded) in example::recorded(&hearts).into_iter().enumerate() {
            let example = Example::of(&RecordingSource::Recorded(recorded)).unwrap();
            assert_eq!(example.place(&hearts), Some(Place::Recorded(index)));
        }
        for (index, sound) in example::synthesised(&hearts).into_iter().enumerate() {
            let example = Example::of(&RecordingSource::Synthesised(sound, 7)).unwrap();
            assert_eq!(example.place(&hearts), Some(Place::Synthesised(index, 7)));
        }
        let cafe = Example::of(&RecordingSource::Synthesised(Synthesised::Scene("cafe", 8000), 7)).unwrap();
        assert_eq!((cafe.name.as_str(), cafe.place(&hearts)), ("voices-in-a-café", None));
        assert_eq!(Example::of(&RecordingSource::File(Handle::new(1))), None);
    }
}
