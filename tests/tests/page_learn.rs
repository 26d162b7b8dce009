//! Teaching a model on the page, in a real browser without a graphics device: classes of one's own, those of a model, and
//! its calibration. What is learned is seen, can be taken home, and can be undone.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use spectnet_core::audio::write_wav;
use spectnet_core::synth::{HeartOptions, Murmur, heart};
use spectnet_tests::agreement::assert_same_prediction;
use spectnet_tests::args;
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::command::spectnet;
use spectnet_tests::page::{Page, copy_dist, visit, visit_served};
use spectnet_tests::panel::{OVER, STEPS, give, is_used, ready, save, watch_saving};
use spectnet_tests::recordings::beeps;
use spectnet_tests::spectnet::predict;
use xtask::serve::Server;

/// The longest work that keeps the page from answering while it learns, in seconds: browsers call 0.05 long, and a machine
/// that does other things meanwhile takes its time.
const NEVER_LONG_S: f64 = 0.2;
/// Longest wait for a result that follows.
const LIMIT: Duration = Duration::from_secs(120);
/// What WebDriver calls the enter key.
const ENTER: char = '\u{E007}';
/// And the escape key.
const ESCAPE: char = '\u{E00C}';
/// Examples of a class, and one more that is only judged.
const EXAMPLES: usize = 5;

/// Where the filters stand in their rows.
const FILTERS: &str = "return [...document.querySelectorAll('#filters .now')].map(mark => mark.getAttribute('cx'));";
/// What the image of the recording looks like is kept,
const KEEP_IMAGE: &str = "
    const canvas = document.querySelector('#image');
    window.pixels = () => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    window.before = window.pixels();";
/// and whether it looks otherwise now.
const IMAGE_CHANGED: &str = "
    const now = window.pixels();
    return now.length === window.before.length && now.some((value, place) => value !== window.before[place]);";
/// From now on all that is said of the learning is noted.
const WATCH_PROGRESS: &str = "
    const progress = document.querySelector('#learn-progress-text');
    window.said = [];
    new MutationObserver(() => window.said.push(progress.textContent)).observe(progress, { childList: true });";
/// Whether it was said how much of the learner had arrived.
const SAID_LOADING: &str = "return window.said.some(said => /Loading the learner: .* [kM]B/.test(said));";

/// Files of three kinds of sounds and of none; the last of each kind is never given as an example.
fn kinds(folder: &Path) -> [Vec<PathBuf>; 4] {
    [("low", 300.0), ("middle", 1000.0), ("high", 3000.0), ("quiet", 0.0)].map(|(kind, hz)| {
        let name = |number: usize| format!("{kind}-{number}");
        (0..=EXAMPLES).map(|number| beeps(folder, &name(number), hz * (1.0 + 0.02 * number as f64))).collect()
    })
}

#[test]
fn browser_teaches_three_classes_of_ones_own_and_takes_them_home() {
    let folder = tempfile::tempdir().unwrap();
    let [low, middle, high, quiet] = kinds(folder.path());
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        assert_eq!(page.choose_in_menu(1).await, "ready", "{}", page.visible_text("#error").await);
        assert_eq!(page.classify(&low[EXAMPLES]).await, "done", "{}", page.visible_text("#error").await);
        let before = page.result().await;
        assert!(page.requests().await.iter().all(|address| !address.contains("learner")), "nothing is loaded unasked");

        // By keyboard alone as far as there are no files.
        page.press_key("#learn-fold > summary", &[], ENTER).await;
        page.press_key("#learn-mode input[value=new]", &[], ' ').await;
        assert!(page.visible_text("#learn-lacks").await.contains("no examples yet"));
        page.press_key("#learn-class-add", &[], ENTER).await;
        for (field, name) in [("1", "low"), ("2", "middle"), ("3", "high")] {
            page.enter(&format!("#learn-class-name-{field}"), name).await;
        }
        give(page, "1", &low[..EXAMPLES], EXAMPLES).await;
        give(page, "2", &middle[..EXAMPLES], 2 * EXAMPLES).await;
        give(page, "3", &high[..EXAMPLES], 3 * EXAMPLES).await;
        let lacks = page.visible_text("#learn-lacks").await;
        assert!(lacks.contains("“background”"), "{lacks}");
        page.press_key("#learn-start", &[], ENTER).await;
        assert_eq!(page.script(OVER, vec![]).await, json!(true), "something is missing");
        give(page, "0", &quiet[..EXAMPLES], 4 * EXAMPLES).await;
        // The same file a second time.
        page.give_at_once("#learn-files", &low[..1]).await;
        page.comes_to("return document.querySelector('#learn-note').textContent.includes('in the list already');")
            .await;
        assert_eq!(page.count("#learn-rows tr").await, 4 * EXAMPLES);

        learns(page, &before).await;
        let saved = save(page, folder.path()).await;
        is_used(page, &saved).await;
        let after = page.result_when(LIMIT, |result| result["label"] == "low").await;
        assert_same_prediction(&after, &predict(&saved, &low[EXAMPLES]));
        spectnet(args!["inspect", &saved]).done();
        for (file, label) in [(&middle, "middle"), (&high, "high")] {
            assert_eq!(page.classify(&file[EXAMPLES]).await, "done", "{}", page.visible_text("#error").await);
            assert_eq!(page.result().await["label"], label, "one that was never an example");
        }
        let card = page.visible_text("#model-card").await;
        assert!(card.contains("in this browser") && card.contains("low, middle, high, background"), "{card}");

        assert_eq!(page.classify(&low[EXAMPLES]).await, "done", "{}", page.visible_text("#error").await);
        compares_and_undoes(page, &before).await;
    });
}

