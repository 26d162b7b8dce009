//! The filterbank on the page, in a real browser: a row for every filter of banks of any size, the way from start to
//! learned, the selected filter, and filters that are dragged, also with a recording open.

use std::fs;
use std::time::{Duration, Instant};

use spectnet_core::model::{Compression, SCENE_RATE, Scaling};
use spectnet_core::package;
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::page::{self, Page, visit};
use spectnet_tests::{models, recordings};

/// Longest wait for the end of the film, which lasts some seconds; a browser that draws in software takes its time.
const LIMIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(100);
/// What WebDriver calls these keys.
const SHIFT: char = '\u{E008}';
const UP: char = '\u{E013}';
const RIGHT: char = '\u{E014}';
/// The log-energy image without what is written beside and below it.
const IMAGE: &str = "
    const canvas = document.querySelector('#image');
    const [copy, scale] = [document.createElement('canvas'), canvas.width / canvas.clientWidth];
    [copy.width, copy.height] = [canvas.width - 56 * scale, canvas.height - 22 * scale];
    copy.getContext('2d').drawImage(canvas, -44 * scale, 0);
    return copy.toDataURL();";
/// Heights of rows with a mark that can be told from its neighbours, in pixels.
const LEAST_ROW: f64 = 6.9;

/// An attribute of all elements that a selector finds, as numbers.
async fn numbers(page: &Page, selector: &str, name: &str) -> Vec<f64> {
    let found = page.attributes(selector, name).await;
    found.iter().map(|text| text.parse().unwrap_or_else(|_| panic!("{selector} has {name}={text:?}"))).collect()
}

/// An attribute of the one element that a selector finds, as a number.
async fn number(page: &Page, selector: &str, name: &str) -> f64 {
    let found = numbers(page, selector, name).await;
    assert_eq!(found.len(), 1, "{selector}");
    found[0]
}

/// Pixels of these frequencies on the axis of the shipped model of heart sounds, which is linear up to 500 Hz.
async fn pixels(page: &Page, hz: impl Iterator<Item = f64>) -> Vec<f64> {
    let start = numbers(page, "#filters .row", "x").await[0];
    let width = numbers(page, "#filters .row", "width").await[0];
    hz.map(|hz| start + width * hz / 500.0).collect()
}

fn assert_near(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let far = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs()).fold(0.0, f64::max);
    assert!(far < 0.2, "{what}: {far} pixels away: {found:?} {expected:?}");
}

/// What must hold of the plots of a bank with so many filters.
async fn shows_every_filter(page: &Page, count: usize) {
    assert_eq!(page.count("#filters .filter").await, count);
    assert_eq!(page.count("#filters .filter[tabindex='0']").await, 1, "one stop for the tab key");
    assert_eq!(page.count("#filters .filter.selected").await, 1);
    assert_eq!(page.count("#bank-arrows .arrow").await, count);
    let labels = page.attributes("#filters .filter", "aria-label").await;
    assert!(labels.iter().all(|label| label.contains(&format!(" of {count}: centre "))), "{labels:?}");
    let heights = numbers(page, "#filters .row", "height").await;
    assert!(heights.iter().all(|height| *height >= LEAST_ROW), "{count}: {heights:?}");
    let rows = numbers(page, "#filters .row", "y").await;
    assert!(rows.windows(2).all(|pair| pair[0] - pair[1] >= LEAST_ROW), "each row is above the one before: {rows:?}");
    let covered = page.attribute("#bank-coverage", "aria-label").await;
    assert!(covered.starts_with("At most ") && covered.contains("filter"), "{covered}");
    let wide = page.attribute("#bank-arrows", "aria-label").await;
    assert!(wide.contains(&format!("{count} filters from ")), "{wide}");
}

