//! A connection that asks one thing after the other. Small on purpose: the program that asks shares
//! the cores with the server it asks.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::failure::{Failure, Outcome};

/// No answer of the platform takes so long; one that does ends the run.
const PATIENCE: Duration = Duration::from_secs(30);
/// No answer is so large.
const LARGEST: usize = 1 << 20;

/// A keep-alive HTTP/1.1 connection.
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// An answer, in the connection's own buffer.
#[derive(Debug)]
pub(crate) struct Reply<'a> {
    pub(crate) status: u16,
    /// Status line and headers.
    pub(crate) head: &'a [u8],
    pub(crate) body: &'a [u8],
}

impl Reply<'_> {
    /// The cookie that the answer sets, as it is to be sent back.
    pub(crate) fn cookie(&self) -> Option<String> {
        let text = String::from_utf8_lossy(self.head);
        let set = text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("set-cookie")
                .then(|| value.trim().to_owned())
        })?;
        set.split(';').next().map(str::to_owned)
    }

    /// Whether some text is in the body.
    pub(crate) fn says(&self, text: &str) -> bool {
        self.body
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    }
}

impl Connection {
    /// Connects.
    pub(crate) fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream,
            received: Vec::with_capacity(16 * 1024),
        })
    }

    /// Sends a request and reads its answer.
    pub(crate) fn ask(&mut self, request: &[u8]) -> Outcome<Reply<'_>> {
        self.stream.write_all(request)?;
        self.received.clear();
        let head = loop {
            if let Some(end) = self
                .received
                .windows(4)
                .position(|window| window == b"\r\n\r\n")
            {
                break end + 4;
            }
            self.receive()?;
        };
        let (status, length) = read_head(self.received.get(..head).unwrap_or_default())?;
        while self.received.len() < head + length {
            self.receive()?;
        }
        let (head, rest) = self.received.split_at(head);
        let body = rest.get(..length).unwrap_or_default();
        Ok(Reply { status, head, body })
    }

    fn receive(&mut self) -> Outcome {
        let mut some = [0_u8; 16 * 1024];
        let count = self.stream.read(&mut some)?;
        if count == 0 || self.received.len() + count > LARGEST {
            return Err(Failure::new("the server hung up, or answered without end"));
        }
        self.received
            .extend_from_slice(some.get(..count).unwrap_or_default());
        Ok(())
    }
}

/// Status and length. The server sends lengths and no chunks for everything that is measured.
fn read_head(head: &[u8]) -> Outcome<(u16, usize)> {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    match (status, length) {
        (Some(status), Some(length)) if length <= LARGEST => Ok((status, length)),
        _ => Err(Failure::new(format!(
            "an answer that is not understood:\n{text}"
        ))),
    }
}

/// A request with a JSON body, ready to send.
pub(crate) fn post(host: &str, path: &str, bearer: Option<&str>, body: &str) -> Vec<u8> {
    let authorization = bearer
        .map(|secret| format!("authorization: Bearer {secret}\r\n"))
        .unwrap_or_default();
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nhost: {host}\r\n{authorization}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

/// A request without a body.
pub(crate) fn get(host: &str, path: &str, bearer: Option<&str>) -> Vec<u8> {
    let authorization = bearer
        .map(|secret| format!("authorization: Bearer {secret}\r\n"))
        .unwrap_or_default();
    format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n{authorization}\r\n").into_bytes()
}

/// A form as a browser sends it from a page of ours; the values stand in it as they are.
pub(crate) fn form(host: &str, path: &str, fields: &str) -> Vec<u8> {
    let length = fields.len();
    format!("POST {path} HTTP/1.1\r\nhost: {host}\r\nsec-fetch-site: same-origin\r\naccept: text/html\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{fields}")
        .into_bytes()
}

/// A page, for who is signed in with this cookie.
pub(crate) fn page(host: &str, path: &str, cookie: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: {host}\r\naccept: text/html\r\naccept-language: en\r\ncookie: {cookie}\r\n\r\n")
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::read_head;

    #[test]
    fn status_and_length_are_read() {
        let head = b"HTTP/1.1 201 Created\r\nX-A: b\r\nContent-Length: 12\r\n\r\n";
        assert_eq!(read_head(head).ok(), Some((201, 12)));
    }

    #[test]
    fn an_answer_without_a_length_ends_the_run() {
        assert!(read_head(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
        assert!(read_head(b"SSH-2.0\r\n\r\n").is_err());
    }
}
