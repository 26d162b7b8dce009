//! What goes wrong in training without an error: numbers that are none, a network that says the same to everything, filters
//! that have run to their bounds.

use std::collections::BTreeSet;
use std::fmt;

use super::labelled::Labelled;
use crate::filterbank::Form;
use crate::model::{ModelConfig, Weights};
use crate::text::{NAMED, first};
use crate::{Error, Result};

/// So many skipped steps in a row end a run: a bad recording spoils one or two, and after more nothing will get better.
const MOST_IN_A_ROW: u32 = 10;
/// So many skipped steps are said one by one; then they are only counted.
const SAID: u64 = 3;
/// Unit-free numbers of a bounded filter, centre and bandwidth, beyond which steps hardly move it: its centre lies within 0.1 %
/// of the ERB scale of one end, its bandwidth within 1 % of what it can be. Filters start at 5.3 and 1.8 at most.
const FARTHEST: [f32; 2] = [6.9, 2.65];
/// A network may say the same to everything for so many epochs: many begin like that.
const SAME_EPOCHS: u32 = 3;

/// Steps that were undone, because the loss or a gradient was no number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fault {
    /// Parameters whose gradients are no numbers; none where only the loss is.
    pub tensors: Vec<String>,
    /// Numbers of the recordings of the first batch whose loss is no number, or of the last one.
    pub recordings: Vec<usize>,
}

/// Counts steps that were skipped.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    in_a_row: u32,
    /// In the whole run.
    pub skipped: u64,
}

impl Guard {
    /// Steps went well.
    pub fn fine(&mut self) {
        self.in_a_row = 0;
    }

    /// Steps were skipped. Returns what people are to be told of it; nothing where enough was said.
    ///
    /// # Errors
    /// [`Error::Invalid`] after too many in a row, with what is wrong.
    pub fn fault<R: Labelled>(&mut self, fault: &Fault, recordings: &[R]) -> Result<Option<String>> {
        self.in_a_row += 1;
        self.skipped += 1;
        let what = match fault.tensors.as_slice() {
            [] => "the loss was not a number".to_owned(),
            tensors => {
                let tensors: Vec<&String> = tensors.iter().collect();
                format!("the gradient of {} was not a number", first(&tensors, NAMED, ", "))
            }
        };
        let names: BTreeSet<String> =
            fault.recordings.iter().filter_map(|&one| recordings.get(one)).map(Labelled::name).collect();
        let names: Vec<&String> = names.iter().collect();
        let what = format!("{what}, in a batch of {}", first(&names, NAMED, ", "));
        if self.in_a_row >= MOST_IN_A_ROW {
            return Err(Error::invalid(format!(
                "training diverged: {MOST_IN_A_ROW} steps in a row were skipped. In the last one {what}"
            )));
        }
        let more = if self.skipped == SAID { "; further ones are only counted" } else { "" };
        Ok((self.skipped <= SAID).then(|| format!("a step was skipped: {what}{more}")))
    }
}

/// What a network has come to that its owner should know. Its text says what; whoever leads the run adds what may help there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// For some epochs every validation recording got this label, though they are of several classes.
    OneLabel(String),
    /// For some epochs every window that was learned from got this label; there are no validation recordings.
    OneLabelInTraining(String),
    /// These filters, counted from 0, lie where they can hardly be moved further, or out of what is a filter.
    AtBounds(Vec<usize>),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneLabel(label) => {
                write!(f, "for {SAME_EPOCHS} epochs the network has called every validation recording {label}")
            }
            Self::OneLabelInTraining(label) => {
                write!(f, "for {SAME_EPOCHS} epochs the network has called every window that it learned from {label}")
            }
            Self::AtBounds(filters) => {
                let numbers: Vec<usize> = filters.iter().map(|filter| filter + 1).collect();
                write!(f, "filters have run to the bounds of what they can be: {}", first(&numbers, NAMED, ", "))
            }
        }
    }
}

