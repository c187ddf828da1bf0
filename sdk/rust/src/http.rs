//! The way to the platform: one request and one answer over HTTP/1.1, through a proxy where there is
//! one.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use openssl::error::ErrorStack;
#[cfg(not(target_os = "linux"))]
use openssl::ssl::SslConnectorBuilder;
use openssl::ssl::{SslConnector, SslMethod};
use thiserror::Error;

/// How long a connection may take, and an answer may pause.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long all of it may take, however steadily it drips.
const TOTAL: Duration = Duration::from_secs(30);
/// Longest answer that is read, with its head.
const ANSWER_MAX: usize = 1024 * 1024 + 64 * 1024;

/// A request.
#[derive(Debug, Clone)]
pub struct Ask {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body, of the type that the headers say.
    pub body: Option<Vec<u8>>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The platform was not reached.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct NoConnection(pub String);

impl From<io::Error> for NoConnection {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

/// Sends a request and answers, or says that nobody was reached. A program may bring its own.
pub type Transport = Box<dyn Fn(&Ask) -> Result<Answer, NoConnection> + Send + Sync>;

/// An address taken apart.
pub(crate) struct Place<'a> {
    pub(crate) scheme: &'a str,
    /// Host and port as they are written.
    authority: &'a str,
    pub(crate) host: &'a str,
    port: u16,
    path: &'a str,
}

impl<'a> Place<'a> {
    pub(crate) fn of(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let standard = match scheme {
            "https" => 443,
            "http" => 80,
            _ => return None,
        };
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, "/"),
        };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (authority, standard),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        (!host.is_empty() && !authority.contains('@')).then_some(Self {
            scheme,
            authority,
            host,
            port,
            path,
        })
    }

    pub(crate) fn is_local(&self) -> bool {
        matches!(self.host, "localhost" | "127.0.0.1" | "::1") || self.host.ends_with(".localhost")
    }
}

/// The transport that is used unless the program brings its own.
pub(crate) fn send(ask: &Ask) -> Result<Answer, NoConnection> {
    let place = Place::of(&ask.url).ok_or_else(|| NoConnection("no address".to_owned()))?;
    let proxy = (place.scheme == "https").then(|| proxy(&place)).flatten();
    let stream = match &proxy {
        Some(proxy) => tunnel(proxy, &place)?,
        // Names under `localhost` are this machine (RFC 6761), whether the system knows or not.
        None if place.host.ends_with(".localhost") => connect("127.0.0.1", place.port)?,
        None => connect(place.host, place.port)?,
    };
    if place.scheme == "http" {
        return exchange(stream, ask, &place);
    }
    let secured = connector()
        .map_err(|error| NoConnection(error.to_string()))?
        .connect(place.host, stream)
        .map_err(|error| NoConnection(error.to_string()))?;
    exchange(secured, ask, &place)
}

/// What speaks TLS, and trusts whom the system trusts.
fn connector() -> Result<SslConnector, ErrorStack> {
    let builder = SslConnector::builder(SslMethod::tls_client())?;
    #[cfg(not(target_os = "linux"))]
    let builder = trusting_the_system(builder)?;
    Ok(builder.build())
}

/// Only an OpenSSL of a Linux distribution knows the certificates of its system. Any other looks for
/// them where it was built, and finds none on a customer's machine.
#[cfg(not(target_os = "linux"))]
fn trusting_the_system(
    mut builder: SslConnectorBuilder,
) -> Result<SslConnectorBuilder, ErrorStack> {
    for certificate in rustls_native_certs::load_native_certs().certs {
        // A system may hold one that OpenSSL does not read; it vouches for nobody then.
        if let Ok(certificate) = openssl::x509::X509::from_der(&certificate) {
            builder.cert_store_mut().add_cert(certificate)?;
        }
    }
    Ok(builder)
}

/// A connection that ends at its time.
#[derive(Debug)]
struct Timed {
    stream: TcpStream,
    end: Instant,
}

