//! Requests of a plugin, sent to a stranger's server on this machine.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use alvara_plugin_sdk::{
    HttpHeader,
    http::{HttpError, Request, Response},
};

/// Sends a request to a path of the server at a port.
pub(super) fn pass_on(port: u16, path: &str, request: &Request) -> Result<Response, HttpError> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(|_| HttpError::Connect)?;
    let mut head = format!(
        "{} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\nauthorization: Bearer sk_test_stranger\r\ncontent-length: {}\r\n",
        request.method,
        request.body.len()
    );
    for HttpHeader { name, value } in &request.headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += "\r\n";
    stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(&request.body))
        .map_err(|_| HttpError::Connect)?;
    let mut answer = Vec::new();
    stream
        .read_to_end(&mut answer)
        .map_err(|_| HttpError::TimeoutAfterSend)?;
    let end = answer
        .windows(4)
        .position(|bytes| bytes == b"\r\n\r\n")
        .ok_or(HttpError::TimeoutAfterSend)?;
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .ok_or(HttpError::TimeoutAfterSend)?;
    let mut body = answer.split_off(end + 4);
    if head.contains("transfer-encoding: chunked") {
        body = unchunked(&body);
    }
    Ok(Response {
        status,
        headers: Vec::new(),
        body,
    })
}

fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = body.windows(2).position(|bytes| bytes == b"\r\n") {
        let length =
            usize::from_str_radix(String::from_utf8_lossy(&body[..end]).trim(), 16).unwrap_or(0);
        if length == 0 {
            break;
        }
        whole.extend_from_slice(&body[end + 2..end + 2 + length]);
        body = &body[end + 4 + length..];
    }
    whole
}
