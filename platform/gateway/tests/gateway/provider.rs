//! A payment provider on loopback that answers as a test says.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openssl::ssl::SslAcceptor;

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The subject of the client's certificate.
    pub(crate) client: Option<String>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What the provider does about it.
pub(crate) enum Reply {
    /// Answers with a status, headers and a body.
    Answer(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Sends these bytes and closes.
    Raw(Vec<u8>),
    /// Says nothing until the other side gives up.
    Silence,
    /// Waits, then answers.
    After(Duration, Box<Reply>),
}

impl Reply {
    pub(crate) fn text(status: u16, body: impl Into<String>) -> Self {
        Self::Answer(status, Vec::new(), body.into().into_bytes())
    }
}

type Handler = dyn Fn(&Received) -> Reply + Send + Sync;

pub(crate) struct Provider {
    pub(crate) address: SocketAddr,
    secure: bool,
    seen: Arc<Mutex<Vec<Received>>>,
}

trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

impl Provider {
    /// In clear.
    pub(crate) fn new(handler: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(None, handler)
    }

    /// With TLS.
    pub(crate) fn secure(
        acceptor: SslAcceptor,
        handler: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::start(Some(acceptor), handler)
    }

    /// The usual one: creates charges, and knows them.
    pub(crate) fn honest() -> Self {
        Self::new(|request| match request.method.as_str() {
            "PUT" => Reply::text(201, "created"),
            _ => Reply::text(200, "fine"),
        })
    }

    fn start(
        acceptor: Option<SslAcceptor>,
        handler: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::<Mutex<Vec<Received>>>::default();
        let secure = acceptor.is_some();
        let noted = Arc::clone(&seen);
        let handler: Arc<Handler> = Arc::new(handler);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (noted, handler) = (Arc::clone(&noted), Arc::clone(&handler));
                let acceptor = acceptor.clone();
                std::thread::spawn(move || serve(stream, acceptor, &noted, &*handler));
            }
        });
        Self {
            address,
            secure,
            seen,
        }
    }

    /// Its address as a grant has it.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// Its address as a setting has it.
    pub(crate) fn base(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Received> {
        self.seen.lock().expect("not poisoned").clone()
    }
}

fn serve(
    stream: TcpStream,
    acceptor: Option<SslAcceptor>,
    seen: &Mutex<Vec<Received>>,
    handler: &Handler,
) {
    let clock = stream.try_clone().expect("a second handle");
    let (mut wire, client): (Box<dyn Wire>, _) = match acceptor {
        None => (Box::new(stream), None),
        Some(acceptor) => {
            let Ok(stream) = acceptor.accept(stream) else {
                return;
            };
            let client = stream.ssl().peer_certificate().map(|certificate| {
                let name = certificate.subject_name().entries().next().expect("a name");
                name.data().to_string().expect("text")
            });
            (Box::new(stream), client)
        }
    };
    let Some(mut request) = read(&mut *wire) else {
        return;
    };
    request.client = client;
    seen.lock().expect("not poisoned").push(request.clone());
    reply(&mut *wire, &clock, handler(&request));
}

fn reply(wire: &mut dyn Wire, clock: &TcpStream, reply: Reply) {
    match reply {
        Reply::Answer(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            head.push_str("\r\n");
            let _ = wire.write_all(head.as_bytes());
            let _ = wire.write_all(&body);
            let _ = wire.flush();
            // The other side closes when it has read all.
            let _ = wire.read(&mut [0; 16]);
        }
        Reply::Raw(bytes) => {
            let _ = wire.write_all(&bytes);
            let _ = wire.flush();
        }
        Reply::Silence => while wire.read(&mut [0; 1024]).is_ok_and(|count| count > 0) {},
        Reply::After(wait, later) => {
            clock.set_read_timeout(Some(wait)).expect("a timeout");
            let _ = wire.read(&mut [0; 16]);
            clock.set_read_timeout(None).expect("no timeout");
            self::reply(wire, clock, *later);
        }
    }
}

fn read(wire: &mut dyn Wire) -> Option<Received> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|part| part == b"\r\n\r\n") {
            break at;
        }
        let count = wire.read(&mut buffer).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&buffer[..count]);
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let mut request = Received {
        method: first.next()?.to_owned(),
        path: first.next()?.to_owned(),
        headers: lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        ..Received::default()
    };
    let length: usize = request
        .header("content-length")
        .map_or(0, |length| length.parse().expect("a length"));
    request.body = bytes[head_end + 4..].to_vec();
    while request.body.len() < length {
        let count = wire.read(&mut buffer).ok().filter(|count| *count > 0)?;
        request.body.extend_from_slice(&buffer[..count]);
    }
    Some(request)
}
