//! The panel that says why a result is what it is, in a real browser: the same numbers as `spectnet explain`, the most
//! telling second, and nothing that stays when its result goes.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use spectnet_tests::agreement::number;
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::explained::{LIMIT, TOLERANCE, ask, by_centre, explain, signed};
use spectnet_tests::page::{self, Page, visit};
use spectnet_tests::{models, recordings};

/// From now on it is written down where the player stands, whenever that is shown anew.
const WATCH_PLAYER: &str = "
    window.places = [];
    const slider = document.querySelector('#player-position');
    new MutationObserver(() => window.places.push(slider.valueAsNumber))
        .observe(document.querySelector('#player-time'), { childList: true });";
/// How far a place of the player may be from the one that is meant: it is shown in tenths of a second.
const NEAR: f64 = 0.11;

/// What the second of the label at hand says, where there is one for it.
async fn telling_agrees(page: &Page, explained: &Value) -> bool {
    let label = page.attribute("#verdict", "data-label").await;
    let seconds = explained["telling_seconds"].as_array().unwrap();
    let Some(second) = seconds.iter().find(|second| second["class"] == label.as_str()) else { return false };
    assert!(page.visible_text("#telling-text").await.contains(&format!("“{label}”")));
    for (attribute, key) in [("data-start", "start_s"), ("data-end", "end_s")] {
        let shown: f64 = page.attribute("#telling-play", attribute).await.parse().unwrap();
        assert!((shown - number(&second[key])).abs() < 0.051, "{attribute}: {shown}, {second}");
    }
    true
}

/// The button beside the sentence plays its second once: the player goes there, runs through it, and stops at its end.
async fn plays_the_second(page: &Page) {
    let mut second = [0.0, 0.0];
    for (place, name) in second.iter_mut().zip(["data-start", "data-end"]) {
        *place = page.attribute("#telling-play", name).await.parse().unwrap();
    }
    let [start, end] = second;
    assert!((end - start - 1.0_f64).abs() < NEAR, "{second:?}");
    page.script(WATCH_PLAYER, vec![]).await;
    page.press_at_once("#telling-play").await;
    page.comes_to("return document.querySelector('#player-toggle').dataset.playing === 'false';").await;
    assert_eq!(page.visible_text("#player-problem").await, "");
    let places: Vec<f64> = serde_json::from_value(page.script("return window.places;", vec![]).await).unwrap();
    let inside = |place: &f64| (start - NEAR..=end + NEAR).contains(place);
    assert!(places.iter().all(inside), "{places:?} leave {second:?}");
    let between = places.iter().filter(|place| (start + NEAR..end - NEAR).contains(*place)).count();
    assert!(between > 2, "it runs through the second: {places:?}");
    assert!(places.last().is_some_and(|last| (last - end).abs() < NEAR), "it stops at {end}: {places:?}");
}

