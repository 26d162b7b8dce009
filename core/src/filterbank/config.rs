//! The description of a filterbank, and the two forms in which its parameters are learned.

use serde::{Deserialize, Serialize};

use super::gammatone::{FilterParameters, Gammatone};
use super::scale::{Spacing, erb, erb_rate, erb_rate_to_hz};
use crate::{Error, Result};

/// Most filters: more than any published filterbank has, few enough that their kernels fit in memory.
pub const MAX_FILTERS: usize = 4096;
/// Most taps: a second of impulse response at 96 kHz.
pub const MAX_TAPS: usize = 96_000;
/// Most taps of all filters together: 512 MiB of spectra, ten times what 149 filters of 100 ms at 48 kHz need.
pub const MAX_KERNEL_VALUES: usize = 1 << 23;
/// Largest bandwidth β in Hz: above every sampling rate, where a filter passes everything.
pub const MAX_BANDWIDTH_HZ: f64 = 1e6;
/// Largest amplification by a filter, as a factor (240 dB): energies of outputs then still fit in 32-bit floats, in
/// which graphics devices compute.
pub const MAX_AMPLIFICATION: f64 = 1e12;
/// A filter that starts at 0 Hz or at half the sampling rate may move past it by this fraction of half the sampling
/// rate, through rounding or training in Hz.
const DRIFT: f64 = 1e-3;
/// Largest length and hop of a frame in samples: a minute at 192 kHz, more than is ever conditioned at once.
pub const MAX_FRAME: usize = 60 * 192_000;

/// Which numbers the optimiser moves for each filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// The paper's: centre frequency and bandwidth in Hz and the gain, as they are.
    Paper,
    /// Unit-free numbers that cannot leave their range: centre frequency inside (0, fs/2) on the ERB-rate scale,
    /// bandwidth within ±[`BANDWIDTH_OCTAVES`] octaves of the ERB at that frequency, logarithm of the gain at the
    /// centre.
    Bounded,
}

/// How far a bandwidth in the bounded form can move from the ERB at the filter's centre, in octaves either way.
pub const BANDWIDTH_OCTAVES: f64 = 2.0;

/// Start values of the bandwidth β.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bandwidth {
    /// The same β in Hz for every filter.
    Constant(f64),
    /// β at which the filter's equivalent rectangular bandwidth is the auditory ERB at its centre (Glasberg & Moore
    /// 1990).
    Erb,
    /// As [`Erb`](Self::Erb), times this factor.
    #[serde(rename = "erb_multiple")]
    ErbMultiple(f64),
    /// β of each filter in Hz, in the order of the centre frequencies; as many as there are filters.
    List(Vec<f64>),
}

impl Bandwidth {
    /// β in Hz of the filters of this order with these centre frequencies in Hz.
    ///
    /// # Errors
    /// [`Error::Invalid`] when a list has another length than `centres`.
    fn of(&self, centres: &[f64], order: u32) -> Result<Vec<f64>> {
        let erbs = |multiple: f64| centres.iter().map(|&hz| multiple * erb(hz) * beta_per_erb(order)).collect();
        match self {
            Self::Constant(hz) => Ok(vec![*hz; centres.len()]),
            Self::Erb => Ok(erbs(1.0)),
            Self::ErbMultiple(multiple) => Ok(erbs(*multiple)),
            Self::List(listed) if listed.len() == centres.len() => Ok(listed.clone()),
            Self::List(listed) => {
                Err(Error::invalid(format!("the list has {} bandwidths for {} filters", listed.len(), centres.len())))
            }
        }
    }
}

/// The frames over which energy is summed, in samples of the filters' outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Framing {
    /// Length of a frame in samples, 1 to [`MAX_FRAME`].
    pub window: usize,
    /// Distance between the starts of neighbouring frames in samples, 1 to [`MAX_FRAME`].
    pub hop: usize,
}

impl Framing {
    /// Frames that begin every `hop_s` seconds and are twice as long; both are at least one sample.
    pub fn half_overlapping(hop_s: f64, sample_rate: u32) -> Self {
        let samples = |seconds: f64| ((seconds * f64::from(sample_rate)).round() as usize).max(1);
        Self { window: samples(2.0 * hop_s), hop: samples(hop_s) }
    }
}

