//! A run from its order to its model file.

use burn::tensor::Device;
use spectnet_core::learning::adapt::adapted;
use spectnet_core::model::{ModelConfig, Weights};
use spectnet_core::package::{self, Package};
use spectnet_core::{Error, Result, at_once};

use crate::calibration::{self, Calibrated};
use crate::kept::{Kept, of_another_run};
use crate::lesson::{Lesson, half_power};
use crate::message::{Learns, Order, Part, Step};
use crate::model_file::{Come, Origin};
use crate::order;
use crate::preparing::{Divided, Preparation};
use crate::recipe::{learns, recipe};
use crate::recordings::{Conditioned, Samples};

pub use crate::lesson::Told;
pub use crate::pace::Clock;

/// What computes natively, by name.
#[cfg(not(target_arch = "wasm32"))]
const CPU: &str = "CPU";

/// What is said of a model of which something was measured.
const UNMEASURED: &str = "What was measured of the model before, its threshold or what tells sounds of other kinds, does not \
                          hold for other weights: the new model file has none of it.";

/// A run whose recordings are being conditioned.
pub struct Preparing {
    order: Order,
    bytes: Vec<u8>,
    package: Package,
    /// The model that learns, and its weights at the start.
    config: ModelConfig,
    start: Weights,
    preparation: Preparation,
}

impl Preparing {
    /// Reads the model file and looks whether the order can be done; `samples` has one list for every channel of every
    /// recording.
    ///
    /// # Errors
    /// An order that cannot be done, a file that is no model, or classes that the model cannot have.
    pub fn new(order: &Order, model: &[u8], samples: Samples) -> Result<Self> {
        order::check(order, &samples)?;
        let package = package::read(model)?;
        let (config, start) = match learns(order.learns) {
            Some(learns) => {
                // On the CPU whatever computes then: a seed means the same new layer everywhere.
                let device = Device::flex();
                device.seed(order.seed);
                let (mut config, model) = adapted(&package, &order.labels, learns, &device)?;
                config.front_end.learnable = order.learns != Learns::Head;
                (config, at_once(model.weights_async())?)
            }
            None => {
                calibration::check(order, &package.config)?;
                (package.config.clone(), package.weights.clone())
            }
        };
        let preparation = Preparation::new(&order.recordings, samples);
        Ok(Self { order: order.clone(), bytes: model.to_vec(), package, config, start, preparation })
    }

    /// Conditions the next recording. Returns how many are done; `None` where all were.
    pub fn prepare_next(&mut self) -> Option<usize> {
        self.preparation.prepare_next(&self.config)
    }

    /// Conditions what is left, divides the recordings and begins on a device, which has this name for people.
    ///
    /// # Errors
    /// A class of which there is nothing to learn from, recordings of one class alone, or a model that cannot be judged.
    pub fn course(mut self, device: &Device, name: &str, clock: Clock) -> Result<Course> {
        while self.prepare_next().is_some() {}
        let Self { order, bytes, package, config, start, preparation } = self;
        let learns = learns(order.learns);
        let seed = learns.is_some().then_some(order.seed);
        let Divided { parts, digests, sides } =
            preparation.divided(&config, &order.labels, &package.config.labels, seed)?;
        let recordings = parts.iter().cloned().zip(digests).collect();
        let origin = Origin::new(&order, (bytes.as_slice(), &package), name, recordings);
        let work = match learns {
            Some(learns) => {
                let recipe = recipe(learns, &config, order.seed);
                let mut lesson = Lesson::new(&order, recipe, (&config, &start), sides, device, clock)?;
                if package.assessment.is_some() || package.openness.is_some() {
                    lesson.note(UNMEASURED);
                }
                // The file says of the filters what the model's own said.
                let mut config = config;
                config.front_end.learnable |= package.config.front_end.learnable;
                Work::Lesson(Box::new(lesson), Box::new(config))
            }
            None => {
                let [recordings, _] = sides;
                Work::Calibration { bytes, package: Box::new(package), recordings, done: None }
            }
        };
        Ok(Course { parts, origin, work })
    }
}

/// A run on its way.
pub struct Course {
    parts: Vec<Part>,
    origin: Origin,
    work: Work,
}

enum Work {
    /// Weights learn; with the configuration for the model file.
    Lesson(Box<Lesson>, Box<ModelConfig>),
    /// Only the calibration is fitted, in one step.
    Calibration { bytes: Vec<u8>, package: Box<Package>, recordings: Vec<Conditioned>, done: Option<Calibrated> },
}

impl Course {
    /// Prepares and begins at once.
    ///
    /// # Errors
    /// Those of [`Preparing::new`] and [`Preparing::course`].
    pub fn new(
        order: &Order,
        model: &[u8],
        samples: Samples,
        device: &Device,
        name: &str,
        clock: Clock,
    ) -> Result<Self> {
        Preparing::new(order, model, samples)?.course(device, name, clock)
    }

