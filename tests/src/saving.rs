//! Files that the page offers, in any browser.

use crate::page::Page;

/// From now on they are kept in the page instead of being downloaded.
const KEEP: &str = "
    const make = URL.createObjectURL.bind(URL);
    URL.createObjectURL = blob => { window.given = blob; return make(blob); };
    HTMLAnchorElement.prototype.click = function () { window.given_name = this.download; };";

impl Page {
    /// From now on no file that the page offers is downloaded: [`saved`](Self::saved) gives them.
    pub async fn keep_files(&self) {
        self.answer(KEEP).await;
    }

    /// Presses a button that saves a file: its name, its type and its text.
    pub async fn saved(&self, button: &str) -> [String; 3] {
        self.answer("window.given_name = undefined;").await;
        self.press_at_once(button).await;
        self.until("saves a file", "return window.given_name !== undefined;").await;
        let file =
            self.answer("return window.given.text().then(text => [window.given_name, window.given.type, text]);").await;
        serde_json::from_value(file).expect("name, type and text")
    }

    /// Width, height and number of colours of the picture that was saved last.
    pub async fn saved_picture(&self) -> [u64; 3] {
        let script = "
            return createImageBitmap(window.given).then(picture => {
                const canvas = new OffscreenCanvas(picture.width, picture.height);
                const context = canvas.getContext('2d');
                context.drawImage(picture, 0, 0);
                const { data } = context.getImageData(0, 0, picture.width, picture.height);
                return [picture.width, picture.height, new Set(new Uint32Array(data.buffer)).size];
            });";
        serde_json::from_value(self.answer(script).await).expect("three numbers")
    }
}
