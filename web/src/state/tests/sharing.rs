//! Links, files, copies, the look of the page, new versions, and what is read out.

use serde_json::Value;

use super::*;
use crate::link::{Example, Link};
use crate::state::share::{Card, Copied, Effect as Sharing, Event as Shared, Kind};
use crate::state::theme::{Event as Looks, Theme};

/// A page that was opened by a link, with its model.
fn opened_by(link: Link) -> Play {
    let mut play = Play::opened(link.model.as_deref());
    play.send(Event::Share(Shared::Opened(link))).answer(End::Badly);
    play
}

fn example(name: &str, seed: Option<u64>) -> Option<Example> {
    Some(Example { name: name.into(), seed })
}

fn note(play: &Play) -> &str {
    &play.state.share.note
}

/// The last effect of sharing that was asked for.
fn wanted(play: &Play) -> &Sharing {
    match play.asked.last() {
        Some(Effect::Share(effect)) => effect,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_link_reopens_model_threshold_example_and_filter() {
    let link = Link {
        model: Some("weights/scene.safetensors".into()),
        example: example("systolic-murmur", Some(7)),
        threshold: Some(0.95),
        prevalence: Some(0.05),
        filter: Some(2),
        part: Some([12.5, 20.0]),
        problems: Vec::new(),
    };
    let mut play = opened_by(link.clone());
    play.all_well();
    assert_eq!(play.state.visible_s(), [12.5, 20.0]);
    assert_eq!((play.state.chosen, play.state.sources.len()), (1, 2), "a shipped model is in the menu once");
    assert_eq!((play.phase(), play.result()), (Phase::Done, ("Systolic murmur (synthesised, seed 7)", Some("normal"))));
    let decision = play.state.decision().unwrap();
    assert_eq!((decision.threshold(), decision.figures().prevalence), (Some(0.95), Some(0.05)));
    assert_eq!((play.state.selected, note(&play)), (1, ""));
    // And what the page links to is the same.
    play.send(Event::Share(Shared::LinkAsked));
    assert_eq!(*wanted(&play), Sharing::Copy { what: Copied::Link, text: link.query() });
}

#[test]
fn what_a_link_cannot_have_is_left_out_and_said() {
    let link = Link {
        example: example("no-such-thing", None),
        threshold: Some(0.5),
        filter: Some(99),
        problems: vec!["The link’s seed is left out.".into()],
        ..Link::default()
    };
    let mut play = opened_by(link.clone());
    assert_eq!(note(&play), "The link’s seed is left out.");
    play.package = Some(scenes());
    play.all_well();
    assert_eq!(play.phase(), Phase::Ready);
    for said in
        ["seed is left out", "threshold is left out", "filter 99 is left out", "example “no-such-thing” is left"]
    {
        assert!(note(&play).contains(said), "{said}: {}", note(&play));
    }
    // It counts for the first model only.
    play.package = Some(heart());
    play.send(Event::ModelPicked(0)).all_well();
    assert_ne!(play.state.decision().unwrap().threshold(), Some(0.5));
}

#[test]
fn the_threshold_of_a_link_belongs_to_its_model() {
    let link = Link { model: Some("https://a.example/x.safetensors".into()), threshold: Some(0.01), ..Link::default() };
    let mut play = opened_by(link);
    // The menu, then the model fails, and another one is chosen.
    play.answer(End::Well).answer(End::Badly);
    play.send(Event::ModelPicked(0)).all_well();
    assert_ne!(play.state.decision().unwrap().threshold(), Some(0.01));
    assert!(note(&play).contains("threshold is left out"), "{}", note(&play));
}

#[test]
fn an_example_of_a_link_does_not_take_the_place_of_a_recording() {
    let mut play = opened_by(Link { example: example("heart-murmur", None), ..Link::default() });
    play.give(&["mine.wav"]).all_well();
    assert_eq!(play.result().0, "mine.wav");
}

#[test]
fn what_is_a_persons_own_is_not_linked_and_that_is_said() {
    let mut play = Play::done();
    play.send(Event::Share(Shared::LinkAsked));
    let Sharing::Copy { what, text } = wanted(&play).clone() else { panic!("no copy") };
    assert!(text.starts_with("?model=weights/heart.safetensors&filter=") && !text.contains("example"), "{text}");
    let text = format!("https://a.example/{text}");
    play.send(Event::Share(Shared::Copied { what, text: text.clone(), well: true }));
    assert_eq!(play.state.share.link, text);
    assert_eq!(note(&play), "The link is copied. Your own recording is not in it: it never leaves this device.");
    play.send(Event::Share(Shared::Copied { what, text, well: false }));
    assert!(note(&play).starts_with("This browser does not let the page copy"), "{}", note(&play));

    play.give(&["mine.safetensors"]).all_well();
    assert_eq!(play.state.share.link, "", "the link was that of another model");
    play.send(Event::RecordedPicked(0)).all_well();
    play.send(Event::Share(Shared::LinkAsked));
    assert_eq!(note(&play), "Your own model is not in it: it never leaves this device.");
    let Sharing::Copy { text, .. } = wanted(&play) else { panic!("no copy") };
    assert!(text.starts_with("?example=heart-normal&filter="), "{text}");
}

#[test]
fn the_file_of_a_result_says_what_it_rests_on() {
    let mut play = Play::ready(false);
    play.send(Event::ModelPicked(0));
    let Some(Effect::ReadModel { ticket, .. }) = play.outstanding.last().cloned() else { panic!("no model") };
    play.send(Event::Share(Shared::Digested { ticket, sha256: "ab".repeat(32) })).all_well();
    play.give(&["a.wav"]).all_well();
    play.send(Event::ThresholdMoved(0.95)).send(Event::PrevalenceTyped(5.0)).send(Event::SaveAsked);
    let Some(Effect::Save(document)) = play.asked.last() else { panic!("{:?}", play.asked.last()) };
    let value: Value = serde_json::from_str(&document.text).unwrap();
    assert_eq!((&value["file"], &value["label"]), (&"a.wav".into(), &"normal".into()));
    assert_eq!(value["model"]["sha256"], "ab".repeat(32));
    assert_eq!(
        value["recording"],
        serde_json::json!({ "length_s": 100.0, "judged_s": 60.0, "sample_rate": 2000, "channels": 2 })
    );
    let settings = &value["settings"];
    assert_eq!((&settings["threshold"], &settings["prevalence"]), (&0.95.into(), &0.05.into()));
    assert_eq!((&settings["backend"], &settings["whole"]), (&"cpu".into(), &false.into()));
    // The digest of one model is not that of the next.
    play.send(Event::ModelPicked(1)).all_well();
    assert_eq!(play.state.share.sha256, None);

    play.send(Event::Share(Shared::WindowsAsked));
    let Some(Effect::Save(document)) = play.asked.last() else { panic!("{:?}", play.asked.last()) };
    assert_eq!((document.name.as_str(), document.kind), ("a.spectnet.windows.csv", "text/csv"));
    play.send(Event::Share(Shared::PictureAsked(Kind::Png)));
    let Sharing::Picture { kind, name, heading } = wanted(&play) else { panic!("no picture") };
    assert_eq!((*kind, name.as_str(), heading.len()), (Kind::Png, "a.spectnet.png", 4));
    assert!(heading[0].starts_with("a.wav: abnormal, 90 %"), "{heading:?}");
    assert!(heading[3].contains("not a medical device"), "{heading:?}");
}

#[test]
fn without_a_result_there_is_nothing_to_save() {
    let mut play = Play::ready(false);
    let before = play.asked.len();
    for event in [Shared::WindowsAsked, Shared::PictureAsked(Kind::Svg)] {
        play.send(Event::Share(event));
    }
    assert_eq!(play.asked.len(), before);
    play.send(Event::Share(Shared::PictureFailed("no room".into())));
    assert_eq!((play.text(), play.error()), ("The picture could not be saved", "No room."));
}

#[test]
fn the_card_is_that_of_the_shipped_model_in_use() {
    let mut play = Play::ready(false);
    let asked = |effect: &Effect| match effect {
        Effect::Share(Sharing::FetchCard { ticket, address }) => Some((*ticket, address.clone())),
        _ => None,
    };
    let cards: Vec<_> = play.asked.iter().filter_map(asked).collect();
    let [(ticket, address)] = &cards[..] else { panic!("{cards:?}") };
    assert_eq!(address, "weights/heart.md");
    let card = Card { address: address.clone(), text: "# Heart".into() };
    let fetched = Event::Share(Shared::CardFetched { ticket: *ticket, card: card.clone() });
    play.send(fetched.clone());
    assert_eq!(play.state.share.card, Some(card));
    // A model of a person's own has none, and the one of the model before comes too late.
    play.give(&["mine.safetensors"]).all_well();
    play.send(fetched);
    assert_eq!(play.state.share.card, None);
    assert_eq!(play.asked.iter().filter_map(asked).count(), 1);
}

#[test]
fn a_theme_is_kept_and_everything_is_drawn_in_it() {
    let mut play = Play::ready(false);
    let layout = play.state.layout;
    play.send(Event::Theme(Looks::Picked(Theme::Dark)));
    assert_eq!((play.state.look.shown(), play.state.layout), (Theme::Dark, layout + 1));
    assert_eq!(play.asked.last(), Some(&Effect::KeepTheme(Theme::Dark)));
    play.send(Event::Theme(Looks::PrintBegan("2026-01-31".into())));
    assert_eq!((play.state.look.shown(), play.state.layout), (Theme::Light, layout + 2), "paper is white");
    play.send(Event::Theme(Looks::PrintEnded));
    assert_eq!((play.state.look.shown(), play.state.layout), (Theme::Dark, layout + 3));
    for theme in [Theme::Automatic, Theme::Light, Theme::Dark] {
        assert_eq!(Theme::named(theme.name()), theme);
    }
    assert_eq!(Theme::named("pink"), Theme::Automatic);
}

#[test]
fn a_new_version_waits_until_a_person_wants_it() {
    let mut play = Play::ready(false);
    play.send(Event::Offline(offline::Event::ReloadAsked));
    assert_eq!(play.count(|effect| *effect == Effect::LoadNewVersion), 0);
    play.send(Event::Offline(offline::Event::NewVersion));
    assert!(play.state.offline.new_version);
    assert_eq!(play.count(|effect| *effect == Effect::LoadNewVersion), 0);
    play.send(Event::Offline(offline::Event::ReloadAsked));
    assert_eq!(play.count(|effect| *effect == Effect::LoadNewVersion), 1);
}

#[test]
fn a_result_is_read_out_once_and_no_step_of_progress_is() {
    let mut play = Play::ready(false);
    assert_eq!(play.state.announcement(), "Ready: choose or drop a recording.");
    let mut said = Vec::new();
    play.give(&["a.wav"]);
    said.push(play.state.announcement());
    play.answer(End::Well);
    said.push(play.state.announcement());
    let (ticket, _) = play.run();
    for seconds in 1..50 {
        let step = Step::Done { downmix: 0, downmixes: 1, seconds: f64::from(seconds) };
        play.send(Event::Judging { ticket, step });
        said.push(play.state.announcement());
    }
    play.all_well();
    said.push(play.state.announcement());
    // Where the threshold lies is not read out, unless it changes the label.
    play.send(Event::ThresholdMoved(0.6));
    said.push(play.state.announcement());
    play.send(Event::ThresholdMoved(0.95));
    said.push(play.state.announcement());
    said.dedup();
    let expected = [
        "Judging a.wav.",
        "a.wav: abnormal, 90 % probability of “abnormal”.",
        "a.wav: normal, 90 % probability of “abnormal”.",
    ];
    assert_eq!(said, expected);
    play.give(&["b.wav"]).answer(End::Badly);
    assert_eq!((play.phase(), play.state.announcement().as_str()), (Phase::Failed, ""), "that is an alert of its own");
}

/// The values of the custom properties in a block of the style sheet.
fn colours(sheet: &str, selector: &str) -> Vec<(String, String)> {
    let (_, block) = sheet.split_once(&format!("{selector} {{")).unwrap_or_else(|| panic!("no {selector}"));
    let (block, _) = block.split_once('}').expect("the block ends");
    let pairs = block.split(';').filter_map(|line| line.split_once(':'));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

/// Relative luminance (WCAG 2.2) of a colour such as `#0b5f6b`.
fn luminance(colour: &str) -> f64 {
    let part = |place: usize| {
        let byte = u8::from_str_radix(&colour[place..place + 2], 16).unwrap_or_else(|_| panic!("{colour}"));
        let value = f64::from(byte) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

#[test]
fn both_themes_can_be_read_and_the_dark_one_is_one() {
    let sheet = include_str!("../../../style.css");
    let dark = colours(sheet, ":root[data-theme=\"dark\"]");
    assert_eq!(dark, colours(sheet, ":root:not([data-theme=\"light\"])"));
    for theme in [colours(sheet, ":root"), dark] {
        let of = |name: &str| {
            let found = theme.iter().find(|(own, _)| own == name);
            luminance(&found.unwrap_or_else(|| panic!("no {name}")).1)
        };
        let contrast = |a: &str, b: &str| {
            let (a, b) = (of(a), of(b));
            (a.max(b) + 0.05) / (a.min(b) + 0.05)
        };
        for ground in ["--ground", "--surface", "--accent-soft"] {
            for letters in ["--ink", "--muted", "--accent"] {
                assert!(contrast(letters, ground) >= 4.5, "{letters} on {ground}: {}", contrast(letters, ground));
            }
        }
        for (letters, ground) in [
            ("--ink", "--alert-soft"),
            ("--alert", "--alert-soft"),
            ("--alert", "--surface"),
            ("--accent-ink", "--accent"),
        ] {
            assert!(contrast(letters, ground) >= 4.5, "{letters} on {ground}: {}", contrast(letters, ground));
        }
        // Edges of controls, and what the plots draw.
        for shape in ["--edge", "--wave", "--hue-from", "--hue-to", "--accent", "--alert"] {
            assert!(contrast(shape, "--surface") >= 3.0, "{shape}: {}", contrast(shape, "--surface"));
        }
    }
}