/// From the press of the button until a person stops it: reports come, filters move, and the page answers.
async fn learns(page: &Page, before: &Value) {
    page.choose_at_once("#learn-what", "filters").await;
    page.press_at_once("#learn-compare").await;
    page.choose_at_once("#learn-seconds", "20").await;
    watch_saving(page).await;
    let filters = page.script(FILTERS, vec![]).await;
    page.script(WATCH_PROGRESS, vec![]).await;
    page.script(KEEP_IMAGE, vec![]).await;
    page.watch_tasks().await;
    page.press_key("#learn-start", &[], ENTER).await;
    page.comes_to("return document.querySelector('#learn-curves').getAttribute('aria-label').includes('step');").await;
    page.result_when(LIMIT, |result| result["probabilities"]["low"].is_number() && result != before).await;
    assert_eq!(page.state().await, "done", "the page is as it was, but for the model");
    page.comes_to(STEPS).await;
    page.comes_to(IMAGE_CHANGED).await;
    assert!(page.colours("#learn-curves").await > 3, "the plot is empty");
    page.comes_to(OVER).await;
    assert_eq!(page.script(SAID_LOADING, vec![]).await, json!(true), "how far its loading is");
    assert_ne!(page.script(FILTERS, vec![]).await, filters, "the filters moved");
    let longest = page.longest_task_s().await;
    assert!(longest < NEVER_LONG_S, "a task took {longest:.3} s");
    let used = page.content("#learn-rows").await;
    assert!(used.contains("held out") && used.contains("learned from"), "{used}");
    let numbers = page.content("#learn-number-table").await;
    assert!(numbers.contains("frozen") && numbers.contains(" of "), "{numbers}");
    assert!(page.visible_text("#learn-outcome").await.contains("With frozen filters"));
    page.show_on(Screen::Phone).await;
    assert!(page.content_width().await <= u64::from(Screen::Phone.width()));
    page.show_on(Screen::Desktop).await;
}

/// Before, after, and back.
async fn compares_and_undoes(page: &Page, before: &Value) {
    page.press_at_once("#learn-sides input[value=before]").await;
    let seen = page.result_when(LIMIT, |result| result["probabilities"] == before["probabilities"]).await;
    assert_eq!(&seen, before);
    page.press_at_once("#learn-sides input[value=after]").await;
    page.result_when(LIMIT, |result| result["label"] == "low").await;
    let models = page.count("#model-select option").await;
    page.press_at_once("#learn-undo").await;
    let undone = page.result_when(LIMIT, |result| result["probabilities"] == before["probabilities"]).await;
    assert_eq!(&undone, before, "to the last digit");
    page.comes_to("return document.querySelector('#learn-result').hidden;").await;
    assert_eq!(page.count("#model-select option").await, models - 1);
    page.comes_to("return document.activeElement.id === 'learn-start';").await;
}

/// Hearts of one kind.
fn hearts(folder: &Path, kind: &str, murmur: Option<Murmur>) -> Vec<PathBuf> {
    let one = |seed: u64| {
        let options = HeartOptions { seed, seconds: 10.0, sample_rate: 2000, murmur };
        let file = folder.join(format!("{kind}-{seed}.wav"));
        fs::write(&file, write_wav(&heart(&options).unwrap().recording).unwrap()).unwrap();
        file
    };
    (1..=6).map(one).collect()
}

