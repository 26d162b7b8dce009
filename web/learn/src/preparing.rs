//! Before the first step: the recordings are conditioned one by one, and divided.

use std::collections::{BTreeMap, BTreeSet};

use spectnet_core::model::ModelConfig;
use spectnet_core::package::recordings::Digest;
use spectnet_core::text::{NAMED, first};
use spectnet_core::{Error, Result};

use crate::message::{Labelled, Part};
use crate::recordings::{Conditioned, Sound};
use crate::split::{Given, split};

/// Recordings on the way to being divided.
pub(crate) struct Preparation {
    given: Vec<Labelled>,
    /// Those that are not conditioned yet, the first one last.
    waiting: Vec<Vec<Vec<f32>>>,
    done: Vec<Done>,
}

/// What came of a recording.
enum Done {
    /// Its samples are kept, for it may be divided.
    Usable(Sound, Conditioned),
    /// Why it is of no use.
    LeftOut(String),
}

/// Recordings by what they are used for.
pub(crate) struct Divided {
    /// What each is used for, in the order in which they were given.
    pub(crate) parts: Vec<Part>,
    /// The digest of each; none where it could not be read.
    pub(crate) digests: Vec<Option<Digest>>,
    /// Learned from, and held out.
    pub(crate) sides: [Vec<Conditioned>; 2],
}

impl Preparation {
    /// Of recordings with their samples, one list a channel.
    pub(crate) fn new(given: &[Labelled], mut samples: Vec<Vec<Vec<f32>>>) -> Self {
        samples.reverse();
        Self { given: given.to_vec(), waiting: samples, done: Vec::new() }
    }

    /// Conditions the next recording for a model. Returns how many are done; `None` where all were.
    pub(crate) fn prepare_next(&mut self, config: &ModelConfig) -> Option<usize> {
        let given = self.given.get(self.done.len())?;
        let channels = self.waiting.pop()?;
        let usable = Sound::new(channels, given.sample_rate)
            .and_then(|sound| Ok((Conditioned::new(config, given.label, &given.name, &sound)?, sound)));
        self.done.push(match usable {
            Ok((conditioned, sound)) => Done::Usable(sound, conditioned),
            Err(error) => Done::LeftOut(error.to_string()),
        });
        Some(self.done.len())
    }

    /// Deals them out by a seed; without one all are learned from. `known` are the labels of the model that learns.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a class that the model does not know and of which there is nothing to learn from, and where there
    /// is something of one class alone.
    pub(crate) fn divided(
        mut self,
        config: &ModelConfig,
        labels: &[String],
        known: &[String],
        seed: Option<u64>,
    ) -> Result<Divided> {
        self.leave_out_copies();
        match labels == known {
            true => self.check_number_of_classes()?,
            false => self.check_classes(labels)?,
        }
        let given: Vec<Given> = self.usable().map(|(given, conditioned)| as_given(given, conditioned)).collect();
        let parts = match seed {
            Some(seed) => split(&given, labels.len(), seed),
            None => vec![Part::Learned; given.len()],
        };
        let mut of_usable = parts.into_iter();
        let mut divided = Divided { parts: Vec::new(), digests: Vec::new(), sides: [Vec::new(), Vec::new()] };
        for done in self.done {
            match done {
                Done::LeftOut(why) => divided.add(Part::LeftOut { why }, None),
                Done::Usable(sound, conditioned) => {
                    let part = of_usable.next().unwrap_or(Part::Learned);
                    divided.take(config, part, &sound, conditioned);
                }
            }
        }
        Ok(divided)
    }

    fn usable(&self) -> impl Iterator<Item = (&Labelled, &Conditioned)> {
        self.given.iter().zip(&self.done).filter_map(|(given, done)| match done {
            Done::Usable(_, conditioned) => Some((given, conditioned)),
            Done::LeftOut(_) => None,
        })
    }

