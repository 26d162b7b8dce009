//! Light or dark; on paper always light.

use super::{Effect, State};

/// Which colours the page has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Those that the system asks for.
    #[default]
    Automatic,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// How the page looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// What a person chose.
    pub theme: Theme,
    /// The date that stands on the paper, while the page is being printed.
    pub printed: Option<String>,
}

/// What can happen to the look of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The page was opened; this was chosen on an earlier visit.
    Opened(Theme),
    /// A person chose a theme.
    Picked(Theme),
    /// The page is about to be printed, on this date.
    PrintBegan(String),
    /// It was printed.
    PrintEnded,
}

impl Theme {
    /// The word for it, in the page's menu and in what the browser keeps.
    pub fn name(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of this name; any other word is that of the system.
    pub fn named(name: &str) -> Self {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.name() == name).unwrap_or_default()
    }
}

impl Look {
    /// What is seen.
    pub fn shown(&self) -> Theme {
        if self.printed.is_some() { Theme::Light } else { self.theme }
    }
}

/// Changes the look, and has all plots drawn anew where they had other colours.
pub(super) fn apply(state: &mut State, event: Event, todo: &mut Vec<Effect>) {
    match event {
        // Nothing was drawn in other colours.
        Event::Opened(theme) => {
            state.look.theme = theme;
            return;
        }
        Event::Picked(theme) => {
            state.look.theme = theme;
            todo.push(Effect::KeepTheme(theme));
        }
        Event::PrintBegan(date) => state.look.printed = Some(date),
        Event::PrintEnded => state.look.printed = None,
    }
    state.layout += 1;
}