#[test]
fn browser_calibrates_one_model_and_adapts_another() {
    let folder = tempfile::tempdir().unwrap();
    let normal = hearts(folder.path(), "normal", None);
    let abnormal = hearts(folder.path(), "abnormal", Some(Murmur::Systolic));
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        assert_eq!(page.classify(&normal[0]).await, "done", "{}", page.visible_text("#error").await);
        page.press_at_once("#learn-fold > summary").await;
        give(page, "0", &normal, 6).await;
        give(page, "1", &abnormal, 12).await;
        page.choose_at_once("#learn-what", "calibration").await;
        watch_saving(page).await;
        let filters = page.script(FILTERS, vec![]).await;
        page.press_at_once("#learn-start").await;
        page.comes_to(OVER).await;
        assert_eq!(page.visible_text("#learn-problem").await, "");
        let saved = save(page, folder.path()).await;
        is_used(page, &saved).await;
        assert_same_prediction(&page.result().await, &predict(&saved, &normal[0]));
        assert_eq!(page.script(FILTERS, vec![]).await, filters, "no weight moves");
        page.press_at_once("#learn-use").await;
        page.comes_to("return document.querySelector('#learn-sides').hidden;").await;
        let chosen = "return document.querySelector('#model-select').selectedOptions[0].textContent;";
        assert!(page.script(chosen, vec![]).await.as_str().unwrap().starts_with("Own model 1"));

        // Examples that come with the page, for the last layer of the other model.
        assert_eq!(page.choose_in_menu(1).await, "done", "{}", page.visible_text("#error").await);
        for (place, class) in [(0, "dog bark"), (1, "rooster")] {
            let choose = "
                const [place, name] = arguments;
                const into = document.querySelector('#learn-into');
                into.value = [...into.options].find(option => option.textContent === name).value;
                into.dispatchEvent(new Event('change', { bubbles: true }));
                document.querySelector('#learn-example').selectedIndex = place;";
            page.script(choose, vec![json!(place), json!(class)]).await;
            page.press_at_once("#learn-example-add").await;
        }
        page.comes_to(&ready(14)).await;
        page.choose_at_once("#learn-what", "head").await;
        page.press_at_once("#learn-start").await;
        page.comes_to(STEPS).await;
        page.press_key("#learn-stop", &[], ESCAPE).await;
        page.comes_to(OVER).await;
        assert!(page.visible_text("#learn-result").await.contains("Save as .safetensors"));
        let saved = save(page, folder.path()).await;
        is_used(page, &saved).await;
        assert_same_prediction(&page.result().await, &predict(&saved, &normal[0]));
        assert_eq!(page.load_model(&saved).await, "done", "the page reads what it gave");
    });
}

#[test]
fn browser_says_why_nothing_is_learned_where_the_learner_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let dist = folder.path().join("dist");
    copy_dist(&dist);
    fs::remove_file(dist.join("learner.js")).expect("the page has a learner");
    let [low, _, high, _] = kinds(folder.path());
    visit_served(&dist, Graphics::None, Screen::Narrow, async |page: &Page, server: Server| {
        page.tolerate("learner.js");
        page.open("").await;
        page.press_at_once("#learn-fold > summary").await;
        give(page, "0", &low[..1], 1).await;
        give(page, "1", &high[..1], 2).await;
        page.press_at_once("#learn-start").await;
        page.comes_to("return document.querySelector('#learn-problem').textContent.includes('cannot be loaded');")
            .await;
        assert_eq!(page.visible_text("#learn-retry").await, "Retry");
        assert_eq!(page.state().await, "ready", "all else goes on");
        page.press_at_once("#learn-retry").await;
        page.comes_to("return document.querySelector('#learn-problem').textContent.includes('cannot be loaded');")
            .await;
        assert!(page.content_width().await <= u64::from(Screen::Narrow.width()));
        let small = "
            const parts = document.querySelectorAll('#learn :is(button, select, summary, input[type=text])');
            const low = part => part.offsetParent && part.getBoundingClientRect().height < 43.5;
            return [...parts].filter(low).map(part => part.id);";
        assert_eq!(page.script(small, vec![]).await, json!([]));
        drop(server);
    });
}
