//! Whether what is asked for can be done.

use spectnet_core::{Error, Result};

use crate::message::Order;

/// Most recordings: far more than anybody names by hand, few enough to be listed in a model file.
pub(crate) const MOST_RECORDINGS: usize = 1000;
/// Longest training in seconds: half a day, beyond which a command line is the better place.
const MOST_SECONDS: f64 = 43_200.0;
/// Most samples of all recordings together, 400 MB: half an hour of one channel at 48 kHz, of which a page holds copies.
const MOST_SAMPLES: usize = 100_000_000;

/// Checks an order and the samples that came with it, one list for every channel of every recording.
///
/// # Errors
/// [`Error::Invalid`] or [`Error::Limit`] for the first thing that cannot be.
pub(crate) fn check(order: &Order, samples: &[Vec<Vec<f32>>]) -> Result<()> {
    let (recordings, classes) = (order.recordings.len(), order.labels.len());
    if recordings != samples.len() {
        return Err(Error::invalid(format!(
            "samples of {} recordings came with {recordings} labels: expected one for each; reload the page",
            samples.len()
        )));
    }
    if recordings == 0 {
        return Err(Error::invalid("there is nothing to learn from: label some recordings of every class"));
    }
    if recordings > MOST_RECORDINGS {
        return Err(Error::limit(format!("{recordings} recordings: at most {MOST_RECORDINGS} are learned from")));
    }
    if let Some(wrong) = order.recordings.iter().find(|recording| recording.label >= classes) {
        return Err(Error::invalid(format!(
            "{} is of class number {}, and there are {classes} classes",
            wrong.name,
            wrong.label + 1
        )));
    }
    if !(order.seconds > 0.0 && order.seconds <= MOST_SECONDS) {
        return Err(Error::invalid(format!(
            "training for {} s: expected more than 0 and at most {MOST_SECONDS}",
            order.seconds
        )));
    }
    if order.steps == Some(0) {
        return Err(Error::invalid("training for 0 steps: expected at least one"));
    }
    let count: usize = samples.iter().flatten().map(Vec::len).sum();
    if count > MOST_SAMPLES {
        return Err(Error::limit(format!(
            "the recordings have {count} samples together: at most {MOST_SAMPLES} are learned from; take shorter ones"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Labelled;

    fn order() -> Order {
        let recording = Labelled { name: "a".into(), label: 1, sample_rate: 8000, group: String::new() };
        Order {
            labels: vec!["dog".into(), "rest".into()],
            learns: crate::message::Learns::Head,
            compare: false,
            seed: 0,
            seconds: 10.0,
            steps: None,
            device: crate::message::Computer::Cpu,
            recordings: vec![recording],
            browser: String::new(),
        }
    }

    #[test]
    fn what_cannot_be_done_is_refused_in_a_sentence() {
        let sound = vec![vec![vec![0.0; 10]]];
        check(&order(), &sound).unwrap();
        let refused = |change: &dyn Fn(&mut Order), samples: &[Vec<Vec<f32>>]| {
            let mut order = order();
            change(&mut order);
            check(&order, samples).unwrap_err().to_string()
        };
        assert!(refused(&|_| {}, &[]).contains("0 recordings came with 1 labels"));
        assert!(refused(&|order| order.recordings.clear(), &[]).contains("nothing to learn from"));
        assert!(refused(&|order| order.recordings[0].label = 2, &sound).contains("class number 3, and there are 2"));
        for seconds in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(refused(&|order| order.seconds = seconds, &sound).contains("expected more than 0"));
        }
        assert!(refused(&|order| order.steps = Some(0), &sound).contains("0 steps"));
    }
}
