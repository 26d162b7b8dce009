//! Work on all cores, where there are threads (everywhere but on wasm32).
//!
//! No result depends on the number of threads: what is added up is divided into parts whose number depends on the work
//! alone.

/// Parts that work is divided into where the parts are added up, or differ by rounding from what they would be
/// together: as many on every machine, so that every machine comes to the same. More would keep more threads busy, but
/// every part costs memory and work of its own.
pub const PARTS: usize = 16;

/// Number of threads that work at the same time; 1 on wasm32.
pub fn count() -> usize {
    #[cfg(not(target_arch = "wasm32"))]
    return rayon::current_num_threads();
    #[cfg(target_arch = "wasm32")]
    1
}

/// Deals `tasks` out to the threads in runs of neighbouring tasks and returns what `work` makes of each run, in the
/// order of the tasks. How long the runs are depends on the number of threads: what `work` makes of a task must not
/// depend on the tasks beside it, and what it makes of runs is not to be added up; [`parts`] is there for that.
pub fn runs<T: Send, R: Send>(tasks: Vec<T>, work: impl Fn(Vec<T>) -> R + Send + Sync) -> Vec<R> {
    // Several runs for each thread, so that the other threads can take work from one that is held up.
    dealt(tasks, 4 * count(), work)
}

/// The same in [`PARTS`] runs at most, whatever the number of threads.
pub fn parts<T: Send, R: Send>(tasks: Vec<T>, work: impl Fn(Vec<T>) -> R + Send + Sync) -> Vec<R> {
    dealt(tasks, PARTS, work)
}

fn dealt<T: Send, R: Send>(mut tasks: Vec<T>, most: usize, work: impl Fn(Vec<T>) -> R + Send + Sync) -> Vec<R> {
    if tasks.len() == 1 {
        return vec![work(tasks)];
    }
    let runs = tasks.len().min(most).max(1);
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
            assert_eq!(parts(tasks.clone(), |run| run).concat(), tasks);
        }
    }

    #[test]
    fn parts_are_the_same_for_any_number_of_threads() {
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| parts((0..100).collect::<Vec<usize>>(), |part| part))
        };
        assert_eq!(with(1).len(), PARTS);
        assert_eq!(with(1), with(3));
    }
}
