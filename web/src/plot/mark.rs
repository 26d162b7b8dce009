//! Where a filter stands: at its start, where training put it, or where a person did.

use spectnet_core::filterbank::FilterParameters;

use super::frequency::FrequencyScale;
use super::response::Responses;

/// A nudge moves a centre frequency by this fraction of the axis.
const NUDGE: f64 = 0.005;
/// A nudge makes a filter wider by this factor, or narrower: eight of them double the bandwidth.
const NUDGE_BANDWIDTH: f64 = 1.090_507_732_665_257_7;

/// What a person made of a filter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// Centre frequency in Hz.
    pub centre_hz: f64,
    /// Bandwidth β in Hz.
    pub bandwidth_hz: f64,
    /// Whether it is switched on.
    pub on: bool,
}

/// Where a filter went from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shift {
    /// To lower frequencies.
    Down,
    /// To higher frequencies.
    Up,
    /// By less than half its −3 dB width: it still covers where it was.
    Little,
}

/// A small step of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nudge {
    /// To lower frequencies.
    Lower,
    /// To higher frequencies.
    Higher,
    /// To a smaller bandwidth.
    Narrower,
    /// To a larger bandwidth.
    Wider,
}

/// One filter as it is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Its place in the bank.
    pub filter: usize,
    /// Its start values.
    pub start: FilterParameters,
    /// Where it stands.
    pub now: FilterParameters,
    /// −3 dB widths in Hz, at the start and now.
    pub width_hz: [f64; 2],
    /// Where training or a person moved it, however far of that way is shown.
    pub shift: Shift,
    /// Whether it is switched on.
    pub on: bool,
    /// Whether a person moved it.
    pub moved: bool,
}

impl Mark {
    /// A filter of a bank, `progress` (0 to 1) of the way from its start to what training made of it. What a person moved
    /// stays where it was put.
    pub fn new(responses: &Responses, filter: usize, progress: f64, setting: Option<Setting>) -> Option<Self> {
        let response = responses.filters.get(filter)?;
        let (start, learned) = (response.initial, response.learned);
        let of = |setting: &Setting| [setting.centre_hz, setting.bandwidth_hz];
        let set = setting.filter(|setting| of(setting) != [learned.centre_hz, learned.bandwidth_hz]);
        let target = set.map_or(learned, |setting| at(&learned, of(&setting), responses.gammatone_order));
        let now = if set.is_some() { target } else { between(responses.scale, &start, &learned, progress) };
        let width = |filter: &FilterParameters| responses.width_per_bandwidth * filter.bandwidth_hz;
        let shift = match target.centre_hz - start.centre_hz {
            way if way.abs() < width(&target) / 2.0 => Shift::Little,
            way if way < 0.0 => Shift::Down,
            _ => Shift::Up,
        };
        let on = setting.is_none_or(|setting| setting.on);
        Some(Self { filter, start, now, width_hz: [width(&start), width(&now)], shift, on, moved: set.is_some() })
    }

    /// The −3 dB band at the start, in Hz, as far as it lies on the axis.
    pub fn start_band_hz(&self, scale: FrequencyScale) -> [f64; 2] {
        band_hz(self.start.centre_hz, self.width_hz[0], scale)
    }

    /// The −3 dB band now, in Hz, as far as it lies on the axis.
    pub fn band_hz(&self, scale: FrequencyScale) -> [f64; 2] {
        band_hz(self.now.centre_hz, self.width_hz[1], scale)
    }

    /// Centre frequency and bandwidth β in Hz after a small step.
    pub fn nudged(&self, scale: FrequencyScale, nudge: Nudge) -> [f64; 2] {
        let FilterParameters { centre_hz, bandwidth_hz, .. } = self.now;
        let step = NUDGE * scale.position(scale.highest_hz());
        let by = |steps: f64| scale.hz(scale.position(centre_hz) + steps);
        match nudge {
            Nudge::Lower => [by(-step), bandwidth_hz],
            Nudge::Higher => [by(step), bandwidth_hz],
            Nudge::Narrower => [centre_hz, bandwidth_hz / NUDGE_BANDWIDTH],
            Nudge::Wider => [centre_hz, bandwidth_hz * NUDGE_BANDWIDTH],
        }
    }
}

