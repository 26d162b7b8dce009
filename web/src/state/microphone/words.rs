//! What is said of the microphone.

use spectnet_core::prediction::{Note, Noted};

use super::{LOWEST_DB, Length, MOST_S, Microphone, Problem, Processing, Take};

/// While the browser asks.
pub(super) const ASKING: &str = "The browser asks whether this page may use the microphone. Allow it to record.";
/// Where a person wants it no longer.
pub(super) const NOT_ASKED: &str = "Nothing was recorded.";
/// Where another recording was chosen meanwhile.
pub(super) const REPLACED: &str =
    "Recording with the microphone was stopped, and what it gave is gone: another recording took its place.";

/// It records.
pub(super) fn recording(processing: Processing) -> String {
    [Some("Recording with the microphone.".to_owned()), processing.text()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

/// So much was recorded.
pub(super) fn recorded(seconds: f64) -> String {
    if seconds > 0.0 { format!("Recorded: {seconds:.1} s.") } else { NOT_ASKED.into() }
}

impl Processing {
    /// What the browser does to the sound although it was asked not to; none where it obeys.
    pub fn text(self) -> Option<String> {
        let all = [
            (self.echo_cancellation, "echo cancellation"),
            (self.noise_suppression, "noise suppression"),
            (self.automatic_gain, "automatic gain"),
        ];
        let of = |state: Option<bool>| {
            let names = all.iter().filter(|(now, _)| *now == state).map(|(_, name)| *name);
            names.collect::<Vec<_>>().join(", ")
        };
        let (on, unknown) = (of(Some(true)), of(None));
        let mut said = Vec::new();
        if !on.is_empty() {
            said.push(format!(
                "This browser does not switch off: {on}. The recording is not quite what the room gives."
            ));
        }
        if !unknown.is_empty() {
            said.push(format!("This browser does not say whether it has switched off: {unknown}."));
        }
        (!said.is_empty()).then(|| said.join(" "))
    }

    /// What must be said of a recording that was made so; may be empty.
    pub(super) fn note(self) -> &'static str {
        let all = [self.echo_cancellation, self.noise_suppression, self.automatic_gain];
        if all.contains(&Some(true)) { "The browser changed the sound while it was recorded." } else { "" }
    }
}

impl Problem {
    /// What went wrong and what to do, where so many seconds were recorded before.
    pub fn text(&self, seconds: f64) -> String {
        let kept = if seconds > 0.0 {
            "What was recorded until then is kept and judged."
        } else {
            "Nothing was recorded: connect it, allow it and try again."
        };
        match self {
            Self::Insecure => "Browsers give the microphone only to pages over https and on localhost: open this page \
                               there, or record with another program and choose the file."
                .into(),
            Self::Denied => {
                "The microphone is not allowed. Allow it for this page in the browser’s settings, often behind \
                             the sign beside the address, and try again; or choose a file."
                    .into()
            }
            Self::NoDevice => "No microphone was found. Connect one and try again, or choose a file.".into(),
            Self::Busy => {
                "The microphone gives no sound: another program may be using it. Close that and try again.".into()
            }
            Self::Lost => format!("The microphone was unplugged, or is not allowed any more. {kept}"),
            Self::Stalled => format!("The microphone gives no sound any more. {kept}"),
            Self::Failed(why) => {
                format!("The microphone cannot be used ({}). Try again, or choose a file.", why.trim_end_matches('.'))
            }
        }
    }
}

impl Microphone {
    /// Which part the result of the moment is about, as a note beside it; none where nothing is being recorded.
    pub(in crate::state) fn provisional(&self) -> Option<Note> {
        let [from, to] = self.take()?.shown?;
        let part = if from > 0.0 { format!("the last {:.0} s", to - from) } else { format!("the first {to:.1} s") };
        let detail = format!("Provisional: the microphone is still recording, and this result is about {part} so far.");
        Some(Note::new(Noted::Provisional, detail))
    }

    /// How much was recorded and how much is left, as they stand on the page.
    pub fn time(&self) -> Option<String> {
        let seconds = self.take()?.seconds;
        let left = (self.length.most_s() - seconds).max(0.0).ceil();
        Some(match self.length {
            Length::UntilStopped => {
                format!("{seconds:.1} s recorded, until you stop it or {:.0} minutes are over", MOST_S / 60.0)
            }
            _ => format!("{seconds:.1} s recorded, {left:.0} s left"),
        })
    }
}

impl Take {
    /// The level of the last moment in decibels below full scale, not below what the meter shows.
    pub fn level_db(&self) -> f64 {
        // The logarithm of silence is less than anything.
        (20.0 * self.peak.log10()).clamp(LOWEST_DB, 0.0)
    }

    /// The same in words.
    pub fn level_text(&self) -> String {
        match self.level_db() {
            lowest if lowest <= LOWEST_DB => format!("below −{:.0} dBFS", -LOWEST_DB),
            level => format!("{}{:.0} dBFS", if level > -0.5 { "" } else { "−" }, level.abs()),
        }
    }

    /// What is being recorded, and what the result of the moment is about.
    pub(super) fn status(&self) -> String {
        match (&self.problem, self.shown) {
            (Some(why), _) => format!("Recording with the microphone; no newer result so far: {why}"),
            (None, Some([from, to])) if from > 0.0 => {
                format!("Recording with the microphone; the result is about the last {:.0} s so far", to - from)
            }
            (None, Some([_, to])) => format!("Recording with the microphone; the result is about {to:.1} s so far"),
            (None, None) => "Recording with the microphone; no result so far".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_browser_does_not_switch_off_is_said() {
        let off =
            Processing { echo_cancellation: Some(false), noise_suppression: Some(false), automatic_gain: Some(false) };
        assert_eq!((off.text(), off.note()), (None, ""));
        let on = Processing { noise_suppression: Some(true), automatic_gain: Some(true), ..off };
        let said = on.text().unwrap();
        assert!(said.contains("does not switch off: noise suppression, automatic gain."), "{said}");
        assert!(!said.contains("does not say") && !on.note().is_empty(), "{said}");
        let unknown = Processing { echo_cancellation: None, ..off };
        let said = unknown.text().unwrap();
        assert!(said.contains("does not say whether it has switched off: echo cancellation."), "{said}");
        assert_eq!(unknown.note(), "");
        assert_eq!(recording(off), "Recording with the microphone.");
    }

    #[test]
    fn every_problem_says_what_to_do() {
        let failed = Problem::Failed("odd.".into());
        let all = [Problem::Insecure, Problem::Denied, Problem::NoDevice, Problem::Busy, failed];
        let mut said: Vec<String> = all.iter().map(|problem| problem.text(0.0)).collect();
        said.extend([Problem::Lost, Problem::Stalled].map(|problem| problem.text(0.0)));
        for text in &said {
            assert!(text.ends_with('.') && (text.contains("again") || text.contains("file")), "{text}");
        }
        said.dedup();
        assert_eq!(said.len(), 7);
        assert!(Problem::Lost.text(3.0).contains("kept") && Problem::Stalled.text(3.0).contains("kept"));
    }

    #[test]
    fn every_length_has_a_name_and_none_is_longer_than_the_longest() {
        assert!(Length::ALL.iter().all(|length| (1.0..=MOST_S).contains(&length.most_s())));
        assert!(Length::ALL.iter().all(|length| Length::named(length.name()) == Some(*length)));
        assert_eq!(Length::named("11"), None);
    }
}