    /// The same sound counts once, so that it is not on both sides; with two labels it does not count at all.
    fn leave_out_copies(&mut self) {
        let mut first: BTreeMap<Digest, usize> = BTreeMap::new();
        let mut copies = Vec::new();
        for (number, done) in self.done.iter().enumerate() {
            let Done::Usable(_, conditioned) = done else { continue };
            match first.get(&conditioned.digest) {
                None => _ = first.insert(conditioned.digest, number),
                Some(&other) => {
                    let [own, its] = [number, other].map(|one| &self.given[one]);
                    let differ = own.label != its.label;
                    let why = |one: &Labelled| match differ {
                        true => format!("it is the same sound as {}, which has another label", one.name),
                        false => format!("it is the same sound as {}", one.name),
                    };
                    copies.push((number, why(its)));
                    if differ {
                        copies.push((other, why(own)));
                    }
                }
            }
        }
        for (number, why) in copies {
            self.done[number] = Done::LeftOut(why);
        }
    }

    /// Refuses recordings of one class alone, which teach a model nothing but to name it.
    fn check_number_of_classes(&self) -> Result<()> {
        let classes: BTreeSet<usize> = self.usable().map(|(given, _)| given.label).collect();
        if classes.len() >= 2 {
            return Ok(());
        }
        Err(Error::invalid(
            "there are recordings to learn from of one class at most; record or label some of another, so that the model \
             learns to tell them apart",
        ))
    }

    /// Refuses a class of which nothing can be used.
    fn check_classes(&self, labels: &[String]) -> Result<()> {
        let is_there = |class: usize| self.usable().any(|(given, _)| given.label == class);
        let Some(class) = (0..labels.len()).find(|&class| !is_there(class)) else { return Ok(()) };
        let own = self.given.iter().zip(&self.done).filter(|(given, _)| given.label == class);
        let reasons: Vec<String> = own
            .filter_map(|(given, done)| match done {
                Done::LeftOut(why) => Some(format!("{}: {why}", given.name)),
                Done::Usable(..) => None,
            })
            .collect();
        let why = if reasons.is_empty() { "there is none".into() } else { first(&reasons, NAMED, "; ") };
        Err(Error::invalid(format!(
            "there is no recording of {} to learn from ({why}); record or label one, or take the class away",
            labels[class]
        )))
    }
}

fn as_given<'a>(given: &'a Labelled, conditioned: &Conditioned) -> Given<'a> {
    Given { label: given.label, group: &given.group, seconds: conditioned.sounding_s() }
}

impl Divided {
    fn add(&mut self, part: Part, digest: Option<Digest>) {
        self.parts.push(part);
        self.digests.push(digest);
    }

    /// Takes a recording that can be used. Where its end cannot be held out, all of it is learned from.
    fn take(&mut self, config: &ModelConfig, part: Part, sound: &Sound, conditioned: Conditioned) {
        let digest = Some(conditioned.digest);
        let both = if part == Part::Both { halves(config, sound, &conditioned) } else { None };
        let [learned, held_out] = &mut self.sides;
        match (part, both) {
            (Part::Both, Some([beginning, end])) => {
                learned.push(beginning);
                held_out.push(end);
                self.add(Part::Both, digest);
            }
            (Part::HeldOut, _) => {
                held_out.push(conditioned);
                self.add(Part::HeldOut, digest);
            }
            _ => {
                learned.push(conditioned);
                self.add(Part::Learned, digest);
            }
        }
    }
}

/// Beginning and end of a recording, each conditioned by itself; `None` where one of them holds too little.
fn halves(config: &ModelConfig, sound: &Sound, whole: &Conditioned) -> Option<[Conditioned; 2]> {
    let (_, prepared) = whole.downmixes.first()?;
    let [beginning, end] = sound.divided(prepared)?;
    let of = |sound: &Sound| Conditioned::new(config, whole.label, &whole.name, sound).ok();
    Some([of(&beginning)?, of(&end)?])
}

#[cfg(test)]
mod tests {
    use spectnet_core::model::Task;

    use super::*;

    const RATE: u32 = 16_000;

    fn tone(step: f32, seconds: f32) -> Vec<Vec<f32>> {
        vec![(0..(seconds * RATE as f32) as usize).map(|k| 0.1 * (step * k as f32).sin()).collect()]
    }

    fn labelled(name: &str, label: usize) -> Labelled {
        Labelled { name: name.into(), label, sample_rate: RATE, group: String::new() }
    }