    /// What each recording is used for.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The next step of the model, and of its twin where one is asked for. The first call only says how it begins.
    ///
    /// # Errors
    /// A CPU that fails, recordings that cannot be calibrated on, or weights that no model can have.
    pub async fn step(&mut self) -> Result<Told> {
        match &mut self.work {
            Work::Lesson(lesson, _) => lesson.step().await,
            Work::Calibration { bytes, package, recordings, done } => {
                if done.is_none() {
                    *done = Some(calibration::calibrate(bytes, package, recordings)?);
                }
                let figures = done.as_ref().map(|done| done.figures).unwrap_or_default();
                let step = Step {
                    step: 1,
                    learned: figures,
                    filters: half_power(&package.config, &package.filters),
                    ..Step::default()
                };
                Ok(Told::Ended { why: "Temperature and threshold are fitted.".into(), last: step })
            }
        }
    }

    /// Whether another device than the CPU computes.
    pub fn is_on_graphics(&self) -> bool {
        matches!(&self.work, Work::Lesson(lesson, _) if lesson.is_on_graphics())
    }

    /// The device is of no use any more, and a step that waits for it was given up: the CPU goes on from the weights that were
    /// read last.
    ///
    /// # Errors
    /// [`Error::Invalid`] with `why` where the CPU computes already.
    pub fn lost(&mut self, why: &str) -> Result<Told> {
        match &mut self.work {
            Work::Lesson(lesson, _) => lesson.lost(why),
            Work::Calibration { .. } => Err(Error::invalid(why)),
        }
    }

    /// What another program goes on from where this one is stopped by the graphics processor, from the weights that were read
    /// last: bytes for [`go_on`](Self::go_on). None where no weights learn, and for numbers that cannot be written.
    pub fn kept(&self) -> Option<Vec<u8>> {
        match &self.work {
            Work::Lesson(lesson, _) => lesson.kept(self.origin.devices().to_vec()).to_bytes().ok(),
            Work::Calibration { .. } => None,
        }
    }

    /// Goes on from what another program [kept](Self::kept) of a run of the same order, on the device that this course was
    /// made for. It must not have made a step.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what was kept of another run.
    pub fn go_on(&mut self, kept: &[u8], device: &Device) -> Result<()> {
        let Work::Lesson(lesson, _) = &mut self.work else { return Err(of_another_run()) };
        let like = lesson.state().ok_or_else(of_another_run)?;
        let mut kept = Kept::from_bytes(kept, &like.weights)?;
        self.origin.computed_before_by(std::mem::take(&mut kept.devices));
        lesson.go_on(kept, device)
    }

    /// Ends it at the next step.
    pub fn stop(&mut self) {
        if let Work::Lesson(lesson, _) = &mut self.work {
            lesson.stop();
        }
    }

    /// What a person should know, in sentences, each once.
    pub fn notes(&mut self) -> Vec<String> {
        match &mut self.work {
            Work::Lesson(lesson, _) => lesson.notes(),
            Work::Calibration { done, .. } => {
                done.as_mut().map(|done| std::mem::take(&mut done.notes)).unwrap_or_default()
            }
        }
    }

    /// The model file: as the model was judged last, and after the end the best one by what was held out.
    ///
    /// # Errors
    /// Those of [`package::write`], and [`Error::Invalid`] before a calibration is fitted.
    pub fn model(&self) -> Result<Vec<u8>> {
        match &self.work {
            Work::Lesson(lesson, config) => {
                let state = lesson.state().ok_or_else(|| Error::invalid("there is no model that learns"))?;
                let come = Come {
                    steps: [lesson.steps(), state.step],
                    passes: lesson.passes(),
                    fell_back: lesson.fell_back(),
                    figures: (state.figures, lesson.twin().map(|twin| twin.figures)),
                };
                self.origin.write(config, &state.weights, &come)
            }
            Work::Calibration { done: Some(done), package, .. } => {
                let known = package.recordings.clone().map(|known| known.with_chosen_on(self.origin.digests()));
                known.map_or(Ok(done.file.clone()), |known| package::with_recordings(&done.file, &known))
            }
            Work::Calibration { done: None, .. } => Err(Error::invalid("the calibration is not fitted yet")),
        }
    }

    /// Weights of the model as it was judged last or is the best after the end, and of its twin.
    pub fn weights(&self) -> [Option<&Weights>; 2] {
        match &self.work {
            Work::Lesson(lesson, _) => [lesson.state(), lesson.twin()].map(|state| Some(state?.weights.as_ref())),
            Work::Calibration { package, .. } => [Some(&package.weights), None],
        }
    }

    /// Makes the device fail in this step, as if it were another than the CPU: for tests of what then happens.
    pub fn lose_device_in(&mut self, step: u32) {
        if let Work::Lesson(lesson, _) = &mut self.work {
            lesson.lose_device_in(step);
        }
    }
}

/// Does all of an order natively, on the CPU, and waits for it; the observer sees every report. Returns the model file, and
/// what it comes to.
///
/// # Errors
/// Those of [`Course::new`], [`Course::step`] and [`Course::model`].
#[cfg(not(target_arch = "wasm32"))]
pub fn run(order: &Order, model: &[u8], samples: Samples, mut observer: impl FnMut(&Step)) -> Result<(Vec<u8>, Step)> {
    let began = std::time::Instant::now();
    let clock: Clock = Box::new(move || began.elapsed().as_secs_f64());
    let mut course = Course::new(order, model, samples, &Device::flex(), CPU, clock)?;
    loop {
        match at_once(course.step())? {
            Told::Going(Some(step)) => observer(&step),
            Told::Going(None) => {}
            Told::Ended { last, .. } => return Ok((course.model()?, last)),
        }
    }
}