#[test]
fn browser_shows_banks_of_every_size_on_every_screen() {
    let folder = tempfile::tempdir().unwrap();
    let banks = [
        (4, models::heart(2, 4, 2)),
        (16, models::states(16)),
        (46, models::environment(SCENE_RATE, 46, Compression::Power)),
        (149, models::pooled(1, 149, 3, Scaling::default())),
    ];
    for screen in [Screen::Desktop, Screen::Phone, Screen::Narrow] {
        visit(Graphics::None, screen, async |page| {
            page.open("").await;
            for (count, config) in &banks {
                let file = folder.path().join(format!("{count}.safetensors"));
                fs::write(&file, models::random(config)).unwrap();
                assert_eq!(page.load_model(&file).await, "ready", "{}", page.visible_text("#error").await);
                shows_every_filter(page, *count).await;
                let width = page.content_width().await;
                assert!(width <= u64::from(screen.width()), "{count} filters: the page is {width} pixels wide");
            }
        });
    }
}

/// Where the marks are is what is in the model file, at both ends of the slider and between them.
#[test]
fn browser_moves_the_marks_from_start_to_learned() {
    let model = package::read(&fs::read(page::default_model()).unwrap()).unwrap();
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        let order = numbers(page, "#filters .filter", "data-filter").await;
        let filters = || order.iter().map(|filter| *filter as usize);
        let start = pixels(page, filters().map(|filter| model.initial_filters[filter].centre_hz)).await;
        let learned = pixels(page, filters().map(|filter| model.filters[filter].centre_hz)).await;
        assert!(learned.windows(2).all(|pair| pair[0] <= pair[1]), "rows are in the order of the image");
        assert_near(&numbers(page, "#filters .start", "cx").await, &start, "start");
        assert_near(&numbers(page, "#filters .now", "cx").await, &learned, "learned");
        assert_eq!(page.visible_text("#bank-progress-value").await, "learned");

        page.slide("#bank-progress", 0.0).await;
        assert_near(&numbers(page, "#filters .now", "cx").await, &start, "back at the start");
        assert_eq!(page.visible_text("#bank-progress-value").await, "start");
        page.slide("#bank-progress", 0.5).await;
        let half: Vec<f64> = start.iter().zip(&learned).map(|(start, learned)| (start + learned) / 2.0).collect();
        assert_near(&numbers(page, "#filters .now", "cx").await, &half, "half way");

        // The film goes on from there, and ends where training did.
        page.press_at_once("#bank-play").await;
        let began = Instant::now();
        while page.visible_text("#bank-progress-value").await != "learned" {
            assert!(began.elapsed() < LIMIT, "the film does not end");
            tokio::time::sleep(POLL).await;
        }
        assert_near(&numbers(page, "#filters .now", "cx").await, &learned, "learned again");
        assert_eq!(page.visible_text("#bank-play").await, "Play");
    });
}

#[test]
fn browser_shows_the_selected_filter_and_what_the_input_holds() {
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        assert!(page.visible_text("#bank-held").await.contains("below 25.0 Hz and above 400.0 Hz"));
        assert_eq!(page.count("#bank-behind .stripes").await, 2);
        assert_eq!(page.count("#bank-behind .spectrum").await, 0, "there is no recording yet");
        assert_eq!(page.count("#image-row[hidden]").await, 1);

        // The pointer on a row and the keys choose the filter whose curves and numbers are shown.
        let rows = numbers(page, "#filters .filter", "data-filter").await;
        let above = rows.len() - 4;
        let selected = rows[above - 1];
        page.point_at(&format!("#filters [data-filter='{selected}'] .now")).await;
        assert_eq!(number(page, "#filters .filter.selected", "data-filter").await, selected);
        let title = format!("Filter {} of ", selected + 1.0);
        assert!(page.visible_text("#filter-details").await.contains(&title), "{title}");
        for plot in ["#filter-curves", "#filter-impulse"] {
            assert_eq!(page.count(&format!("{plot} .learned")).await, 1, "{plot}");
            let label = page.attribute(plot, "aria-label").await;
            assert!(label.contains(&format!("filter {}:", selected + 1.0)), "{label}");
        }
        page.press_key("#filters .filter.selected", &[], UP).await;
        assert_eq!(number(page, "#filters .filter.selected", "data-filter").await, rows[above], "the row above");
        page.press_at_once("#filter-previous").await;
        assert_eq!(number(page, "#filters .filter.selected", "data-filter").await, selected);

        assert_eq!(page.press("#examples button").await, "done", "{}", page.visible_text("#error").await);
        assert_eq!(page.count("#bank-behind .spectrum").await, 1);
        assert!(page.visible_text("#bank-spectrum").await.contains("average spectrum"));
        let style = page.attribute("#image-row:not([hidden])", "style").await;
        let pixels = |property: &str| -> f64 {
            let found = style.split(';').find_map(|part| part.trim().strip_prefix(&format!("{property}: ")));
            found.and_then(|value| value.strip_suffix("px")?.parse().ok()).unwrap_or_else(|| panic!("{style}"))
        };
        let place = (rows.len() - above) as f64 * pixels("height");
        assert!((pixels("top") - place).abs() < 0.5, "the row in the image is framed: {style}, not {place}");
    });
}