#[test]
fn browser_explains_a_result_as_the_command_line_does() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recordings::heart_in_silence(folder.path(), 12.0, [0, 0]);
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        assert!(page.visible_text("#why-empty").await.starts_with("After a result"));
        assert_eq!(page.visible_text("#explain").await, "", "without a result there is nothing to explain");
        assert_eq!(page.classify(&recording).await, "done", "{}", page.visible_text("#error").await);
        assert_eq!(
            (page.visible_text("#explain").await.as_str(), page.visible_text("#why-empty").await),
            ("Explain", String::new())
        );
        ask(page).await;

        let explained = explain(&page::default_model(), &recording);
        assert_eq!(page.visible_text("#why-map-title").await, "Filters × phases of the heart cycle");
        let said = page.visible_text("#why-sentences").await;
        assert!(said.contains("The log-odds of “abnormal” are") && said.contains("What speaks"), "{said}");
        assert!(!said.contains("The second"), "it has a line of its own: {said}");
        assert!(page.colours("#why-map").await > 20);
        assert!(page.attribute("#why-map", "aria-label").await.contains("32 filters add in 17 phases"));

        // The table has every number: centre, all, without, and the 17 phases, from low to high.
        let cells = page.content("#why-table tbody").await;
        let cells: Vec<&str> = cells.lines().collect();
        assert_eq!(cells.len(), 32 * 20, "{cells:?}");
        let phases = |key: &str, phase: usize, filter: usize| number(&explained["phases"][key][phase][filter]);
        let filters = by_centre(&explained, &page::default_model());
        let place =
            |filter: &Value| explained["filters"].as_array().unwrap().iter().position(|one| one == filter).unwrap();
        for (row, expected) in cells.chunks(20).zip(&filters) {
            assert!((signed(row[1]) - number(&expected["contribution"])).abs() < TOLERANCE, "{row:?}: {expected}");
            assert!(row[2].contains('%'), "{row:?}");
            for (phase, text) in row[3..].iter().enumerate() {
                let sum = phases("mean", phase, place(expected)) + phases("deviation", phase, place(expected));
                assert!((signed(text) - sum).abs() < TOLERANCE, "{row:?}, phase {phase}: {sum}");
            }
        }
        page.press_at_once("#why-numbers summary").await;
        assert!(page.visible_text("#why-table").await.contains("diastole 9/9"));

        // Whichever filter is chosen here is the one of the filterbank too.
        for filter in [3, 20] {
            page.slide("#why-filter", f64::from(filter)).await;
            assert_eq!(page.attributes("#filters .selected", "data-filter").await, [filter.to_string()]);
            let said = page.visible_text("#without").await;
            let expected = 100.0 * number(&explained["filters"][filter as usize]["probability_without"]);
            let shown = said.split(" %").next().unwrap_or_default().parse::<f64>();
            assert!(
                shown.is_ok_and(|shown| (shown - expected).abs() < 1.0) || said.starts_with(['<', '>']),
                "{said}: {expected}"
            );
            assert!(said.contains("“abnormal”") && said.contains("it adds"), "{said}");
        }

        // The second is that of what the recording is called, wherever the threshold is.
        let mut agreed = 0;
        for threshold in [0.0, 1.0] {
            page.slide("#threshold", threshold).await;
            agreed += usize::from(telling_agrees(page, &explained).await);
            assert!(!page.visible_text("#why-map-title").await.is_empty(), "the explanation stays");
        }
        assert!(agreed > 0, "{explained}");
        plays_the_second(page).await;

        // It is hidden when a person wants that, and goes with its result.
        page.press_at_once("#explain").await;
        assert_eq!(page.visible_text("#why-map-title").await, "");
        assert_eq!(page.content("#why-sentences").await, "");
        ask(page).await;
        assert_eq!(page.classify(&recordings::silence(folder.path(), 5)).await, "done");
        assert_eq!(
            (page.visible_text("#why-map-title").await, page.visible_text("#explain").await),
            (String::new(), "Explain".into())
        );
        // What the program abstains from is explained with that said first.
        ask(page).await;
        let said = page.visible_text("#why-sentences").await;
        assert!(said.starts_with("Nothing was said of this recording (silent)"), "{said}");
    });
}

#[test]
fn browser_explains_a_network_over_time_on_a_phone() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("assessed.safetensors");
    fs::write(&model, models::assessed().1).unwrap();
    let recording = recordings::heart_in_silence(folder.path(), 8.0, [0, 0]);
    visit(Graphics::None, Screen::Phone, async |page| {
        page.open("").await;
        assert_eq!(page.load_model(&model).await, "ready", "{}", page.visible_text("#error").await);
        assert_eq!(page.classify(&recording).await, "done", "{}", page.visible_text("#error").await);
        ask(page).await;
        let explained = explain(&model, &recording);
        assert_eq!(page.visible_text("#why-map-title").await, "Filters × time");
        assert!(page.colours("#why-map").await > 10);
        let cells = page.content("#why-table tbody").await;
        let cells: Vec<&str> = cells.lines().collect();
        let size: f64 = by_centre(&explained, &model).iter().map(|filter| number(&filter["contribution"]).abs()).sum();
        assert_eq!(cells.len(), 4 * 3, "{cells:?}");
        for (row, expected) in cells.chunks(3).zip(by_centre(&explained, &model)) {
            let difference = (signed(row[1]) - number(&expected["contribution"])).abs();
            assert!(difference < TOLERANCE * size.max(1.0), "{row:?}: {expected}");
        }
        page.press_at_once("#why-numbers summary").await;
        assert!(page.visible_text("#why-table").await.contains("All filters"));
        assert!(page.content_width().await <= u64::from(Screen::Phone.width()), "it scrolls within the table");

        // Esc stops it, as the button does.
        page.press_at_once("#explain").await;
        let escape = "
            const button = document.querySelector('#explain');
            button.click();
            const said = [button.textContent];
            document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }));
            return [...said, button.textContent, document.querySelector('#status').dataset.state];";
        let said = page.script(escape, vec![]).await;
        assert_eq!(said, json!(["Stop explaining", "Explain", "done"]));
        ask(page).await;

        // What is asked for and stopped at once leaves nothing behind.
        for _ in 0..3 {
            page.press_at_once("#explain").await;
        }
        let start = Instant::now();
        while page.visible_text("#explain").await != "Explain" {
            assert!(start.elapsed() < LIMIT, "{}", page.visible_text("#explain").await);
            if page.visible_text("#explain").await == "Hide the explanation" {
                page.press_at_once("#explain").await;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(page.visible_text("#why-map-title").await, "");
        assert_eq!(page.visible_text("#why-problem").await, "");
    });
}