/// Description of a filterbank. [`validate`](Self::validate) says whether it can be built.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FilterbankConfig {
    /// Number of filters N, 1 to [`MAX_FILTERS`].
    pub filters: usize,
    /// Sampling rate of the signal in Hz.
    pub sample_rate: u32,
    /// Length of each impulse response in samples, 1 to [`MAX_TAPS`].
    pub taps: usize,
    /// Order of the gammatone, 1 to 8.
    pub order: u32,
    /// Lowest and highest start value of the centre frequencies in Hz, within 0 and half the sampling rate.
    pub range_hz: [f64; 2],
    /// How the start values of the centre frequencies are spread over the range.
    pub spacing: Spacing,
    /// Start values of the bandwidth.
    pub bandwidth: Bandwidth,
    /// Start value of the gain. In the bounded form it is not used: there every filter starts with 0 dB at its centre.
    pub gain: f64,
    /// Which numbers training moves.
    pub form: Form,
    /// Whether training moves the filters at all.
    pub learnable: bool,
    /// Whether the phases of the carriers are learned too; they start at 0.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub phase: bool,
    /// The frames of the image.
    pub framing: Framing,
}

/// Decay where nothing else is asked for: how far the envelope of the slowest filter has fallen at its last tap, in dB
/// below its peak. What is cut off there cannot be heard, and neither can the cut.
pub const DECAY_DB: f64 = 60.0;

impl FilterbankConfig {
    /// A filterbank for sound of the full bandwidth at `sample_rate` Hz: `filters` centre frequencies at equal steps of
    /// ERB rate from 50 Hz to 94 % of half the sampling rate, bandwidths of one ERB, impulse responses long enough for
    /// the slowest filter to decay by 60 dB, frames of 80 ms every 40 ms (chosen by measurement: docs/SCENES.md).
    pub fn full_band(filters: usize, sample_rate: u32) -> Self {
        let (rate, order, lowest) = (f64::from(sample_rate), 4, 50.0);
        Self {
            filters,
            sample_rate,
            taps: decay_taps(erb(lowest) * beta_per_erb(order), order, rate, DECAY_DB),
            order,
            range_hz: [lowest, 0.47 * rate],
            spacing: Spacing::Erb,
            bandwidth: Bandwidth::Erb,
            gain: 1e6,
            form: Form::Bounded,
            learnable: true,
            phase: false,
            framing: Framing::half_overlapping(0.04, sample_rate),
        }
    }

    /// Checks that the filterbank can be built.
    ///
    /// # Errors
    /// [`Error::Invalid`] or [`Error::Limit`], naming the field and its range.
    pub fn validate(&self) -> Result<()> {
        if self.filters == 0 || self.filters > MAX_FILTERS {
            return Err(Error::limit(format!("{} filters: expected 1 to {MAX_FILTERS}", self.filters)));
        }
        if self.taps == 0 || self.taps > MAX_TAPS {
            return Err(Error::limit(format!("{} taps: expected 1 to {MAX_TAPS}", self.taps)));
        }
        if self.filters.saturating_mul(self.taps) > MAX_KERNEL_VALUES {
            return Err(Error::limit(format!(
                "{} filters of {} taps: expected at most {MAX_KERNEL_VALUES} taps in all",
                self.filters, self.taps
            )));
        }
        if !(1..=8).contains(&self.order) {
            return Err(Error::invalid(format!("order {}: expected 1 to 8", self.order)));
        }
        if self.sample_rate == 0 {
            return Err(Error::invalid("sample rate 0 Hz: expected a positive rate"));
        }
        for (name, samples) in [("frame", self.framing.window), ("hop", self.framing.hop)] {
            if samples == 0 || samples > MAX_FRAME {
                return Err(Error::limit(format!("{name} of {samples} samples: expected 1 to {MAX_FRAME}")));
            }
        }
        if !(self.gain.is_finite() && self.gain > 0.0) {
            return Err(Error::invalid(format!("gain {}: expected a positive number", self.gain)));
        }
        let nyquist = f64::from(self.sample_rate) / 2.0;
        // The bounded form would move what lies outside to its limits.
        for filter in self.asked_filters()? {
            if !(0.0..=nyquist).contains(&filter.centre_hz) {
                let FilterParameters { centre_hz, .. } = filter;
                return Err(Error::invalid(format!("centre frequency {centre_hz} Hz: expected 0 to {nyquist} Hz")));
            }
            if !(filter.bandwidth_hz.is_finite() && filter.bandwidth_hz > 0.0) {
                let FilterParameters { bandwidth_hz, .. } = filter;
                return Err(Error::invalid(format!("bandwidth {bandwidth_hz} Hz: expected a positive number")));
            }
        }
        self.check_filters("filter", &self.initial_filters()?)
    }

