//! As much HTTP as a test needs: one connection a request, cookies kept.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

pub struct Http {
    host: String,
    cookie: String,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub location: String,
    pub body: String,
    /// The same, as it came.
    pub bytes: Vec<u8>,
}

impl Http {
    pub fn new(host: &str) -> Http {
        Http { host: host.to_owned(), cookie: String::new() }
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, "", "").unwrap()
    }

    pub fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.try_post(path, form).unwrap()
    }

    /// `Err` when the connection broke before the answer came.
    pub fn try_post(&mut self, path: &str, form: &[(&str, &str)]) -> std::io::Result<Answer> {
        let body: Vec<String> = form.iter().map(|(k, v)| format!("{k}={}", encode(v))).collect();
        self.send("POST", path, "Content-Type: application/x-www-form-urlencoded\r\n", &body.join("&"))
    }

    fn send(&mut self, method: &str, path: &str, headers: &str, body: &str) -> std::io::Result<Answer> {
        let mut stream = TcpStream::connect(&self.host)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{}{headers}Content-Length: {}\r\n\r\n{body}",
            self.host,
            self.cookie,
            body.len()
        )?;
        let mut raw = Vec::new();
        stream.read_to_end(&mut raw)?;
        let text = String::from_utf8_lossy(&raw);
        let (head, body) = text.split_once("\r\n\r\n").ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let start = raw.windows(4).position(|w| w == b"\r\n\r\n").map_or(raw.len(), |at| at + 4);
        let header = |name: &str| {
            head.lines().find_map(|l| {
                let (k, v) = l.split_once(':')?;
                k.eq_ignore_ascii_case(name).then(|| v.trim().to_owned())
            })
        };
        if let Some(cookie) = header("set-cookie") {
            self.cookie = format!("Cookie: {}\r\n", cookie.split(';').next().unwrap_or_default());
        }
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or(std::io::ErrorKind::InvalidData)?;
        Ok(Answer {
            status,
            location: header("location").unwrap_or_default(),
            body: body.to_owned(),
            bytes: raw[start..].to_vec(),
        })
    }

    /// The value of a hidden field on a page.
    pub fn field(page: &str, name: &str) -> String {
        let at = page.find(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no field {name}"));
        let rest = &page[at + name.len() + 15..];
        rest[..rest.find('"').unwrap()].to_owned()
    }

    /// The recipient the composer proposes.
    pub fn recipient(page: &str) -> String {
        let at = page.find("id=\"to\"").expect("a composer");
        Self::field(&page[at..], "to")
    }

    /// Numbers of the tickets in a list, as links name them.
    pub fn numbers(page: &str) -> Vec<String> {
        let links = page.split("<a class=\"row ").skip(1);
        links.filter_map(|l| l.split_once("href=\"/tickets/")?.1.split(['?', '"']).next().map(str::to_owned)).collect()
    }

    /// Opens the ticket's page and sends an answer from its form.
    pub fn answer(&mut self, number: &str, text: &str) -> Answer {
        let page = self.get(&format!("/tickets/{number}")).body;
        let (message, seen) = (Self::field(&page, "message"), Self::field(&page, "seen"));
        let to = Self::recipient(&page)
            .replace("&#60;", "<")
            .replace("&#62;", ">")
            .replace("&lt;", "<")
            .replace("&gt;", ">");
        self.post(
            &format!("/tickets/{number}/answers"),
            &[("message", &message), ("seen", &seen), ("to", &to), ("text", text)],
        )
    }

    /// The same to somebody else: `kind` is answers or forwards.
    pub fn write(&mut self, number: &str, kind: &str, to: &str, text: &str) -> Answer {
        let page = self.get(&format!("/tickets/{number}")).body;
        let form = page.split(&format!("/tickets/{number}/{kind}")).nth(1).expect("the form is on the page");
        let (message, seen) = (Self::field(form, "message"), Self::field(form, "seen"));
        let fields = [("message", message.as_str()), ("seen", &seen), ("to", to), ("text", text)];
        self.post(&format!("/tickets/{number}/{kind}"), &fields)
    }
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(b).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

impl Http {
    pub fn try_get(&mut self, path: &str) -> std::io::Result<Answer> {
        self.send("GET", path, "", "")
    }

    /// The same session at a desk that was started again.
    pub fn move_to(&mut self, host: &str) {
        host.clone_into(&mut self.host);
    }
}

impl Http {
    pub fn host(&self) -> &str {
        &self.host
    }
}
