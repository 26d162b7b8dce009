//! Examples from the microphone, in a real browser whose microphone gives beeps.

use serde_json::{Value, json};
use spectnet_tests::browser::Screen;
use spectnet_tests::page::visit_with;
use spectnet_tests::panel::ready;

/// Whether more than a second is recorded by now.
const RECORDS: &str = "return parseFloat(document.querySelector('#learn-recorded').textContent) > 1;";

#[test]
fn browser_records_examples_with_the_microphone() {
    let options = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"].map(String::from);
    visit_with(&options, Screen::Desktop, async |page| {
        page.open("").await;
        page.press_at_once("#learn-fold > summary").await;
        page.choose_at_once("#learn-into", "1").await;
        page.choose_at_once("#learn-length", "2").await;
        page.press_at_once("#learn-record").await;
        page.comes_to(&ready(1)).await;
        // Until somebody stops it, which is earlier.
        page.choose_at_once("#learn-length", "10").await;
        page.press_at_once("#learn-record").await;
        page.comes_to(RECORDS).await;
        page.press_at_once("#learn-record").await;
        page.comes_to(&ready(2)).await;

        let rows = "
            return [...document.querySelectorAll('#learn-rows tr')].map(row => [
                row.querySelector('th').textContent,
                row.querySelector('select').value,
                Number(row.querySelector('.seconds').textContent),
            ]);";
        let rows = page.script(rows, vec![]).await;
        let rows: Vec<&Value> = rows.as_array().into_iter().flatten().collect();
        for row in &rows {
            assert!(row[0].as_str().is_some_and(|name| name.starts_with("microphone 20")), "{rows:?}");
            assert_eq!(row[1], "1", "the class that is chosen");
        }
        let seconds = [rows[0][2].as_f64().unwrap(), rows[1][2].as_f64().unwrap()];
        assert!((1.9..3.0).contains(&seconds[0]) && (1.0..9.9).contains(&seconds[1]), "{seconds:?}");
        assert_eq!(page.state().await, "ready", "nothing is judged");
        assert_eq!(page.script("return document.querySelector('#learn-note').textContent;", vec![]).await, json!(""));
    });
}
