//! A provider for `alvara plugin test`: it speaks TLS on this machine and answers what a script says,
//! and what the script does not say is answered by the payment simulator, where one is behind it.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use alvara_simulator::Identity;
use openssl::ssl::SslAcceptor;
use serde::Deserialize;

use super::record::Asked;
use crate::exit::{Failure, Outcome};

/// The longest request that is read.
const LONGEST: u64 = 4 << 20;

/// What is answered to a request.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scripted {
    /// HTTP method.
    method: String,
    /// Path without query; `*` at its end stands for anything.
    path: String,
    #[serde(default = "ok")]
    status: u16,
    #[serde(default = "json_type")]
    content_type: String,
    #[serde(default)]
    body: String,
    /// Take the request and never answer. What is behind the provider takes it, too.
    #[serde(default)]
    silence: bool,
}

fn ok() -> u16 {
    200
}

fn json_type() -> String {
    "application/json".to_owned()
}

impl Scripted {
    /// One answer to everything.
    pub(super) fn always(status: u16, content_type: &str, body: &str) -> Vec<Self> {
        ["GET", "POST", "PUT", "PATCH", "DELETE"]
            .into_iter()
            .map(|method| Self {
                method: method.to_owned(),
                path: "*".to_owned(),
                status,
                content_type: content_type.to_owned(),
                body: body.to_owned(),
                silence: false,
            })
            .collect()
    }

    fn fits(&self, method: &str, path: &str) -> bool {
        let path = path.split('?').next().unwrap_or_default();
        self.method == method
            && match self.path.strip_suffix('*') {
                Some(start) => path.starts_with(start),
                None => path == self.path,
            }
    }
}

/// What is shared with the threads that answer.
#[derive(Default)]
struct Script {
    answers: Vec<Scripted>,
    seen: Vec<Asked>,
    /// Who answers what no answer fits.
    behind: Option<SocketAddr>,
}

/// The provider. Its threads end with the process.
pub(super) struct Provider {
    pub(super) address: SocketAddr,
    pub(super) root_pem: Vec<u8>,
    behind: Option<SocketAddr>,
    script: Arc<Mutex<Script>>,
}

impl Provider {
    /// Listens on a free port of the loopback address. `behind` answers in clear what the script has
    /// no answer to.
    pub(super) fn open(behind: Option<SocketAddr>) -> Outcome<Self> {
        let identity = Identity::new().map_err(|error| Failure::refused(error.to_string()))?;
        let (acceptor, root_pem) = (identity.acceptor.build(), identity.root_pem);
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let script = Arc::new(Mutex::new(Script::default()));
        let shared = Arc::clone(&script);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
                thread::spawn(move || serve(&acceptor, stream, &shared));
            }
        });
        Ok(Self {
            address,
            root_pem,
            behind,
            script,
        })
    }

    /// Takes another script, and forgets what was asked for under the one before.
    pub(super) fn play(&self, answers: Vec<Scripted>) {
        self.take(answers, self.behind);
    }

    /// The same, and nobody else answers.
    pub(super) fn play_alone(&self, answers: Vec<Scripted>) {
        self.take(answers, None);
    }

    fn take(&self, answers: Vec<Scripted>, behind: Option<SocketAddr>) {
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        script.answers = answers;
        script.behind = behind;
        script.seen.clear();
    }

    /// What was asked for since the script was taken, in the order in which it came.
    pub(super) fn seen(&self) -> Vec<Asked> {
        let script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        script.seen.clone()
    }
}

/// Reads one request and answers it; whatever goes wrong is a connection that ends.
fn serve(acceptor: &SslAcceptor, stream: TcpStream, script: &Mutex<Script>) -> Option<()> {
    let patience = Some(Duration::from_secs(10));
    stream.set_read_timeout(patience).ok()?;
    let stream = acceptor.accept(stream).ok()?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.by_ref().take(LONGEST).read_line(&mut line).ok()?;
    let mut words = line.split_ascii_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut length = 0;
    let mut headers = Vec::new();
    loop {
        let mut head = String::new();
        reader.by_ref().take(LONGEST).read_line(&mut head).ok()?;
        let Some((name, value)) = head.split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse::<u64>().ok()?;
        }
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    headers.sort();
    let mut body = Vec::new();
    reader
        .by_ref()
        .take(length.min(LONGEST))
        .read_to_end(&mut body)
        .ok()?;
    let asked = Asked {
        method,
        path,
        headers,
        body,
    };
    let (found, behind) = {
        let mut script = script.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |it: &&Scripted| it.fits(&asked.method, &asked.path);
        let fits = script.answers.iter().find(fits).cloned();
        script.seen.push(asked.clone());
        (fits, script.behind)
    };
    let mut stream = reader.into_inner();
    let Some(answer) = found else {
        if let Some(answer) = behind.and_then(|behind| hand_on(behind, &asked)) {
            stream.write_all(&answer).ok()?;
            return stream.flush().ok();
        }
        let body = br#"{"message":"the script has no answer to this"}"#;
        return write(&mut stream, 404, "application/json", body);
    };
    if answer.silence {
        if let Some(behind) = behind {
            drop(hand_on(behind, &asked));
        }
        // Until whoever asked gives up, which closes the connection.
        let longest = Some(Duration::from_secs(60));
        drop(stream.get_ref().set_read_timeout(longest));
        drop(stream.read(&mut [0]));
        return None;
    }
    write(
        &mut stream,
        answer.status,
        &answer.content_type,
        answer.body.as_bytes(),
    )
}

/// Hands a request on, in clear, and answers what comes back as it came.
pub(super) fn hand_on(to: SocketAddr, asked: &Asked) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(to).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .ok()?;
    let mut head = format!("{} {} HTTP/1.1\r\n", asked.method, asked.path);
    for (name, value) in &asked.headers {
        if !matches!(name.as_str(), "connection" | "content-length" | "host") {
            head += &format!("{name}: {value}\r\n");
        }
    }
    let length = asked.body.len();
    head += &format!("host: {to}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&asked.body).ok()?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer).ok()?;
    (!answer.is_empty()).then_some(answer)
}

fn write(stream: &mut impl Write, status: u16, content_type: &str, body: &[u8]) -> Option<()> {
    let head = format!(
        "HTTP/1.1 {status} Scripted\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    stream.flush().ok()
}