    /// Checks filters of this filterbank, at their start values or learned: that they are in range and that their
    /// outputs are finite.
    ///
    /// # Errors
    /// [`Error::Invalid`] for the first filter that is not, by its number after `name`, with what is wrong with it.
    pub fn check_filters(&self, name: &str, filters: &[FilterParameters]) -> Result<()> {
        let (nyquist, drift) = (self.nyquist(), DRIFT * self.nyquist());
        for (number, filter) in filters.iter().enumerate() {
            let FilterParameters { centre_hz, bandwidth_hz, gain, phase_rad } = *filter;
            let wrong = if !(-drift..=nyquist + drift).contains(&centre_hz) {
                format!("centre frequency {centre_hz} Hz: expected 0 to {nyquist} Hz")
            } else if !(f64::MIN_POSITIVE..=MAX_BANDWIDTH_HZ).contains(&bandwidth_hz) {
                format!("bandwidth {bandwidth_hz} Hz: expected a positive number, at most {MAX_BANDWIDTH_HZ}")
            } else if !(0.0..=MAX_AMPLIFICATION).contains(&self.amplification(filter)) {
                format!("gain {gain}: expected one that amplifies by at most {} dB", 20.0 * MAX_AMPLIFICATION.log10())
            } else if !phase_rad.is_finite() {
                format!("phase {phase_rad}: expected a number")
            } else {
                continue;
            };
            return Err(Error::invalid(format!("{name} {number}: {wrong}")));
        }
        Ok(())
    }

    /// An upper bound of the filter's amplification at any frequency: that of an impulse response of endless length, or
    /// the sum of the absolute taps, whichever is less.
    fn amplification(&self, filter: &FilterParameters) -> f64 {
        let (taps, rate) = (self.taps as f64, f64::from(self.sample_rate));
        let rung_out = 2.0 * filter.gain / gain_for_unit_peak(filter.bandwidth_hz, self.order, rate);
        let summed = filter.gain * taps * (taps / rate).powi(self.order as i32 - 1);
        rung_out.abs().min(summed.abs())
    }

    /// A filter may have a centre frequency outside 0 Hz to half the sampling rate. Returns the centre frequency inside
    /// at which the sampled filter is the same, and whether its phase changes its sign: sampled, cos(2πft + φ) is
    /// cos(2π(−f)t − φ) and cos(2π(fs − f)t − φ).
    pub fn mirrored(&self, centre_hz: f64) -> (f64, bool) {
        let rate = f64::from(self.sample_rate);
        let centre_hz = centre_hz.rem_euclid(rate);
        if centre_hz > self.nyquist() { (rate - centre_hz, true) } else { (centre_hz, false) }
    }

    /// The filters at their start values. In the bounded form they are the nearest that it can reach to what is asked
    /// for.
    ///
    /// # Errors
    /// [`Error::Invalid`] for centre frequencies or bandwidths listed for another number of filters, and those of
    /// [`Spacing::centres`].
    pub fn initial_filters(&self) -> Result<Vec<FilterParameters>> {
        let asked = self.asked_filters()?;
        Ok(match self.form {
            Form::Paper => asked,
            // The bounded form cannot reach its own limits, so it starts at the nearest values inside.
            Form::Bounded => {
                asked.iter().map(|filter| self.from_unconstrained(self.to_unconstrained(filter))).collect()
            }
        })
    }