impl Timed {
    fn left(&self) -> io::Result<Duration> {
        let left = self.end.checked_duration_since(Instant::now());
        let left = left.filter(|left| !left.is_zero());
        let late = || io::Error::new(io::ErrorKind::TimedOut, "no answer in time");
        Ok(left.ok_or_else(late)?.min(TIMEOUT))
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        self.stream.read(buffer)
    }
}

impl Write for Timed {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

fn connect(host: &str, port: u16) -> Result<Timed, NoConnection> {
    let end = Instant::now() + TOTAL;
    let mut last = NoConnection(format!("{host} is not known"));
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, TIMEOUT) {
            Ok(stream) => return Ok(Timed { stream, end }),
            Err(error) => last = error.into(),
        }
        if Instant::now() >= end {
            break;
        }
    }
    Err(last)
}

#[expect(
    clippy::disallowed_methods,
    reason = "where the proxy is, the environment of the user says"
)]
fn variable(name: &str) -> Option<String> {
    let lower = std::env::var(name.to_ascii_lowercase());
    let found = lower.or_else(|_| std::env::var(name)).ok()?;
    (!found.is_empty()).then_some(found)
}

/// The proxy that the environment names for an address.
fn proxy(place: &Place<'_>) -> Option<String> {
    if place.is_local() {
        return None;
    }
    let spared = variable("NO_PROXY").unwrap_or_default();
    let names = spared
        .split(',')
        .map(|name| name.trim().trim_start_matches('.'));
    let is_spared = names.filter(|name| !name.is_empty()).any(|name| {
        let below = place.host.strip_suffix(name);
        name == "*" || below.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    });
    if is_spared {
        return None;
    }
    variable("HTTPS_PROXY")
}

/// A connection through a proxy. TLS begins inside of it.
fn tunnel(proxy: &str, place: &Place<'_>) -> Result<Timed, NoConnection> {
    let none = || NoConnection("the proxy's address is not http://host:port".to_owned());
    let rest = match proxy.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
        Some(_) => return Err(none()),
        None => proxy,
    };
    let rest = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let (credentials, authority) = match rest.rsplit_once('@') {
        Some((credentials, authority)) => (Some(credentials), authority),
        None => (None, rest),
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (authority, "8080"),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = port.parse().map_err(|_| none())?;
    let mut stream = connect(host, port)?;
    let target = if place.host.contains(':') {
        format!("[{}]:{}", place.host, place.port)
    } else {
        format!("{}:{}", place.host, place.port)
    };
    let mut head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
    if let Some(credentials) = credentials {
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        let pair = [unescaped(user), b":".to_vec(), unescaped(password)].concat();
        head.push_str(&format!(
            "Proxy-Authorization: Basic {}\r\n",
            BASE64.encode(&pair)
        ));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    // Byte by byte: what follows the head is TLS and not ours to read.
    let mut said = Vec::new();
    let mut byte = [0];
    while !said.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        said.push(byte[0]);
        if said.len() > 16 * 1024 {
            return Err(NoConnection("the proxy's answer has no end".to_owned()));
        }
    }
    let first = String::from_utf8_lossy(&said);
    match first.split_ascii_whitespace().nth(1) {
        Some(status) if status.len() == 3 && status.starts_with('2') => Ok(stream),
        status => Err(NoConnection(format!(
            "the proxy answered {}",
            status.unwrap_or("nothing")
        ))),
    }
}

/// Percent signs of a URL undone.
fn unescaped(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let digits = bytes.get(at + 1..at + 3);
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(escaped) if *byte == b'%' => {
                plain.push(escaped);
                at += 3;
            }
            _ => {
                plain.push(*byte);
                at += 1;
            }
        }
    }
    plain
}

