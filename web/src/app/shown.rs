//! The data behind what is seen, so that it can be drawn again.

use spectnet_core::audio::Recording;
use spectnet_core::heart::Stretch;
use spectnet_core::model::ModelConfig;

use super::Input;
use crate::engine::Engine;
use crate::extent::Extent;
use crate::outcome::Outcome;
use crate::plot::envelope::Envelope;
use crate::plot::raster::LogEnergy;
use crate::plot::response::Responses;
use crate::view::image::Picture;
use crate::view::{cursor, cycles, filters, image, verdict, waveform, windows};
use crate::{dom, format};

/// Everything that is drawn.
#[derive(Default)]
pub struct Shown {
    /// How long the model took to load, in seconds.
    pub load_s: f64,
    /// The image so far.
    pub image: LogEnergy,
    /// The verdict.
    pub outcome: Option<Outcome>,
    /// The states of the heart cycle, where a rhythm was found.
    pub states: Vec<Stretch>,
    /// The filter whose numbers are shown.
    pub selected: usize,
    /// All filters.
    pub responses: Option<Responses>,
    config: Option<ModelConfig>,
    waveform: Envelope,
    sample_rate: u32,
    /// How long the recording is, and how much of it is judged.
    pub extent: Extent,
}

impl Shown {
    /// A new model: its filters. What is seen of a recording goes, for another model made it.
    pub fn model(&mut self, engine: &Engine) {
        let package = &engine.model.package;
        let responses = Responses::new(&package.config.front_end, &package.initial_filters, &package.filters);
        self.selected = filters::most_moved(&responses);
        dom::set_text("filters-summary", &filters::summary(&responses, package.config.front_end.learnable));
        self.responses = Some(responses);
        self.config = Some(package.config.clone());
        let warm_up = format::duration(engine.warm_up_s.get());
        dom::set_text("elapsed", &format!("loaded in {}, warmed up in {warm_up}", format::duration(self.load_s)));
        self.forget();
    }

    /// No recording.
    pub fn forget(&mut self) {
        (self.image, self.outcome, self.waveform, self.extent) =
            (LogEnergy::default(), None, Envelope::default(), Extent::default());
        self.states.clear();
        dom::show("whole-choice", false);
        dom::set_text("recording-note", "");
        dom::show("timeline-empty", true);
        verdict::clear();
        self.draw_timeline();
    }

    /// A new recording, of which the first `max_seconds` are judged.
    pub fn recording(&mut self, input: &Input, config: &ModelConfig, max_seconds: Option<f64>) {
        self.forget();
        self.sample_rate = input.sound.sample_rate();
        self.extent.most_s = max_seconds;
        self.write_extent(input, config);
        dom::show("timeline-empty", false);
        self.draw_timeline();
    }

    /// What comes next in the recording.
    pub fn piece(&mut self, piece: &Recording, input: &Input, config: &ModelConfig) {
        self.waveform.extend(piece.samples());
        self.extent.taken_s += piece.duration_s();
        self.write_extent(input, config);
        self.draw_timeline();
    }

    /// Says how long the recording is, at which rate, and what of it is used, as far as that is known by now.
    fn write_extent(&mut self, input: &Input, config: &ModelConfig) {
        self.extent.given_s = input.sound.duration_s();
        let (extent, rate, taken) = (self.extent, self.sample_rate, config.conditioning.sample_rate);
        let taken = if taken == rate { String::new() } else { format!("; the model takes it at {taken} Hz") };
        let note = if input.note.is_empty() { String::new() } else { format!(". {}", input.note) };
        dom::set_text("recording-note", &format!("{}: {extent} at {rate} Hz{taken}{note}", input.name));
        // What could be judged beyond the beginning.
        dom::show("whole-choice", config.conditioning.max_seconds.is_some_and(|most| extent.exceeds(most)));
    }

    /// How long everything took.
    pub fn timing(&self, engine: &Engine, run_s: f64, windows: usize) -> String {
        format!(
            "loaded in {}, warmed up in {}, classified in {} ({} a window)",
            format::duration(self.load_s),
            format::duration(engine.warm_up_s.get()),
            format::duration(run_s),
            format::duration(run_s / windows.max(1) as f64)
        )
    }

    /// Draws everything.
    pub fn draw(&self) {
        self.draw_timeline();
        if let Some(responses) = &self.responses {
            filters::draw(responses, self.selected);
        }
    }

    /// Draws everything over time.
    pub fn draw_timeline(&self) {
        if self.waveform.is_empty() {
            waveform::clear();
        } else {
            waveform::draw(&self.waveform, self.sample_rate, self.extent.judged_s());
        }
        self.draw_image();
        self.draw_windows();
    }

    /// Draws the image.
    pub fn draw_image(&self) {
        let (Some(config), Some(responses)) = (&self.config, &self.responses) else { return image::clear() };
        if self.image.frames() == 0 {
            return image::clear();
        }
        let (front_end, rate) = (&config.front_end, f64::from(config.front_end.sample_rate));
        let centres_hz: Vec<f64> = responses.filters.iter().map(|filter| filter.learned.centre_hz).collect();
        let (window, hop) = (front_end.framing.window as f64, front_end.framing.hop as f64);
        let picture = Picture {
            energy: &self.image,
            order: &responses.order(),
            centres_hz: &centres_hz,
            // A frame stands at the middle of its energy window; the filters' own delay of some milliseconds is left out.
            start_s: ((window - hop) / 2.0).max(0.0) / rate,
            frame_s: hop / rate,
        };
        image::draw(&picture, self.extent.judged_s());
    }

    /// Shows the time under the pointer, and what the window there says.
    pub fn point_at(&self, client_x: f64) {
        let config = self.config.as_ref();
        let positive = config.and_then(|config| config.labels.get(config.positive()?)).map(String::as_str);
        let windows = self.outcome.as_ref().map_or(&[][..], |outcome| &outcome.verdict.windows);
        cursor::show(client_x, self.extent.judged_s(), windows, positive);
    }

    /// Draws the states of the heart cycle and the windows' probabilities.
    pub fn draw_windows(&self) {
        let seconds = self.extent.judged_s();
        cycles::draw(&self.states, seconds);
        match (&self.outcome, &self.config) {
            (Some(outcome), Some(config)) => {
                windows::draw(outcome, &config.labels, config.positive(), seconds);
            }
            _ => windows::clear(),
        }
    }
}
