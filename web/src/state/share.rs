//! What leaves the page, and what a link brings back: files, pictures, links; digest and card of the model in use.

use std::rc::Rc;

use spectnet_core::prediction::decision::OperatingPoint;

use super::{Effect as Wanted, Origin, Recording, Source, State, Ticket, axis, deciding, filters, running};
use crate::about;
use crate::export::{self, Document, Export};
use crate::link::{Example, Link, Place, shown};

/// What the page knows of sharing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Share {
    /// What the page's address asks for, until the first model works.
    wish: Option<Link>,
    /// What stands for the recording at hand in a link; none of a person's own.
    pub example: Option<Example>,
    /// The digest of the model file that was read last.
    read: Option<(Ticket, String)>,
    /// SHA-256 of the file of the model in use, where the browser computes one.
    pub sha256: Option<String>,
    /// The card of the model in use, where one comes with it.
    pub card: Option<Card>,
    /// The link that was last asked for; empty before.
    pub link: String,
    /// What a person should know of a link or a copy; may be empty.
    pub note: String,
}

/// The card of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Where it is.
    pub address: String,
    /// What is in it, as Markdown.
    pub text: Rc<str>,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The page was opened with this in its address.
    Opened(Link),
    /// The file of a model was read, and has this SHA-256.
    Digested {
        /// The request for the model.
        ticket: Ticket,
        /// In hexadecimal digits.
        sha256: String,
    },
    /// The card of a model is there.
    CardFetched {
        /// The request for the model.
        ticket: Ticket,
        /// The card.
        card: Card,
    },
    /// A person wants the windows as a file.
    WindowsAsked,
    /// A person wants a picture of the plots and the result.
    PictureAsked(Kind),
    /// A person wants a link.
    LinkAsked,
    /// A person wants to cite the program.
    CitationAsked,
    /// Something was copied, or the browser did not let it.
    Copied {
        /// What it was.
        what: Copied,
        /// The text, with the page's address before a query.
        text: String,
        /// Whether it was.
        well: bool,
    },
    /// Why there is no such picture.
    PictureFailed(String),
}

/// What can be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    /// A link, of which the text is the query.
    Link,
    /// The citation.
    Citation,
}

/// A kind of picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Lines and letters, which stay sharp at any size.
    Svg,
    /// Pixels.
    Png,
}

/// What the state wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Fetch the card of a model: [`CardFetched`](Event::CardFetched), or nothing where there is none.
    FetchCard {
        /// The request for the model.
        ticket: Ticket,
        /// Where it is.
        address: String,
    },
    /// Copy a text: [`Copied`](Event::Copied).
    Copy {
        /// What it is.
        what: Copied,
        /// The text.
        text: String,
    },
    /// Download a picture of what is seen; [`PictureFailed`](Event::PictureFailed) where that is not possible.
    Picture {
        /// Its kind.
        kind: Kind,
        /// The name of its file.
        name: String,
        /// What stands above the plots; the first line is the result.
        heading: Vec<String>,
    },
}

/// What an event changes.
pub(super) fn apply(state: &mut State, event: Event, todo: &mut Vec<Wanted>) {
    match event {
        Event::Opened(link) => {
            state.share.note = link.problems.join(" ");
            state.share.wish = Some(link);
        }
        Event::Digested { ticket, sha256 } => state.share.read = Some((ticket, sha256)),
        Event::CardFetched { ticket, card } => {
            if state.model.as_ref().is_some_and(|model| model.ticket == ticket) {
                state.share.card = Some(card);
            }
        }
        Event::WindowsAsked => todo.extend(state.windows_document().map(Wanted::Save)),
        Event::PictureAsked(kind) => todo.extend(state.picture_wanted(kind).map(Wanted::Share)),
        Event::LinkAsked => {
            let (link, note) = state.link();
            state.share.note = note.into();
            todo.push(Wanted::Share(Effect::Copy { what: Copied::Link, text: link.query() }));
        }
        Event::CitationAsked => {
            todo.push(Wanted::Share(Effect::Copy { what: Copied::Citation, text: about::citation() }));
        }
        Event::Copied { what, text, well } => copied(state, what, text, well),
        Event::PictureFailed(why) => state.fail("The picture could not be saved", &why),
    }
}

/// Another model is in use: its digest and its card, and once what the page's address asks for.
pub(super) fn model_installed(state: &mut State, todo: &mut Vec<Wanted>) {
    let Some(model) = &state.model else { return };
    let (ticket, source) = (model.ticket, state.sources.get(model.source).cloned());
    let share = &mut state.share;
    share.sha256 = share.read.take().filter(|read| read.0 == ticket).map(|read| read.1);
    (share.card, share.link) = (None, String::new());
    let address = source.as_ref().and_then(card_address);
    todo.extend(address.map(|address| Wanted::Share(Effect::FetchCard { ticket, address })));
    if let (Some(wish), Some(source)) = (share.wish.take(), source) {
        follow(state, wish, &source, todo);
    }
}

/// The card lies beside the file of a model that comes with the page.
fn card_address(source: &Source) -> Option<String> {
    match &source.origin {
        Origin::Address(address) if source.shipped => Some(format!("{}.md", address.strip_suffix(".safetensors")?)),
        _ => None,
    }
}

