//! Work on all cores, where there are threads (everywhere but on wasm32).

/// Number of threads that work at the same time; 1 on wasm32.
pub fn count() -> usize {
    #[cfg(not(target_arch = "wasm32"))]
    return rayon::current_num_threads();
    #[cfg(target_arch = "wasm32")]
    1
}

/// Deals `tasks` out to the threads in runs of neighbouring tasks and returns what `work` makes of each run, in the
/// order of the tasks.
pub fn runs<T: Send, R: Send>(mut tasks: Vec<T>, work: impl Fn(Vec<T>) -> R + Send + Sync) -> Vec<R> {
    if tasks.len() == 1 {
        return vec![work(tasks)];
    }
    // Several runs for each thread, so that the other threads can take work from one that is held up.
    let runs = tasks.len().min(4 * count()).max(1);
    let mut dealt = Vec::with_capacity(runs);
    for run in (0..runs).rev() {
        dealt.push(tasks.split_off(tasks.len() * run / (run + 1)));
    }
    dealt.reverse();
    #[cfg(not(target_arch = "wasm32"))]
    {
        use rayon::prelude::*;
        dealt.into_par_iter().with_max_len(1).map(work).collect()
    }
    #[cfg(target_arch = "wasm32")]
    dealt.into_iter().map(work).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_tasks() {
        for count in [0, 1, 2, 7, 100] {
            let tasks: Vec<usize> = (0..count).collect();
            assert_eq!(runs(tasks.clone(), |run| run).concat(), tasks);
        }
    }
}
