//! The log-odds of one class, ln(p / (1 − p)), and how they change with the logits.

/// The log-odds of a class, and what a small change of each logit is worth to them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LogOdds {
    /// Their value. Of two classes it is the difference of the logits.
    pub value: f64,
    /// The derivative with respect to each logit: 1 for the class, and minus the probabilities of the others among
    /// themselves for these.
    pub of_logits: Vec<f64>,
}

impl LogOdds {
    /// Those of `class`, from the logits of a window.
    pub fn of(logits: &[f64], class: usize) -> Self {
        let others = || logits.iter().enumerate().filter(|(number, _)| *number != class).map(|(_, logit)| *logit);
        let largest = others().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = others().map(|logit| (logit - largest).exp()).sum();
        let own = logits.get(class).copied().unwrap_or(f64::NAN);
        let of = |(number, logit): (usize, &f64)| if number == class { 1.0 } else { -(logit - largest).exp() / sum };
        Self { value: own - largest - sum.ln(), of_logits: logits.iter().enumerate().map(of).collect() }
    }

    /// The change that follows from changes of the logits, to first order; of two classes exactly.
    pub fn change(&self, of_logits: &[f64]) -> f64 {
        self.of_logits.iter().zip(of_logits).map(|(of, change)| of * change).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_classes_they_are_the_difference_of_the_logits() {
        let found = LogOdds::of(&[0.25, 1.75], 1);
        assert_eq!(found, LogOdds { value: 1.5, of_logits: vec![-1.0, 1.0] });
        assert_eq!(found.change(&[0.5, 2.0]), 1.5);
        assert_eq!(LogOdds::of(&[0.25, 1.75], 0).value, -1.5);
    }

    #[test]
    fn of_several_classes_they_are_those_of_the_softmax() {
        let logits = [0.3, -1.2, 2.0, 0.9];
        let log_odds = |logits: &[f64]| {
            let p = logits[2].exp() / logits.iter().map(|logit| logit.exp()).sum::<f64>();
            (p / (1.0 - p)).ln()
        };
        let found = LogOdds::of(&logits, 2);
        assert!((found.value - log_odds(&logits)).abs() < 1e-12);
        for class in 0..4 {
            let moved = |step: f64| {
                let mut logits = logits;
                logits[class] += step;
                log_odds(&logits)
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((found.of_logits[class] - slope).abs() < 1e-8, "{class}");
        }
        // Logits of any size do no harm.
        assert!((LogOdds::of(&[900.0, -900.0, 0.0], 1).value + 1800.0).abs() < 1e-9);
    }
}
