//! Why an address does not give a file: each reason is its own sentence, with what to do.

/// What a web page begins with, in small letters.
const PAGES: [&[u8]; 2] = [b"<!doctype html", b"<html"];

/// What is wrong with an address before anything is fetched from it; none where nothing is. `origin` is that of the page,
/// such as `https://a.example`.
pub fn problem(address: &str, origin: &str) -> Option<String> {
    if let Some(file) = behind_page(address) {
        return Some(format!("{address} is a web page about the file; the file itself is at {file}"));
    }
    let scheme = scheme(address)?;
    let own = address.strip_prefix(origin).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
    match &*scheme {
        "https" => None,
        "http" if own => None,
        "http" => {
            let secure = &address["http".len()..];
            Some(format!(
                "{address} is not secure (http), and the page reads other servers only over https: try https{secure}"
            ))
        }
        "file" => {
            Some(format!("{address} is a file of this computer, and no page may read one by its address: drop it here"))
        }
        other => Some(format!("{address} begins with {other}: and the page reads only addresses with https:")),
    }
}

/// Why nothing came from an address. `online`: whether the browser has a network; `reachable`: whether the server answers
/// those who do not look at what it says.
pub fn no_answer(address: &str, online: bool, reachable: bool) -> String {
    match (online, reachable) {
        (false, _) => format!("{address} cannot be fetched: this browser is offline"),
        (true, true) => format!(
            "{address} cannot be fetched: its server answers, but allows no other page to read it (CORS; it would have to \
             send Access-Control-Allow-Origin). Download the file and drop it here"
        ),
        (true, false) => {
            format!(
                "{address} cannot be fetched: no server answers there. Look for a mistake in it, or try again later"
            )
        }
    }
}

/// What is said of an address that gives a page.
pub fn gives_page(address: &str) -> String {
    format!("{address} gives a web page instead of a file: look for the address of the file itself")
}

/// Whether an answer is a web page, by what the server calls it or by its first bytes.
pub fn is_page(content_type: Option<&str>, bytes: &[u8]) -> bool {
    let named = content_type.is_some_and(|kind| kind.trim_start().to_lowercase().starts_with("text/html"));
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    named || PAGES.iter().any(|page| bytes.get(..page.len()).is_some_and(|start| start.eq_ignore_ascii_case(page)))
}

/// The address of the file that a known page is about.
fn behind_page(address: &str) -> Option<String> {
    let path = address.split(['?', '#']).next()?.strip_prefix("https://")?;
    let (host, path) = path.split_once('/')?;
    let mut parts = path.splitn(4, '/');
    let (owner, name, kind, file) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    match (host.trim_start_matches("www."), kind) {
        ("github.com", "blob" | "raw") => Some(format!("https://raw.githubusercontent.com/{owner}/{name}/{file}")),
        ("huggingface.co", "blob") => Some(format!("https://huggingface.co/{owner}/{name}/resolve/{file}")),
        _ => None,
    }
}

/// The scheme in small letters; none of an address that is relative to the page.
fn scheme(address: &str) -> Option<String> {
    let (scheme, _) = address.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    is_scheme.then(|| scheme.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "http://127.0.0.1:8080";

    #[test]
    fn what_can_be_fetched_has_no_problem() {
        let good = [
            "https://a.example/models/scene.safetensors?v=1:2",
            "http://127.0.0.1:8080/weights/heart.safetensors",
            "weights/heart.safetensors",
            "/weights/at:noon.safetensors",
            "https://raw.githubusercontent.com/a/b/main/m.safetensors",
            "https://github.com/a/b",
        ];
        for address in good {
            assert_eq!(problem(address, ORIGIN), None, "{address}");
        }
    }

    #[test]
    fn every_wrong_address_has_a_sentence_of_its_own() {
        let bad = [
            ("http://a.example/m.safetensors", "try https://a.example/m.safetensors"),
            ("http://127.0.0.1:80801/m.safetensors", "is not secure (http)"),
            ("HTTP://a.example/m", "is not secure (http)"),
            ("file:///home/me/m.safetensors", "drop it here"),
            ("ftp://a.example/m.safetensors", "begins with ftp:"),
            (
                "https://github.com/a/b/blob/main/x/m.safetensors?raw",
                "https://raw.githubusercontent.com/a/b/main/x/m.safetensors",
            ),
            (
                "https://github.com/a/b/raw/main/m.safetensors",
                "https://raw.githubusercontent.com/a/b/main/m.safetensors",
            ),
            ("https://huggingface.co/a/b/blob/main/m", "https://huggingface.co/a/b/resolve/main/m"),
        ];
        for (address, expected) in bad {
            let said = problem(address, ORIGIN).unwrap_or_default();
            assert!(said.starts_with(address) && said.contains(expected), "{address}: {said}");
        }
    }

    #[test]
    fn network_and_permission_are_told_apart() {
        let said =
            [(false, false), (true, true), (true, false)].map(|(online, reachable)| no_answer("x", online, reachable));
        for (said, expected) in said.iter().zip(["offline", "CORS", "no server answers"]) {
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn a_page_is_no_file() {
        assert!(is_page(Some("text/html; charset=utf-8"), b"") && is_page(Some("TEXT/HTML"), b"x"));
        assert!(is_page(None, b"\xef\xbb\xbf \n<!DOCTYPE html><html>") && is_page(None, b"<html lang=en>"));
        assert!(!is_page(Some("application/json"), b"[]") && !is_page(None, b"<htm") && !is_page(None, b"{\"a\": 1}"));
    }
}