    /// The start values that the description asks for, which the bounded form may not be able to reach.
    ///
    /// # Errors
    /// Those of [`initial_filters`](Self::initial_filters).
    pub fn asked_filters(&self) -> Result<Vec<FilterParameters>> {
        let centres = self.spacing.centres(self.filters, self.range_hz)?;
        let bandwidths = self.bandwidth.of(&centres, self.order)?;
        let filter =
            |(centre_hz, bandwidth_hz)| FilterParameters { centre_hz, bandwidth_hz, gain: self.gain, phase_rad: 0.0 };
        Ok(centres.into_iter().zip(bandwidths).map(filter).collect())
    }

    /// Lowest and highest centre frequency in Hz at which a filter can start in the bounded form.
    pub fn centre_reach_hz(&self) -> [f64; 2] {
        self.bounded_reach([0.0, self.nyquist()].map(|hz| [hz, 1.0])).map(|filter| filter.centre_hz)
    }

    /// Smallest and largest bandwidth β in Hz with which a filter at `centre_hz` can start in the bounded form.
    pub fn bandwidth_reach_hz(&self, centre_hz: f64) -> [f64; 2] {
        self.bounded_reach([0.0, f64::INFINITY].map(|hz| [centre_hz, hz])).map(|filter| filter.bandwidth_hz)
    }

    /// The nearest that the bounded form comes to two filters with these centre frequencies and bandwidths in Hz.
    fn bounded_reach(&self, filters: [[f64; 2]; 2]) -> [FilterParameters; 2] {
        let bounded = Self { form: Form::Bounded, ..self.clone() };
        filters.map(|[centre_hz, bandwidth_hz]| {
            let asked = FilterParameters { centre_hz, bandwidth_hz, gain: 1.0, phase_rad: 0.0 };
            bounded.from_unconstrained(bounded.to_unconstrained(&asked))
        })
    }

    /// Decay: how far the envelope of the slowest filter has fallen at its last tap, at the start values, in dB below
    /// its peak; 0 where the impulse response ends before the peak.
    ///
    /// # Errors
    /// Those of [`initial_filters`](Self::initial_filters).
    pub fn decay_db(&self) -> Result<f64> {
        let slowest = self.initial_filters()?.iter().map(|filter| filter.bandwidth_hz).fold(f64::INFINITY, f64::min);
        let end = std::f64::consts::TAU * slowest * self.taps as f64 / f64::from(self.sample_rate);
        let rise = f64::from(self.order - 1);
        Ok(if end > rise { (level(rise, self.order) - level(end, self.order)) * 20.0 / 10f64.ln() } else { 0.0 })
    }

    /// The numbers that the optimiser moves for a filter: `centre_frequency`, `bandwidth` and `gain` of the model file.
    /// In the paper's form they are Hz, Hz and gain as they are.
    pub fn to_unconstrained(&self, filter: &FilterParameters) -> [f64; 3] {
        match self.form {
            Form::Paper => [filter.centre_hz, filter.bandwidth_hz, filter.gain],
            Form::Bounded => {
                let place = (erb_rate(filter.centre_hz) / erb_rate(self.nyquist())).clamp(0.005, 0.995);
                let centre = erb_rate_to_hz(place * erb_rate(self.nyquist()));
                let octaves = (filter.bandwidth_hz / (erb(centre) * beta_per_erb(self.order))).log2();
                let bandwidth = (octaves / BANDWIDTH_OCTAVES).clamp(-0.95, 0.95).atanh();
                [(place / (1.0 - place)).ln(), bandwidth, 0.0]
            }
        }
    }

