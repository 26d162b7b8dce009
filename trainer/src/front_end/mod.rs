//! The front-end that a user asks for: settings over those of the task.
//!
//! - [`flags`]: what can be said
//! - [`names`]: the choices among it
//! - [`numbers`]: lists of numbers, on the command line and in files
//! - `complete`: all of it, also what nobody has said
//! - here: what follows from it, checked

mod complete;
mod flags;
mod names;
mod numbers;
#[cfg(test)]
mod tests;

use spectnet_core::filterbank::config::{DECAY_DB, decay_taps};
use spectnet_core::filterbank::{Bandwidth, FilterParameters, FilterbankConfig, Form, Framing, Spacing};
use spectnet_core::model::{SCENE_RATE, Task};

use crate::error::{Error, Result};

pub use flags::{FRONT_END, FrontEndFlags};
use numbers::{Numbers, Range, Width};

/// Filters where nothing is said.
const FILTERS: usize = 16;
/// Sample rates in Hz of scene models: telephone to studio.
const SCENE_RATES: std::ops::RangeInclusive<u32> = 8000..=192_000;
/// Decays in dB: below, hardly any filter is left; above, the rest is too small to change a sum in 32 bits.
const DECAYS_DB: std::ops::RangeInclusive<f64> = 3.0..=200.0;

impl FrontEndFlags {
    /// The front-end for this task; `usual` is its form where none is said.
    ///
    /// # Errors
    /// [`Error::Usage`] for contradictions and values out of range, with the range; files of numbers that cannot be read.
    pub fn config(&self, task: Task, usual: Form) -> Result<FilterbankConfig> {
        self.check(task)?;
        self.clone().read()?.checked_config(task, usual)
    }

    fn checked_config(&self, task: Task, usual: Form) -> Result<FilterbankConfig> {
        let mut config = match task {
            Task::Heart => task.front_end(self.count()?),
            Task::Scene => FilterbankConfig::full_band(self.count()?, self.sample_rate.unwrap_or(SCENE_RATE)),
        };
        config.form = self.frontend.map_or(usual, Form::from);
        config.order = self.order.unwrap_or(config.order);
        if let Some(Range([low, high])) = self.range {
            let nyquist = f64::from(config.sample_rate) / 2.0;
            if !(0.0 <= low && low < high && high <= nyquist) {
                return Err(usage(format!("--range {low},{high}: expected 0 <= LOW < HIGH <= {nyquist} Hz")));
            }
            config.range_hz = [low, high];
        }
        if let Some(name) = self.spacing {
            config.spacing = name.into();
        }
        if let Some(centres) = &self.centres {
            config.spacing = each(centres, Spacing::Constant, Spacing::List);
        }
        match &self.bandwidth {
            Some(Width::Erb(multiple)) if *multiple == 1.0 => config.bandwidth = Bandwidth::Erb,
            Some(Width::Erb(multiple)) => config.bandwidth = Bandwidth::ErbMultiple(*multiple),
            Some(Width::Near(hz)) => config.bandwidth = Bandwidth::Constant(*hz),
            Some(Width::Hz(numbers)) => config.bandwidth = each(numbers, Bandwidth::Constant, Bandwidth::List),
            None => {}
        }
        if let Some(gain) = self.gain {
            if config.form == Form::Bounded {
                return Err(usage(
                    "--gain belongs to --frontend paper: bounded filters start with 0 dB at their centre",
                ));
            }
            config.gain = gain;
        }
        config.framing = self.framing(task, &config)?;
        // The length follows from the rest.
        FilterbankConfig { taps: 1, ..config.clone() }.validate().map_err(|error| usage(error.to_string()))?;
        config.taps = self.taps(task, &config)?;
        config.validate().map_err(|error| usage(error.to_string()))?;
        if config.form == Form::Bounded {
            self.reached(&config)?;
        }
        Ok(config)
    }

    /// What contradicts itself or the task.
    fn check(&self, task: Task) -> Result<()> {
        if self.centres.is_some() && (self.spacing.is_some() || self.range.is_some()) {
            return Err(usage(
                "--spacing and --range spread the centre frequencies, --centres lists them: leave out one or the other",
            ));
        }
        if let (Some(taps), Some(decay_db)) = (self.taps, self.decay_db) {
            return Err(usage(format!(
                "--taps {taps} and --decay-db {decay_db} both say how long the filters are: leave out one"
            )));
        }
        match (self.sample_rate, task) {
            (Some(rate), Task::Heart) => {
                Err(usage(format!("--sample-rate {rate} is for scenes: heart models work at 1000 Hz")))
            }
            (Some(rate), Task::Scene) if !SCENE_RATES.contains(&rate) => Err(usage(format!(
                "--sample-rate is {rate}; expected {} to {} Hz",
                SCENE_RATES.start(),
                SCENE_RATES.end()
            ))),
            _ => Ok(()),
        }
    }