    fn divided(given: &[Labelled], samples: Vec<Vec<Vec<f32>>>, seed: Option<u64>) -> Result<Divided> {
        let labels = ["tone".to_owned(), "other".to_owned()];
        let config = Task::Scene.model(labels.to_vec(), 16, 2);
        let mut preparation = Preparation::new(given, samples);
        let count = given.len();
        assert_eq!(std::iter::from_fn(|| preparation.prepare_next(&config)).last(), (count > 0).then_some(count));
        preparation.divided(&config, &labels, &[], seed)
    }

    fn why(part: &Part) -> &str {
        match part {
            Part::LeftOut { why } => why,
            _ => "",
        }
    }

    #[test]
    fn what_is_of_no_use_is_left_out_with_the_reason() {
        let given = ["a", "silence", "again", "b", "broken"].map(|name| labelled(name, usize::from(name == "b")));
        let samples =
            vec![tone(0.3, 3.0), vec![vec![0.0; 40_000]], tone(0.3, 3.0), tone(0.5, 3.0), vec![vec![f32::NAN; 9]]];
        let found = divided(&given, samples, Some(1)).unwrap();
        assert_eq!([&found.parts[0], &found.parts[3]], [&Part::Both, &Part::Both]);
        assert!(why(&found.parts[1]).contains("no sound") && why(&found.parts[4]).contains("NaN"), "{:?}", found.parts);
        assert_eq!(why(&found.parts[2]), "it is the same sound as a");
        assert_eq!(found.digests.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, false, true, false]);
        assert_eq!(found.sides.map(|side| side.len()), [2, 2]);
    }

    #[test]
    fn the_same_sound_with_two_labels_counts_for_neither() {
        let given = [labelled("a", 0), labelled("b", 1), labelled("c", 0)];
        let refused = divided(&given, vec![tone(0.3, 3.0), tone(0.3, 3.0), tone(0.5, 3.0)], Some(1));
        let refused = refused.err().unwrap().to_string();
        assert!(
            refused.contains("no recording of other to learn from (b: it is the same sound as a, which has"),
            "{refused}"
        );
    }

    #[test]
    fn a_model_that_knows_its_classes_needs_examples_of_two_of_them() {
        let found = |given: &[Labelled]| {
            let config = Task::Scene.model(["some", "other", "third"].map(String::from).to_vec(), 16, 2);
            let samples = (0..given.len()).map(|number| tone(0.3 + 0.2 * number as f32, 3.0)).collect();
            let mut preparation = Preparation::new(given, samples);
            while preparation.prepare_next(&config).is_some() {}
            let known = config.labels.clone();
            preparation.divided(&config, &known, &known, Some(1)).map(|divided| divided.parts.len())
        };
        assert_eq!(found(&[labelled("a", 0), labelled("b", 2)]).unwrap(), 2);
        let one = found(&[labelled("a", 0), labelled("b", 0)]).unwrap_err().to_string();
        assert!(one.contains("one class at most"), "{one}");
    }

    #[test]
    fn what_is_too_short_to_be_divided_is_learned_from() {
        let given = [labelled("short", 0), labelled("long", 1)];
        let found = divided(&given, vec![tone(0.3, 0.5), tone(0.5, 4.0)], Some(1)).unwrap();
        assert_eq!(found.parts, [Part::Learned, Part::Both]);
        let [learned, held_out] = found.sides;
        assert_eq!((learned.len(), held_out.len(), held_out[0].label), (2, 1, 1));
        assert!(learned[1].sounding_s() > 2.0 * held_out[0].sounding_s() - 0.3);
    }

    #[test]
    fn without_a_split_all_are_learned_from() {
        let given = [labelled("a", 0), labelled("b", 1)];
        let found = divided(&given, vec![tone(0.3, 3.0), tone(0.5, 3.0)], None).unwrap();
        assert_eq!(found.parts, [Part::Learned, Part::Learned]);
        assert!(found.sides[1].is_empty());
        let none = divided(&[labelled("a", 0)], vec![tone(0.3, 3.0)], None).err().unwrap().to_string();
        assert!(none.contains("no recording of other") && none.contains("there is none"), "{none}");
    }
}