#[test]
fn browser_drags_a_filter_and_puts_it_back() {
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        let rows = numbers(page, "#filters .filter", "data-filter").await;
        let row = &format!("#filters [data-filter='{}']", rows[rows.len() / 2]);
        let (mark, band) = (format!("{row} .now"), format!("{row} .band"));
        let place = async || [number(page, &mark, "cx").await, number(page, &band, "width").await];
        let learned = place().await;

        page.drag(&mark, 40, 0).await;
        let [centre, width] = place().await;
        assert!((centre - learned[0] - 40.0).abs() < 1.5, "it follows the mouse: {learned:?}, {centre}");
        assert!((width - learned[1]).abs() < 0.5, "and stays as wide");
        assert_eq!(page.count(&format!("{row}.selected.moved")).await, 1);
        assert!(page.visible_text("#bank-changed").await.starts_with("1 filter set"));
        page.drag("#bank-arrows .selected .now", 0, -20).await;
        let wider = place().await;
        assert!(wider[1] > width + 0.5, "upwards is wider: {width}, {}", wider[1]);
        page.press_key(row, &[SHIFT], RIGHT).await;
        assert!(place().await[0] > wider[0] + 0.5, "keys move it too");

        page.press_at_once("#filter-on").await;
        assert_eq!(page.count(&format!("{row}.off")).await, 1);
        page.press_at_once("#filters-reset").await;
        assert_near(&place().await, &learned, "as it was learned");
        assert_eq!(page.count("#filters .off, #filters .moved").await, 0);
    });
}

/// Waits until the log-energy image is another one than `before`, or the same again.
async fn image_becomes(page: &Page, before: &str, same: bool) {
    let began = Instant::now();
    while (page.script(IMAGE, vec![]).await == before) != same {
        assert!(began.elapsed() < LIMIT, "the image does not follow");
        tokio::time::sleep(POLL).await;
    }
}

/// Image, probabilities and result follow the mark that is dragged, and come back.
#[test]
fn browser_follows_a_filter_that_is_dragged_while_a_recording_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recordings::heart_in_silence(folder.path(), 10.0, [0, 0]);
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        assert_eq!(page.classify(&recording).await, "done", "{}", page.visible_text("#error").await);
        let (result, image) = (page.result().await, page.script(IMAGE, vec![]).await);
        let image = image.as_str().expect("an address");
        let rows = numbers(page, "#filters .filter", "data-filter").await;
        page.drag(&format!("#filters [data-filter='{}'] .now", rows[rows.len() / 3]), 90, 0).await;
        let dragged = page.result_when(LIMIT, |now| now["windows"] != result["windows"]).await;
        assert!(dragged["notes"].to_string().contains("With your changes to the filterbank"), "{}", dragged["notes"]);
        assert!(page.visible_text("#notes").await.contains("With your changes to the filterbank"));
        image_becomes(page, image, false).await;

        page.press_at_once("#filters-reset").await;
        page.result_when(LIMIT, |now| *now == result).await;
        image_becomes(page, image, true).await;
        assert!(!page.visible_text("#notes").await.contains("filterbank"));
    });
}