    /// How many filters there are, which every list must agree with.
    fn count(&self) -> Result<usize> {
        let centres = ("--centres", self.centres.as_ref().and_then(Numbers::count));
        let widths = ("--bandwidth", self.bandwidth.as_ref().and_then(Width::count));
        let listed = [centres, widths].into_iter().filter_map(|(name, count)| Some((name, count?)));
        let said = self.filters.map(|filters| ("--filters", filters as usize));
        let mut all = said.into_iter().chain(listed);
        let Some((first, count)) = all.next() else { return Ok(FILTERS) };
        match all.find(|(_, other)| *other != count) {
            Some((name, other)) => {
                Err(usage(format!("{name} has {other} values and {first} asks for {count} filters: make them agree")))
            }
            None => Ok(count),
        }
    }

    fn framing(&self, task: Task, config: &FilterbankConfig) -> Result<Framing> {
        let samples = |name: &str, milliseconds: f64| {
            let least = 1000.0 / f64::from(config.sample_rate);
            let samples = (milliseconds / least).round();
            if samples.is_finite() && samples >= 1.0 {
                return Ok(samples as usize);
            }
            Err(usage(format!(
                "--{name} is {milliseconds}; expected at least {least} ms, a sample at {} Hz",
                config.sample_rate
            )))
        };
        let mut framing = config.framing;
        if let Some(milliseconds) = self.hop_ms {
            framing.hop = samples("hop-ms", milliseconds)?;
            if task == Task::Scene {
                framing.window = samples("hop-ms", 2.0 * milliseconds)?;
            }
        }
        if let Some(milliseconds) = self.frame_ms {
            framing.window = samples("frame-ms", milliseconds)?;
        }
        Ok(framing)
    }

    /// Length of the impulse responses of the bank that `config` describes otherwise.
    fn taps(&self, task: Task, config: &FilterbankConfig) -> Result<usize> {
        if let Some(taps) = self.taps {
            return Ok(taps as usize);
        }
        // Scenes have filters that are as long as they ring, whatever filters they are.
        let others = self.centres.is_some() || self.range.is_some() || self.bandwidth.is_some() || self.order.is_some();
        let decay_db = match self.decay_db {
            Some(decay_db) if !DECAYS_DB.contains(&decay_db) => {
                let (low, high) = DECAYS_DB.into_inner();
                return Err(usage(format!("--decay-db is {decay_db}; expected {low} to {high} dB")));
            }
            Some(decay_db) => decay_db,
            None if task == Task::Scene && others => DECAY_DB,
            None => return Ok(config.taps),
        };
        let asked = config.asked_filters().map_err(|error| usage(error.to_string()))?;
        let slowest = asked.iter().map(|filter| filter.bandwidth_hz).fold(f64::INFINITY, f64::min);
        Ok(decay_taps(slowest, config.order, f64::from(config.sample_rate), decay_db))
    }

    /// Whether the bounded form can start at what was asked for in numbers. The ends of a range may lie on its limits.
    fn reached(&self, config: &FilterbankConfig) -> Result<()> {
        let within = |value: f64, [low, high]: [f64; 2]| (low * (1.0 - 1e-9)..=high * (1.0 + 1e-9)).contains(&value);
        let advice = "; --frontend paper has no such limits";
        let is_exact = matches!(self.bandwidth, Some(Width::Erb(_) | Width::Hz(_)));
        for FilterParameters { centre_hz, bandwidth_hz, .. } in config.asked_filters()? {
            let reach = config.centre_reach_hz();
            if self.centres.is_some() && !within(centre_hz, reach) {
                let [low, high] = reach;
                return Err(usage(format!(
                    "centre frequency {centre_hz} Hz: bounded filters start at {low:.2} to {high:.2} Hz{advice}"
                )));
            }
            let reach = config.bandwidth_reach_hz(centre_hz);
            if is_exact && !within(bandwidth_hz, reach) {
                let [low, high] = reach;
                return Err(usage(format!(
                    "bandwidth {bandwidth_hz:.2} Hz at {centre_hz:.2} Hz: bounded filters start with {low:.2} to \
                     {high:.2} Hz there{advice}"
                )));
            }
        }
        Ok(())
    }
}

fn each<T>(numbers: &Numbers, constant: impl Fn(f64) -> T, list: impl Fn(Vec<f64>) -> T) -> T {
    match numbers {
        Numbers::One(number) => constant(*number),
        Numbers::Each(numbers) => list(numbers.clone()),
        // Has been read by now; as none, it is refused.
        Numbers::File(_) => list(Vec::new()),
    }
}

fn usage(message: impl Into<String>) -> Error {
    Error::Usage(message.into())
}