/// Does what a link asks for, as far as the model in use can, and says what it cannot.
fn follow(state: &mut State, wish: Link, source: &Source, todo: &mut Vec<Wanted>) {
    let Link { model, example, threshold, prevalence, filter, part, mut problems } = wish;
    let same = model.is_none_or(|asked| Source::address(&asked).origin == source.origin);
    if let Some(threshold) = threshold {
        match state.decision().and_then(|decision| decision.threshold()).filter(|_| same) {
            Some(_) => deciding::decide_by(state, OperatingPoint::Threshold(threshold)),
            None => problems.push("The link’s threshold is left out: this model does not have it.".into()),
        }
    }
    if let Some(prevalence) = prevalence {
        match state.decision().and_then(|decision| decision.figures().prevalence).filter(|_| same) {
            Some(_) => deciding::take_prevalence(state, 100.0 * prevalence),
            None => problems.push("The link’s prevalence is left out: this model was not measured at any.".into()),
        }
    }
    if let Some(filter) = filter {
        // People count from 1; there is no filter 0.
        let index = filter.wrapping_sub(1);
        filters::select(state, index);
        if state.selected != index {
            problems.push(format!("The link’s filter {filter} is left out: this model has no such filter."));
        }
    }
    // What a person has chosen meanwhile stays.
    let example = example.filter(|_| state.recording == Recording::None && !state.microphone.is_on());
    if let Some((example, model)) = example.zip(state.model.as_ref()) {
        match example.place(&model.package.config) {
            Some(Place::Recorded(index)) => running::open_recorded(state, index, todo),
            Some(Place::Synthesised(index, seed)) => running::open_synthesised(state, index, seed, todo),
            None => {
                let name = shown(&example.name);
                problems.push(format!("The link’s example “{name}” is left out: this model has no such example."));
            }
        }
        if let Some(part) = part {
            axis::ask(state, part);
        }
    }
    state.share.note = problems.join(" ");
}

fn copied(state: &mut State, what: Copied, text: String, well: bool) {
    let said = match (what, well) {
        (Copied::Link, true) => "The link is copied.",
        (Copied::Link, false) => "This browser does not let the page copy: copy the link from the field.",
        (Copied::Citation, true) => "The citation is copied.",
        (Copied::Citation, false) => "This browser does not let the page copy: select the citation and copy it.",
    };
    let own = match what {
        Copied::Link => {
            state.share.link = text;
            state.link().1
        }
        Copied::Citation => "",
    };
    state.share.note = [said, own].join(" ").trim_end().to_owned();
}

impl State {
    /// What opens the page as it is, and what of it cannot be linked, in a sentence.
    fn link(&self) -> (Link, &'static str) {
        let source = self.model.as_ref().and_then(|model| self.sources.get(model.source));
        let model = match source.map(|source| &source.origin) {
            Some(Origin::Address(address)) => Some(address.clone()),
            _ => None,
        };
        let own_recording = self.recording.open().is_some() && self.share.example.is_none();
        let note = match (model.is_none() && source.is_some(), own_recording) {
            (true, true) => "Your own model and recording are not in it: they never leave this device.",
            (true, false) => "Your own model is not in it: it never leaves this device.",
            (false, true) => "Your own recording is not in it: it never leaves this device.",
            (false, false) => "",
        };
        let threshold = match self.point {
            OperatingPoint::Threshold(threshold) => Some(threshold),
            _ => None,
        };
        let filter = self.model.as_ref().map(|_| self.selected + 1);
        let (example, prevalence) = (self.share.example.clone(), self.prevalence);
        let part = Some(self.visible_s()).filter(|_| example.is_some() && self.is_zoomed());
        let problems = Vec::new();
        (Link { model, example, threshold, prevalence, filter, part, problems }, note)
    }

    /// The result with all that it rests on, as a file.
    pub(super) fn document(&self) -> Option<Document> {
        let (result, model, input) = (self.result.as_ref()?, self.model.as_ref()?, self.recording.open()?);
        let backend = self.backend.as_ref();
        let export = Export {
            result,
            model: export::Model {
                name: &model.name,
                sha256: self.share.sha256.as_deref(),
                trained_by: &model.package.provenance.software_version,
                scope: model.package.scope.as_ref(),
            },
            recording: export::Recording {
                length_s: input.length_s,
                judged_s: self.judged_s(),
                sample_rate: input.sample_rate,
                channels: input.channels,
            },
            settings: export::Settings {
                threshold: result.prediction.threshold,
                prevalence: self.prevalence,
                channel: self.channel.map(|choice| export::channel(Some(choice))),
                whole: self.whole,
                backend: if model.on_gpu { "webgpu" } else { "cpu" },
                device: backend.map_or("", |backend| backend.why.as_str()),
            },
            software: export::Software::default(),
        };
        Some(Document { name: export::file_name(result, "json"), kind: "application/json", text: export.json() })
    }

    /// The windows as a file.
    fn windows_document(&self) -> Option<Document> {
        let (result, model) = (self.result.as_ref()?, self.model.as_ref()?);
        let text = export::windows_csv(result, &model.package.config.labels);
        Some(Document { name: export::file_name(result, "windows.csv"), kind: "text/csv", text })
    }

    /// A picture of what is seen.
    fn picture_wanted(&self, kind: Kind) -> Option<Effect> {
        let (result, model) = (self.result.as_ref()?, self.model.as_ref()?);
        let ending = match kind {
            Kind::Svg => "svg",
            Kind::Png => "png",
        };
        let mut heading = vec![
            self.announcement_of_result(),
            self.recording_note(),
            export::origin(&model.name, self.share.sha256.as_deref()),
            export::warning(model.package.config.task).into(),
        ];
        if self.is_zoomed() {
            heading.insert(2, format!("The plots show {}.", self.visible_note()));
        }
        Some(Effect::Picture { kind, name: export::file_name(result, ending), heading })
    }
}
