//! WebDriver BiDi, as much of it as the tests need: commands to a browser, and what it tells by itself, over a WebSocket.
//!
//! <https://www.w3.org/TR/webdriver-bidi/>

use std::{net::TcpStream, time::Duration};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

/// Longest wait for an answer: a page that computes on a busy machine keeps its browser waiting.
const ANSWER_LIMIT: Duration = Duration::from_secs(300);

/// What a browser calls a request that the page itself has given up.
const GIVEN_UP: &str = "NS_BINDING_ABORTED";

/// A connection to a browser. It blocks: a test waits for every answer anyway.
pub struct Bidi {
    socket: WebSocket<TcpStream>,
    commands: u64,
    /// What the browser told so far and nobody has taken.
    events: Vec<Event>,
}

/// Something that the browser told by itself.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its name, such as `log.entryAdded`.
    pub method: String,
    /// What it says.
    pub params: Value,
}

impl Bidi {
    /// Connects to the address that the browser prints, `ws://127.0.0.1:PORT`, and begins a session.
    ///
    /// # Errors
    /// Where nothing answers there.
    pub fn connect(address: &str) -> Result<Self> {
        let place = address.strip_prefix("ws://").with_context(|| format!("{address} is no address of a WebSocket"))?;
        let stream = TcpStream::connect(place).with_context(|| format!("nothing answers at {address}"))?;
        stream.set_read_timeout(Some(ANSWER_LIMIT))?;
        stream.set_nodelay(true)?;
        let (socket, _) =
            tungstenite::client(format!("{address}/session"), stream).map_err(|error| anyhow!("{address}: {error}"))?;
        let mut bidi = Self { socket, commands: 0, events: Vec::new() };
        bidi.send("session.new", json!({ "capabilities": {} }))?;
        Ok(bidi)
    }

    /// Sends a command and waits for what it gives.
    ///
    /// # Errors
    /// What the browser has against it, or that the connection is gone.
    pub fn send(&mut self, method: &str, params: Value) -> Result<Value> {
        self.commands += 1;
        let id = self.commands;
        let command = json!({ "id": id, "method": method, "params": params });
        self.socket.send(Message::text(command.to_string())).with_context(|| format!("cannot send {method}"))?;
        loop {
            let message = self.socket.read().with_context(|| format!("no answer to {method}"))?;
            let Message::Text(text) = message else { continue };
            let mut message: Value = serde_json::from_str(text.as_str()).context("the browser sends no JSON")?;
            if message["type"] == "event" {
                let method = message["method"].as_str().unwrap_or_default().to_owned();
                self.events.push(Event { method, params: message["params"].take() });
            } else if message["id"] == id {
                if message["type"] == "success" {
                    return Ok(message["result"].take());
                }
                bail!("{method}: {}: {}", message["error"], message["message"]);
            }
        }
    }

    /// What the browser told since this was last asked.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }
}

impl Event {
    /// The address that an event of the network is about; empty for others.
    pub fn address(&self) -> &str {
        self.params["request"]["url"].as_str().unwrap_or_default()
    }

    /// What it is in the console, where errors begin with `SEVERE`, as chromedriver has it; none where it is no matter for it.
    pub fn line(&self) -> Option<String> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match self.method.as_str() {
            "log.entryAdded" => {
                let level = text(&self.params["level"]);
                let level = if level == "error" { "SEVERE".to_owned() } else { level.to_uppercase() };
                Some(format!("{level} {}", text(&self.params["text"])))
            }
            "network.fetchError" => {
                let why = text(&self.params["errorText"]);
                (why != GIVEN_UP).then(|| format!("SEVERE {} was not loaded: {why}", self.address()))
            }
            "network.responseCompleted" => {
                let status = self.params["response"]["status"].as_u64().unwrap_or_default();
                (status >= 400).then(|| format!("SEVERE the server answers {status} for {}", self.address()))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_console_and_of_the_network_are_told_apart_from_the_rest() {
        let line = |method: &str, params: Value| Event { method: method.to_owned(), params }.line();
        let said = |level: &str| line("log.entryAdded", json!({ "level": level, "text": "oh" }));
        assert_eq!(said("error").unwrap(), "SEVERE oh");
        assert_eq!(said("warn").unwrap(), "WARN oh");
        let request = json!({ "url": "a.js" });
        let failed = |why: &str| line("network.fetchError", json!({ "request": request, "errorText": why }));
        assert_eq!(failed("NS_ERROR_ABORT").unwrap(), "SEVERE a.js was not loaded: NS_ERROR_ABORT");
        assert_eq!(failed(GIVEN_UP), None);
        let answered = |status: u16| {
            line("network.responseCompleted", json!({ "request": request, "response": { "status": status } }))
        };
        assert_eq!(answered(404).unwrap(), "SEVERE the server answers 404 for a.js");
        assert_eq!(answered(200), None);
        assert_eq!(line("network.beforeRequestSent", json!({ "request": request })), None);
    }
}