/// A filter with another centre frequency and bandwidth, as loud at its centre as before: there |H| ≈ a (n−1)! fs /
/// (2 (2πβ)ⁿ).
fn at(filter: &FilterParameters, [centre_hz, bandwidth_hz]: [f64; 2], order: u32) -> FilterParameters {
    let gain = filter.gain * (bandwidth_hz / filter.bandwidth_hz).powi(order as i32);
    FilterParameters { centre_hz, bandwidth_hz, gain, ..*filter }
}

/// A filter on its way. The centre frequency moves evenly along the axis on which it is drawn (linearly in Hz or in ERB
/// rate), bandwidth and gain by equal factors in equal times.
fn between(
    scale: FrequencyScale,
    start: &FilterParameters,
    learned: &FilterParameters,
    progress: f64,
) -> FilterParameters {
    if progress <= 0.0 {
        return *start;
    }
    if progress >= 1.0 {
        return *learned;
    }
    let mix = |from: f64, to: f64| from + (to - from) * progress;
    let factor = |from: f64, to: f64| {
        // What is not positive has no logarithm.
        if from > 0.0 && to > 0.0 { mix(from.ln(), to.ln()).exp() } else { mix(from, to) }
    };
    FilterParameters {
        centre_hz: scale.hz(mix(scale.position(start.centre_hz), scale.position(learned.centre_hz))),
        bandwidth_hz: factor(start.bandwidth_hz, learned.bandwidth_hz),
        gain: factor(start.gain, learned.gain),
        phase_rad: mix(start.phase_rad, learned.phase_rad),
    }
}