    /// The filter with phase 0 that these numbers stand for: the inverse of
    /// [`to_unconstrained`](Self::to_unconstrained), and in f64 what
    /// [`Filterbank::parameters`](super::Filterbank::parameters) does with tensors.
    pub fn from_unconstrained(&self, [centre, bandwidth, gain]: [f64; 3]) -> FilterParameters {
        match self.form {
            Form::Paper => FilterParameters { centre_hz: centre, bandwidth_hz: bandwidth, gain, phase_rad: 0.0 },
            Form::Bounded => {
                let place = 1.0 / (1.0 + (-centre).exp());
                let centre_hz = erb_rate_to_hz(place * erb_rate(self.nyquist()));
                let octaves = BANDWIDTH_OCTAVES * bandwidth.tanh();
                let bandwidth_hz = erb(centre_hz) * beta_per_erb(self.order) * octaves.exp2();
                let peak = gain_for_unit_peak(bandwidth_hz, self.order, f64::from(self.sample_rate));
                FilterParameters { centre_hz, bandwidth_hz, gain: peak * gain.exp(), phase_rad: 0.0 }
            }
        }
    }

    /// A filter of this filterbank in plain f64 arithmetic.
    pub fn gammatone(&self, parameters: FilterParameters) -> Gammatone {
        Gammatone { parameters, order: self.order, taps: self.taps, sample_rate: f64::from(self.sample_rate) }
    }

    /// Number of frames in the image of a signal of `samples` samples; 0 where it is too short for one.
    pub fn frames(&self, samples: usize) -> usize {
        let outputs = samples.saturating_add(1).saturating_sub(self.taps);
        match outputs.checked_sub(self.framing.window) {
            Some(rest) => rest / self.framing.hop + 1,
            None => 0,
        }
    }

    /// Length in samples of the shortest signal whose image has `frames` frames; `usize::MAX` where that is beyond all
    /// numbers.
    pub fn samples(&self, frames: usize) -> usize {
        let Framing { window, hop } = self.framing;
        let starts = frames.saturating_sub(1).saturating_mul(hop);
        starts.saturating_add(window).saturating_add(self.taps).saturating_sub(1)
    }

    fn nyquist(&self) -> f64 {
        f64::from(self.sample_rate) / 2.0
    }
}

/// β of a gammatone of order `order` whose equivalent rectangular bandwidth is 1 Hz: ((n−1)!)² 2^(2n−2) / (π (2n−2)!),
/// which is 1.019 at order 4 (Patterson et al. 1992).
pub fn beta_per_erb(order: u32) -> f64 {
    // A product, so that no factorial gets large: the central binomial coefficient over 4^(n−1).
    let ratio = (1..order).map(f64::from).fold(1.0, |ratio, k| ratio * (2.0 * k - 1.0) / (2.0 * k));
    1.0 / (std::f64::consts::PI * ratio)
}

/// Number of samples at `sample_rate` Hz until the envelope t^(n−1) exp(−2πβt) of a gammatone has fallen `decay_db` dB
/// below its peak, which lies at t = (n−1)/(2πβ). `bandwidth_hz` is β.
pub fn decay_taps(bandwidth_hz: f64, order: u32, sample_rate: f64, decay_db: f64) -> usize {
    let rise = f64::from(order - 1);
    let limit = level(rise, order) - decay_db / 20.0 * 10f64.ln();
    // An upper bound: one unit of u lowers the envelope by nearly 8.7 dB there.
    let (mut low, mut high) = (rise, rise + 100.0 + decay_db);
    while high - low > 1e-9 {
        let middle = (low + high) / 2.0;
        if level(middle, order) > limit { low = middle } else { high = middle }
    }
    (high / (std::f64::consts::TAU * bandwidth_hz) * sample_rate).ceil() as usize
}

/// Natural logarithm of the envelope of a gammatone at u = 2πβt, up to a constant; it falls from u = n−1 on.
fn level(u: f64, order: u32) -> f64 {
    let rise = f64::from(order - 1);
    if rise > 0.0 { rise * u.ln() - u } else { -u }
}

/// The gain that gives a filter with many taps 0 dB at its centre frequency: |H(f₀)| ≈ gain · (n−1)! · fs / (2
/// (2πβ)^n). `bandwidth_hz` is β.
pub fn gain_for_unit_peak(bandwidth_hz: f64, order: u32, sample_rate: f64) -> f64 {
    let factorial: f64 = (1..order).map(f64::from).product();
    2.0 * (std::f64::consts::TAU * bandwidth_hz).powi(order as i32) / (factorial * sample_rate)
}

#[cfg(test)]
mod tests;
