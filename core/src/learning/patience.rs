//! When a run ends early: when it has got no better for some time.

/// Whether after `epoch` epochs, of which `best` is the best, so many in a row were no better. The figure that chooses the
/// epoch decides.
pub fn is_over(patience: Option<u32>, best: Option<u64>, epoch: u64) -> bool {
    patience.zip(best).is_some_and(|(patience, best)| epoch >= best.saturating_add(patience.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_ends_when_so_many_epochs_in_a_row_were_no_better() {
        // The best epoch so far after each epoch of a run.
        let best = [1, 2, 2, 2, 5, 5, 5, 5, 5];
        let ends = |patience| (1..).zip(best).find(|(epoch, best)| is_over(patience, Some(*best), *epoch));
        assert_eq!(ends(Some(1)), Some((3, 2)));
        assert_eq!(ends(Some(2)), Some((4, 2)));
        assert_eq!(ends(Some(3)), Some((8, 5)));
        assert_eq!(ends(Some(9)), None);
        assert_eq!(ends(None), None);
        assert!(!is_over(Some(1), None, 0));
    }
}
