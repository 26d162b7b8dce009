//! What the page looks like: pictures of its main states in a real browser, compared with ones that were looked at and kept.
//!
//! What is the same on every machine is asked for: size, font, no motion, no caret. What is another every time is hidden.

use std::fs;
use std::path::{Path, PathBuf};

use spectnet_core::audio::write_wav;
use spectnet_core::synth::{HeartOptions, heart};
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::page::{Page, visit};
use spectnet_tests::pictures::Pictures;
use spectnet_tests::skip::skipped;

/// Whether the font is here, of Debian's package fonts-dejavu-core: what stands behind it in the list makes no difference.
const HAS_FONT: &str = "
    const context = document.createElement('canvas').getContext('2d');
    const width = fonts => {
        context.font = `40px ${fonts}`;
        return context.measureText('SpectNet, 0123 Hz').width;
    };
    const [mono, serif, none] = ['\"DejaVu Sans\", monospace', '\"DejaVu Sans\", serif', '\"No such font\", monospace'].map(width);
    return mono === serif && mono !== none;";
/// Sets the font of the page and of what it draws, and hides what tells times and versions.
const SAME_EVERYWHERE: &str = "
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
        * { font-family: 'DejaVu Sans' !important; caret-color: transparent !important; }
        #elapsed, #versions { visibility: hidden !important; white-space: nowrap !important; overflow: hidden !important; }`);
    document.adoptedStyleSheets = [sheet];
    const font = Object.getOwnPropertyDescriptor(CanvasRenderingContext2D.prototype, 'font');
    Object.defineProperty(CanvasRenderingContext2D.prototype, 'font', {
        ...font,
        set(text) { font.set.call(this, text.replace('system-ui', '\"DejaVu Sans\"')); },
    });";
/// Nothing has the focus, nothing is pointed at, and the page is at its top.
const AT_REST: &str = "
    document.activeElement?.blur();
    scrollTo({ top: 0, behavior: 'instant' });";

/// A screen and the colours on it.
type Shown = (Screen, &'static str);

const DESKTOP_LIGHT: Shown = (Screen::Desktop, "light");
const DESKTOP_DARK: Shown = (Screen::Desktop, "dark");
const PHONE_LIGHT: Shown = (Screen::Phone, "light");
const PHONE_DARK: Shown = (Screen::Phone, "dark");

/// Takes pictures of a state and compares each.
async fn take(page: &Page, pictures: &mut Pictures, state: &str, shown: &[Shown]) {
    page.point_at("h1").await;
    for &(screen, colours) in shown {
        page.prefer(colours).await;
        page.script(AT_REST, vec![]).await;
        let picture = page.picture(screen).await;
        pictures.compare(&format!("{state}-{}-{colours}", screen.width()), &picture);
    }
    page.show_on(Screen::Desktop).await;
}

/// Synthesised hearts, and a list of their labels.
fn several(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for seed in 1..=3 {
        let sound = heart(&HeartOptions { seed, seconds: 8.0, sample_rate: 2000, murmur: None }).unwrap().recording;
        files.push(folder.join(format!("heart-{seed}.wav")));
        fs::write(files.last().unwrap(), write_wav(&sound).unwrap()).unwrap();
    }
    files.push(folder.join("labels.csv"));
    let labels = "name,label\nheart-1.wav,normal\nheart-2.wav,abnormal\nheart-3.wav,normal\n";
    fs::write(files.last().unwrap(), labels).unwrap();
    files
}

#[test]
fn browser_shows_the_page_as_it_was_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let mut pictures = Pictures::new(Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures"));
    let mut has_font = true;
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        has_font = page.script(HAS_FONT, vec![]).await == true;
        if !has_font {
            return;
        }
        page.script(SAME_EVERYWHERE, vec![]).await;
        take(page, &mut pictures, "first", &[DESKTOP_LIGHT, PHONE_LIGHT]).await;

        assert_eq!(page.press("#recorded button:nth-child(2)").await, "done", "{}", page.visible_text("#error").await);
        take(page, &mut pictures, "heart", &[DESKTOP_LIGHT, DESKTOP_DARK, PHONE_LIGHT, PHONE_DARK]).await;
        page.press_at_once("#explain").await;
        page.comes_to("return !document.querySelector('#why-shown').hidden;").await;
        take(page, &mut pictures, "why", &[DESKTOP_LIGHT, DESKTOP_DARK, PHONE_LIGHT]).await;
        page.press_at_once("#explain").await;

        assert_eq!(page.choose_in_menu(1).await, "done", "{}", page.visible_text("#error").await);
        assert_eq!(page.press("#recorded button").await, "done", "{}", page.visible_text("#error").await);
        take(page, &mut pictures, "scene", &[DESKTOP_LIGHT, PHONE_DARK]).await;

        page.press_at_once("#learn-fold > summary").await;
        page.press_at_once("#learn-mode input[value=new]").await;
        take(page, &mut pictures, "teach", &[DESKTOP_LIGHT, PHONE_DARK]).await;
        page.press_at_once("#learn-fold > summary").await;

        assert_eq!(page.choose_in_menu(0).await, "done", "{}", page.visible_text("#error").await);
        let files = several(folder.path());
        assert_eq!(page.choose_all("#audio-input", &files).await, "done", "{}", page.visible_text("#error").await);
        take(page, &mut pictures, "several", &[DESKTOP_LIGHT, PHONE_LIGHT]).await;
    });
    if has_font {
        pictures.finish();
    } else {
        skipped("pictures are compared in DejaVu Sans, which is not here: `cargo xtask setup` installs it on Debian");
    }
}