fn exchange(
    mut stream: impl Read + Write,
    ask: &Ask,
    place: &Place<'_>,
) -> Result<Answer, NoConnection> {
    let mut head = format!(
        "{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
        ask.method, place.path, place.authority
    );
    for (name, value) in &ask.headers {
        // A line feed in a value would begin a header of its own.
        let value: String = value.chars().filter(|c| !c.is_control()).collect();
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let body = ask.body.as_deref().unwrap_or_default();
    if ask.body.is_some() {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    stream.flush()?;
    let mut read = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        // Some end TLS without saying so; what is whole by then is whole.
        let count = match stream.read(&mut buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if is_late(&error) => return Err(error.into()),
            Err(error) => return parsed(&read, End::Reached).ok_or_else(|| error.into()),
        };
        read.extend_from_slice(&buffer[..count]);
        let end = if count == 0 { End::Reached } else { End::Open };
        if let Some(answer) = parsed(&read, end) {
            return Ok(answer);
        }
        if count == 0 || read.len() > ANSWER_MAX {
            return Err(NoConnection("what answered is no HTTP server".to_owned()));
        }
    }
}

/// Whether nothing more came in time, which is no end.
fn is_late(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
    )
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Open,
    Reached,
}

/// The answer, once all of it is there.
fn parsed(read: &[u8], end: End) -> Option<Answer> {
    let at = read.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&read[..at]).ok()?;
    let rest = &read[at + 4..];
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    if (100..200).contains(&status) {
        // Word that the answer is still to come.
        return parsed(rest, end);
    }
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut answer = Answer {
        status,
        headers,
        body: Vec::new(),
    };
    let length = answer
        .header("content-length")
        .and_then(|text| text.parse::<usize>().ok());
    let chunked = answer
        .header("transfer-encoding")
        .is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
    answer.body = match length {
        _ if matches!(status, 204 | 304) => Vec::new(),
        _ if chunked => joined(rest)?,
        Some(length) => rest.get(..length)?.to_vec(),
        None if end == End::Reached => rest.to_vec(),
        None => return None,
    };
    Some(answer)
}

/// The chunks of a body put together, once the last is there.
fn joined(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let line = std::str::from_utf8(&rest[..end]).ok()?;
        let size = line.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        rest = rest.get(end + 2..)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size.checked_add(2)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    // R-SDK-01
    #[test]
    fn who_opens_a_tunnel_and_drips_is_given_up() {
        let quiet = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = quiet.local_addr().unwrap();
        let proxy = thread::spawn(move || {
            let (mut socket, _) = quiet.accept().unwrap();
            let mut asked = [0; 4096];
            let count = socket.read(&mut asked).unwrap();
            socket.write_all(b"HTTP/1.1 200\r\n\r\n").unwrap();
            // The first bytes of TLS, and then nothing until the other side leaves.
            while socket.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {}
            String::from_utf8_lossy(&asked[..count]).into_owned()
        });
        let place = Place::of("https://licenses.test/x").unwrap();
        let mut stream = tunnel(&format!("http://ana@{address}"), &place).unwrap();
        stream.end = Instant::now() + Duration::from_millis(300);
        assert!(
            connector()
                .unwrap()
                .connect("licenses.test", stream)
                .is_err()
        );
        let asked = proxy.join().unwrap();
        assert!(asked.starts_with("CONNECT licenses.test:443 HTTP/1.1\r\n"));
        assert!(asked.contains("Proxy-Authorization: Basic YW5hOg==\r\n"));
        assert!(
            tunnel("https://127.0.0.1:1", &place).is_err(),
            "spoken to plainly"
        );
    }

    // R-SDK-01
    #[test]
    fn word_that_the_answer_is_to_come_is_no_answer() {
        let early = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
        assert!(parsed(early, End::Open).is_none());
        let whole = [
            early.as_slice(),
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        ]
        .concat();
        let answer = parsed(&whole, End::Open).unwrap();
        assert_eq!(
            (answer.status, answer.body.as_slice()),
            (200, b"{}".as_slice())
        );
    }
}