fn band_hz(centre_hz: f64, width_hz: f64, scale: FrequencyScale) -> [f64; 2] {
    [centre_hz - width_hz / 2.0, centre_hz + width_hz / 2.0].map(|hz| hz.clamp(0.0, scale.highest_hz()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use spectnet_core::filterbank::FilterbankConfig;
    use spectnet_core::model::Task;

    /// A bank whose filters 0, 1 and 2 went up, down and nearly nowhere.
    fn bank(config: &FilterbankConfig) -> Responses {
        let initial = config.initial_filters().unwrap();
        let mut learned = initial.clone();
        for (filter, (way, factor)) in learned.iter_mut().zip([(150.0, 0.25), (-90.0, 0.5), (1.0, 2.0)]) {
            filter.centre_hz += way;
            filter.bandwidth_hz *= factor;
        }
        Responses::new(config, &initial, &learned)
    }

    fn mark(filter: usize, progress: f64, setting: Option<Setting>) -> Mark {
        Mark::new(&bank(&Task::Heart.front_end(4)), filter, progress, setting).unwrap()
    }

    #[test]
    fn the_ends_of_the_way_are_what_is_in_the_model() {
        for config in [Task::Heart.front_end(4), Task::Scene.front_end(4)] {
            let bank = bank(&config);
            for (index, filter) in bank.filters.iter().enumerate() {
                let at = |progress| Mark::new(&bank, index, progress, None).unwrap();
                assert_eq!([at(0.0).now, at(1.0).now], [filter.initial, filter.learned]);
                assert_eq!([at(0.0).width_hz[1], at(1.0).width_hz[0]], [at(0.0).width_hz[0]; 2]);
                assert_eq!(at(0.3).shift, at(1.0).shift);
            }
            assert_eq!(Mark::new(&bank, 4, 1.0, None), None);
        }
    }

    #[test]
    fn half_way_is_in_the_middle_of_the_axis() {
        let half = mark(0, 0.5, None);
        let (start, learned) = (mark(0, 0.0, None).now, mark(0, 1.0, None).now);
        assert!((half.now.centre_hz - (start.centre_hz + learned.centre_hz) / 2.0).abs() < 1e-9);
        assert!((half.now.bandwidth_hz - start.bandwidth_hz / 2.0).abs() < 1e-9, "a quarter in two equal factors");
        let scenes = bank(&Task::Scene.front_end(4));
        let at = |progress| scenes.scale.position(Mark::new(&scenes, 0, progress, None).unwrap().now.centre_hz);
        assert!((at(0.5) - (at(0.0) + at(1.0)) / 2.0).abs() < 1e-9);
    }

    #[test]
    fn what_moved_by_less_than_half_its_width_moved_little() {
        let shifts = [0, 1, 2, 3].map(|filter| mark(filter, 1.0, None).shift);
        assert_eq!(shifts, [Shift::Up, Shift::Down, Shift::Little, Shift::Little]);
    }

    #[test]
    fn what_a_person_moved_stays_there_and_is_as_loud() {
        let learned = mark(0, 1.0, None).now;
        let setting = Setting { centre_hz: 333.0, bandwidth_hz: 2.0 * learned.bandwidth_hz, on: true };
        let [early, late] = [0.0, 1.0].map(|progress| mark(0, progress, Some(setting)));
        assert_eq!(early, late);
        assert!(late.moved && late.on && late.now.centre_hz == 333.0 && late.shift == Shift::Up);
        let config = FilterbankConfig { taps: 4000, ..Task::Heart.front_end(4) };
        let level = |filter| config.gammatone(filter).magnitudes(&[filter.centre_hz])[0];
        assert!((level(late.now) / level(learned) - 1.0).abs() < 0.02);
    }

    #[test]
    fn a_filter_that_is_only_switched_off_is_not_moved() {
        let learned = mark(1, 1.0, None).now;
        let off = Setting { centre_hz: learned.centre_hz, bandwidth_hz: learned.bandwidth_hz, on: false };
        let marks = [0.0, 1.0].map(|progress| mark(1, progress, Some(off)));
        assert!(marks.iter().all(|mark| !mark.on && !mark.moved));
        assert_ne!(marks[0].now, marks[1].now, "the slider still moves it");
    }

    #[test]
    fn bands_end_at_the_ends_of_the_axis() {
        let scale = FrequencyScale::up_to(500.0);
        let mark = Mark { width_hz: [20.0, 300.0], ..mark(0, 0.0, None) };
        let at = |centre_hz| Mark { now: FilterParameters { centre_hz, ..mark.now }, ..mark }.band_hz(scale);
        assert_eq!([at(100.0), at(250.0), at(450.0)], [[0.0, 250.0], [100.0, 400.0], [300.0, 500.0]]);
    }

    #[test]
    fn nudges_are_small_and_can_be_taken_back() {
        for config in [Task::Heart.front_end(4), Task::Scene.front_end(4)] {
            let bank = bank(&config);
            let mark = Mark::new(&bank, 1, 1.0, None).unwrap();
            let moved = |mark: &Mark, nudge| {
                let [centre_hz, bandwidth_hz] = mark.nudged(bank.scale, nudge);
                Mark { now: FilterParameters { centre_hz, bandwidth_hz, ..mark.now }, ..*mark }
            };
            for (there, back) in [(Nudge::Higher, Nudge::Lower), (Nudge::Wider, Nudge::Narrower)] {
                let once = moved(&mark, there);
                let again = moved(&once, back);
                assert!(once.now.centre_hz > mark.now.centre_hz || once.now.bandwidth_hz > mark.now.bandwidth_hz);
                assert!((again.now.centre_hz - mark.now.centre_hz).abs() < 1e-6);
                assert!((again.now.bandwidth_hz - mark.now.bandwidth_hz).abs() < 1e-6);
            }
            let wider = (0..8).fold(mark, |mark, _| moved(&mark, Nudge::Wider));
            assert!((wider.now.bandwidth_hz / mark.now.bandwidth_hz - 2.0).abs() < 1e-9);
        }
    }
}
