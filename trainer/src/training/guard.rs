//! What goes wrong in training without an error: numbers that are none, a network that says the same to everything, filters
//! that have run to their bounds.

use std::collections::BTreeSet;

use spectnet_core::filterbank::Form;
use spectnet_core::model::{ModelConfig, Weights};

use crate::data::left_out::{NAMED, first};
use crate::data::library::LabelledRecording;
use crate::error::{Error, Result};
use crate::evaluation::Evaluation;

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
pub(super) struct Fault {
    /// Parameters whose gradients are no numbers; none where only the loss is.
    pub tensors: Vec<String>,
    /// Numbers of the recordings of the first batch whose loss is no number, or of the last one.
    pub recordings: Vec<usize>,
}

/// Counts steps that were skipped.
#[derive(Clone, Debug, Default)]
pub(super) struct Guard {
    in_a_row: u32,
    /// In the whole run.
    pub skipped: u64,
}

impl Guard {
    /// Steps went well.
    pub(super) fn fine(&mut self) {
        self.in_a_row = 0;
    }

    /// Steps were skipped.
    ///
    /// # Errors
    /// Too many in a row, with what is wrong.
    pub(super) fn fault(&mut self, fault: &Fault, recordings: &[LabelledRecording]) -> Result<()> {
        self.in_a_row += 1;
        self.skipped += 1;
        let what = match fault.tensors.as_slice() {
            [] => "the loss was not a number".to_owned(),
            tensors => {
                let tensors: Vec<&String> = tensors.iter().collect();
                format!("the gradient of {} was not a number", first(&tensors, NAMED, ", "))
            }
        };
        let files: BTreeSet<String> =
            fault.recordings.iter().filter_map(|&one| recordings.get(one)).map(file).collect();
        let files: Vec<&String> = files.iter().collect();
        let what = format!("{what}, in a batch of {}", first(&files, NAMED, ", "));
        if self.in_a_row >= MOST_IN_A_ROW {
            return Err(Error::input(format!(
                "training diverged: {MOST_IN_A_ROW} steps in a row were skipped. In the last one {what}. Lower \
                 --learning-rate or --front-end-learning-rate, or look at these recordings (the last good state and the \
                 models saved so far are kept)"
            )));
        }
        if self.skipped <= SAID {
            let more = if self.skipped == SAID { "; further ones are only counted" } else { "" };
            say!("warning: a step was skipped: {what}{more}");
        }
        Ok(())
    }
}

fn file(recording: &LabelledRecording) -> String {
    recording.example.path.display().to_string()
}

/// Watches what a network comes to from epoch to epoch.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    /// Epochs in a row in which everything got the same label.
    same: u32,
    /// Filters that were said to lie at their bounds.
    at_bounds: BTreeSet<usize>,
}

impl Watch {
    /// What is to be said after an epoch.
    pub(super) fn epoch(
        &mut self,
        config: &ModelConfig,
        weights: &Weights,
        validation: Option<&Evaluation>,
    ) -> Vec<String> {
        let mut said = Vec::new();
        match validation.and_then(only_label) {
            Some(label) => {
                self.same += 1;
                if self.same == SAME_EPOCHS {
                    said.push(format!(
                        "warning: for {SAME_EPOCHS} epochs the network has called every validation recording {label}; a \
                         lower --learning-rate or another --normalise may help"
                    ));
                }
            }
            None => self.same = 0,
        }
        let now = at_bounds(config, weights);
        let new: Vec<String> = now.difference(&self.at_bounds).map(|filter| (filter + 1).to_string()).collect();
        if !new.is_empty() {
            let new: Vec<&String> = new.iter().collect();
            said.push(format!(
                "warning: filters have run to the bounds of what they can be: {}; a lower --front-end-learning-rate may help",
                first(&new, NAMED, ", ")
            ));
        }
        self.at_bounds.extend(now);
        said
    }
}

/// The label that all recordings get, where they are of several classes.
fn only_label(evaluation: &Evaluation) -> Option<&str> {
    let given = |label: usize| evaluation.confusion.iter().any(|row| row.get(label).is_some_and(|count| *count > 0));
    let classes = evaluation.confusion.iter().filter(|row| row.iter().any(|count| *count > 0)).count();
    let mut labels =
        evaluation.labels.iter().enumerate().filter(|(label, _)| given(*label)).map(|(_, name)| name.as_str());
    let only = labels.next()?;
    (labels.next().is_none() && classes > 1).then_some(only)
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
    use spectnet_core::model::Task;

    #[test]
    fn skipped_steps_in_a_row_end_a_run_and_say_why() {
        let mut guard = Guard::default();
        let fault = Fault { tensors: vec!["front_end.gain".into()], recordings: vec![0] };
        for _ in 0..3 {
            (1..MOST_IN_A_ROW).for_each(|_| guard.fault(&fault, &[]).unwrap());
            guard.fine();
        }
        let more = (0..MOST_IN_A_ROW).find_map(|_| guard.fault(&fault, &[]).err()).unwrap().to_string();
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
            assert_eq!(watch.epoch(&config, &weights, None), Vec::<String>::new(), "{form:?}");
            weights.get_mut("front_end.centre_frequency").unwrap()[1] = -8.0;
            let said = watch.epoch(&config, &weights, None);
            assert!(said.len() == 1 && said[0].contains("what they can be: 2;"), "{said:?}");
            assert!(watch.epoch(&config, &weights, None).is_empty());
        }
    }
}
