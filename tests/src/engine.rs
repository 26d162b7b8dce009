//! What a test does with a browser, whichever it is: all that the helper [`Page`](crate::page::Page) builds upon.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use thirtyfour::action_chain::ActionChain;
use thirtyfour::{By, WebDriver, WebElement};

use crate::{browser::Browser, firefox::Firefox};

/// A running browser.
pub enum Engine {
    /// Chromium, through chromedriver.
    Chromium(Browser),
    /// Firefox, through WebDriver BiDi.
    Firefox(Box<Firefox>),
}

/// A step of the mouse; places are in CSS pixels to the right and down.
#[derive(Clone, Copy, Debug)]
pub enum Pointer {
    /// To a place beside the middle of the element.
    To([i64; 2]),
    /// On from where it is.
    By([i64; 2]),
    /// The left button is pressed.
    Down,
    /// And released.
    Up,
}

/// A step of the keyboard. Keys that have no letter go by their numbers in WebDriver.
#[derive(Clone, Copy, Debug)]
pub enum Key {
    /// A key is pressed.
    Down(char),
    /// And released.
    Up(char),
}

/// The text of an element as it is seen, as WebDriver defines it.
const VISIBLE_TEXT: &str = "
    const element = document.querySelector(arguments[0]);
    if (!element) throw new Error(`the page has no ${arguments[0]}`);
    if (!element.checkVisibility({ visibilityProperty: true })) return '';
    return (element.innerText ?? element.textContent).trim();";

impl Engine {
    /// The session in Chromium, for what only Chromium can do.
    ///
    /// # Panics
    /// In another browser.
    pub fn session(&self) -> &WebDriver {
        match self {
            Self::Chromium(browser) => &browser.session,
            Self::Firefox(_) => panic!("this can be done only in Chromium"),
        }
    }

    /// Opens an address and waits until it is loaded.
    ///
    /// # Errors
    /// An address at which nothing is.
    pub async fn go(&self, address: &str) -> Result<()> {
        match self {
            Self::Chromium(browser) => Ok(browser.session.goto(address).await?),
            Self::Firefox(firefox) => firefox.go(address),
        }
    }

    /// What a script in the page returns, or what its promise comes to.
    ///
    /// # Errors
    /// What the script throws, and a page that goes away meanwhile.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        match self {
            Self::Chromium(browser) => Ok(browser.session.execute(script, arguments).await?.json().clone()),
            Self::Firefox(firefox) => firefox.run(script, &arguments),
        }
    }

    /// The text of an element as it is seen; empty while it is hidden.
    ///
    /// # Errors
    /// Where there is no such element.
    pub async fn text(&self, selector: &str) -> Result<String> {
        match self {
            Self::Chromium(browser) => Ok(element(browser, selector).await?.text().await?),
            Self::Firefox(firefox) => {
                let text = firefox.run(VISIBLE_TEXT, &[json!(selector)])?;
                Ok(text.as_str().context("a text is a string")?.to_owned())
            }
        }
    }

    /// Clicks on the middle of an element.
    ///
    /// # Errors
    /// Where there is none, or something lies over it.
    pub async fn click(&self, selector: &str) -> Result<()> {
        match self {
            Self::Chromium(browser) => Ok(element(browser, selector).await?.click().await?),
            Self::Firefox(firefox) => firefox.click(selector),
        }
    }

    /// Moves the mouse, which begins at an element.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn pointer(&self, selector: &str, steps: &[Pointer]) -> Result<()> {
        match self {
            Self::Chromium(browser) => {
                let element = element(browser, selector).await?;
                let step = |chain: ActionChain, step: &Pointer| match *step {
                    Pointer::To([0, 0]) => chain.move_to_element_center(&element),
                    Pointer::To([right, down]) => chain.move_to_element_with_offset(&element, right, down),
                    Pointer::By([right, down]) => chain.move_by_offset(right, down),
                    Pointer::Down => chain.click_and_hold(),
                    Pointer::Up => chain.release(),
                };
                Ok(steps.iter().fold(browser.session.action_chain(), step).perform().await?)
            }
            Self::Firefox(firefox) => firefox.pointer(selector, steps),
        }
    }

    /// Presses and releases keys where the focus is.
    ///
    /// # Errors
    /// Keys that there are not.
    pub async fn keys(&self, keys: &[Key]) -> Result<()> {
        match self {
            Self::Chromium(browser) => {
                let step = |chain: ActionChain, key: &Key| match *key {
                    Key::Down(key) => chain.key_down(key),
                    Key::Up(key) => chain.key_up(key),
                };
                Ok(keys.iter().fold(browser.session.action_chain(), step).perform().await?)
            }
            Self::Firefox(firefox) => firefox.keys(keys),
        }
    }

    /// Chooses files, which are given by their whole paths.
    ///
    /// # Errors
    /// An element that takes none.
    pub async fn choose(&self, selector: &str, files: &[String]) -> Result<()> {
        match self {
            Self::Chromium(browser) => Ok(element(browser, selector).await?.send_keys(files.join("\n")).await?),
            Self::Firefox(firefox) => firefox.choose(selector, files),
        }
    }

    /// What the console said since this was last asked; errors begin with `SEVERE`.
    pub async fn take_console(&self) -> Vec<String> {
        match self {
            Self::Chromium(browser) => {
                let entries = browser.session.browser_log().await.unwrap_or_default();
                entries.into_iter().map(|entry| format!("{} {}", entry.level, entry.message)).collect()
            }
            Self::Firefox(firefox) => firefox.take_console(),
        }
    }

    /// Ends the browser.
    pub async fn quit(self) {
        match self {
            Self::Chromium(browser) => browser.quit().await,
            Self::Firefox(firefox) => firefox.quit(),
        }
    }
}

async fn element(browser: &Browser, selector: &str) -> Result<WebElement> {
    browser.session.find(By::Css(selector)).await.with_context(|| format!("the page has no {selector}"))
}