/// Watches what a network comes to from epoch to epoch.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// Epochs in a row in which everything got the same label.
    same: u32,
    /// Filters that were said to lie at their bounds.
    at_bounds: BTreeSet<usize>,
}

impl Watch {
    /// What is to be said after an epoch with these weights. `confusion` has, for the validation recordings of every class, how
    /// many got each label, `[classes][labels]` in the order of the model's labels; none where there are no such recordings.
    /// Then `given` counts: how many windows of the epoch's batches got each label while they were learned from, `[labels]`.
    pub fn epoch(
        &mut self,
        config: &ModelConfig,
        weights: &Weights,
        confusion: Option<&[Vec<u64>]>,
        given: &[u64],
    ) -> Vec<Warning> {
        let mut said = Vec::new();
        let labels = &config.labels;
        let only = match confusion {
            Some(rows) => only_column(rows).and_then(|label| labels.get(label)).cloned().map(Warning::OneLabel),
            None => only_one(given).and_then(|label| labels.get(label)).cloned().map(Warning::OneLabelInTraining),
        };
        match only {
            Some(warning) => {
                self.same += 1;
                if self.same == SAME_EPOCHS {
                    said.push(warning);
                }
            }
            None => self.same = 0,
        }
        let now = at_bounds(config, weights);
        let new: Vec<usize> = now.difference(&self.at_bounds).copied().collect();
        if !new.is_empty() {
            said.push(Warning::AtBounds(new));
        }
        self.at_bounds.extend(now);
        said
    }
}

/// The number of the label that all recordings get, where they are of several classes.
fn only_column(confusion: &[Vec<u64>]) -> Option<usize> {
    let classes = confusion.iter().filter(|row| row.iter().any(|count| *count > 0)).count();
    let labels = confusion.iter().map(Vec::len).max()?;
    let given = |label: usize| -> u64 { confusion.iter().filter_map(|row| row.get(label)).sum() };
    let given: Vec<u64> = (0..labels).map(given).collect();
    only_one(&given).filter(|_| classes > 1)
}

/// The number of the label that everything gets, where there are several labels.
fn only_one(given: &[u64]) -> Option<usize> {
    let mut labels = given.iter().enumerate().filter(|(_, count)| **count > 0).map(|(label, _)| label);
    let only = labels.next()?;
    (labels.next().is_none() && given.len() > 1).then_some(only)
}

/// Numbers of the filters that training has moved to where they can hardly be moved further, or out of what is a filter.
fn at_bounds(config: &ModelConfig, weights: &Weights) -> BTreeSet<usize> {
    let front_end = &config.front_end;
    let nyquist = front_end.sample_rate as f32 / 2.0;
    let numbers = |name: &str| weights.get(&format!("front_end.{name}")).map_or(&[][..], Vec::as_slice);
    let is_out = |[centre, bandwidth]: [f32; 2]| match front_end.form {
        Form::Bounded => centre.abs() > FARTHEST[0] || bandwidth.abs() > FARTHEST[1],
        Form::Paper => !(0.0..=nyquist).contains(&centre) || bandwidth <= 0.0,
    };
    let filters = numbers("centre_frequency").iter().zip(numbers("bandwidth")).enumerate();
    filters.filter(|(_, (centre, bandwidth))| is_out([**centre, **bandwidth])).map(|(number, _)| number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Recording;
    use crate::learning::testing::Known;
    use crate::model::Task;
    use crate::prediction::Prepared;

    #[test]
    fn skipped_steps_in_a_row_end_a_run_and_say_why() {
        let mut guard = Guard::default();
        let fault = Fault { tensors: vec!["front_end.gain".into()], recordings: vec![0] };
        let known = Known::new(1, "x", Prepared::bare(Recording::new(vec![0.1; 9], 1000).unwrap()));
        let recordings = [known];
        let mut said = Vec::new();
        for _ in 0..3 {
            (1..MOST_IN_A_ROW).for_each(|_| said.extend(guard.fault(&fault, &recordings).unwrap()));
            guard.fine();
        }
        assert!(
            said.len() as u64 == SAID && said.iter().all(|said| said.starts_with("a step was skipped: ")),
            "{said:?}"
        );
        assert!(said[2].ends_with("in a batch of 1 of x; further ones are only counted"), "{said:?}");
        let more = (0..MOST_IN_A_ROW).find_map(|_| guard.fault(&fault, &recordings).err()).unwrap().to_string();
        assert!(more.contains("10 steps in a row") && more.contains("the gradient of front_end.gain"), "{more}");
        assert_eq!(guard.skipped, u64::from(3 * (MOST_IN_A_ROW - 1) + MOST_IN_A_ROW));
    }

    #[test]
    fn filters_at_their_bounds_are_said_once_and_none_starts_there() {
        for form in [Form::Bounded, Form::Paper] {
            let mut config = Task::Heart.model(vec!["normal".into(), "abnormal".into()], 3, 2);
            config.front_end.form = form;
            let initial = config.front_end.initial_filters().unwrap();
            let raw: Vec<[f64; 3]> = initial.iter().map(|filter| config.front_end.to_unconstrained(filter)).collect();
            let column = |index: usize| raw.iter().map(|numbers| numbers[index] as f32).collect::<Vec<f32>>();
            let mut weights = Weights::from([
                ("front_end.centre_frequency".to_owned(), column(0)),
                ("front_end.bandwidth".to_owned(), column(1)),
            ]);
            let mut watch = Watch::default();
            assert_eq!(watch.epoch(&config, &weights, None, &[]), Vec::<Warning>::new(), "{form:?}");
            weights.get_mut("front_end.centre_frequency").unwrap()[1] = -8.0;
            let said = watch.epoch(&config, &weights, None, &[]);
            assert_eq!(said, [Warning::AtBounds(vec![1])]);
            assert!(said[0].to_string().ends_with("what they can be: 2"), "{said:?}");
            assert!(watch.epoch(&config, &weights, None, &[]).is_empty());
        }
    }

    #[test]
    fn a_network_that_calls_everything_the_same_is_said_once_after_some_epochs() {
        let config = Task::Heart.model(vec!["normal".into(), "abnormal".into()], 3, 2);
        let (same, both, one_class) = ([vec![0, 4], vec![0, 2]], [vec![1, 3], vec![0, 2]], [vec![0, 0], vec![0, 2]]);
        let mut watch = Watch::default();
        // What it says of the windows that it learns from does not count then.
        let mut said = |confusion: &[Vec<u64>]| watch.epoch(&config, &Weights::new(), Some(confusion), &[9, 0]);
        assert!([&same, &same, &both, &same, &same].iter().all(|confusion| said(*confusion).is_empty()));
        let now = said(&same);
        assert_eq!(now, [Warning::OneLabel("abnormal".into())]);
        assert!(now[0].to_string().contains("every validation recording abnormal"));
        assert!([&same, &one_class, &one_class, &one_class].iter().all(|confusion| said(*confusion).is_empty()));
    }

    /// Nothing was noticed where no recordings choose the epoch.
    #[test]
    fn a_network_that_calls_all_it_learns_from_the_same_is_said_where_nothing_is_validated() {
        let config = Task::Heart.model(vec!["normal".into(), "abnormal".into()], 3, 2);
        let mut watch = Watch::default();
        let mut said = |given: &[u64]| watch.epoch(&config, &Weights::new(), None, given);
        assert!([[0, 8], [0, 8], [1, 7], [0, 8], [0, 8]].iter().all(|given| said(given).is_empty()));
        let now = said(&[0, 8]);
        assert_eq!(now, [Warning::OneLabelInTraining("abnormal".into())]);
        assert!(now[0].to_string().ends_with("every window that it learned from abnormal"), "{now:?}");
        assert!([&[0, 8][..], &[0, 0], &[]].iter().all(|given| said(given).is_empty()));
    }
}
