//! A mail server on this machine (RFC 5321), which keeps what it takes and refuses what it is told to.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, ErrorKind, Result, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use alvara_app::mail::{MailConfig, MailTls};
use data_encoding::BASE64;

/// Nobody talks to it for longer without a word.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mail that it took.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Who sent it, as the envelope says.
    pub from: String,
    /// Whom it goes to, as the envelope says.
    pub to: Vec<String>,
    /// All headers, as they came.
    pub head: String,
    /// The text, decoded.
    pub text: String,
    /// The same as HTML, where the mail has both (RFC 2046 5.1.4).
    pub html: Option<String>,
}

impl Taken {
    /// A header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

#[derive(Default)]
struct Inbox {
    taken: Vec<Taken>,
    refusals: VecDeque<String>,
    losses: usize,
    silences: usize,
}

/// A mail server that answers until it is dropped.
pub struct Post {
    address: SocketAddr,
    inbox: Arc<Mutex<Inbox>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Post {
    /// Opens one on a free port.
    ///
    /// # Panics
    /// When it cannot listen.
    #[must_use]
    pub fn open() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let inbox: Arc<Mutex<Inbox>> = Arc::default();
        let stop: Arc<AtomicBool> = Arc::default();
        let (kept, stopped) = (Arc::clone(&inbox), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                // Who hangs up in the middle has sent nothing.
                drop(talk(&stream, &kept));
            }
        });
        Self {
            address,
            inbox,
            stop,
            thread: Some(thread),
        }
    }

    /// How a platform is told to send its mails here.
    #[must_use]
    pub fn settings(&self) -> MailConfig {
        MailConfig {
            host: self.address.ip().to_string(),
            port: self.address.port(),
            user: None,
            password: None,
            from: "keys@seller.test".to_owned(),
            tls: MailTls::None,
            patience: Duration::from_secs(10),
        }
    }

    /// Answers the next mail so, such as `451 4.3.0 try later`, and does not take it.
    pub fn refuse(&self, answer: &str) {
        lock(&self.inbox).refusals.push_back(answer.to_owned());
    }

    /// Takes the next mail and hangs up before it says so.
    pub fn lose_the_answer(&self) {
        lock(&self.inbox).losses += 1;
    }

    /// Accepts the next connection and says nothing, until the other side hangs up.
    pub fn fall_silent(&self) {
        lock(&self.inbox).silences += 1;
    }

    /// Everything that it took so far.
    #[must_use]
    pub fn taken(&self) -> Vec<Taken> {
        lock(&self.inbox).taken.clone()
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // The listener wakes up for somebody who comes.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn lock(inbox: &Mutex<Inbox>) -> MutexGuard<'_, Inbox> {
    inbox.lock().expect("nobody panicked with it")
}

/// One connection, from the greeting to the farewell.
fn talk(stream: &TcpStream, inbox: &Mutex<Inbox>) -> Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream);
    let mut out = stream;
    let mut say = |answer: &str| out.write_all(format!("{answer}\r\n").as_bytes());
    let (mut from, mut to) = (String::new(), Vec::new());
    let is_silent = {
        let mut inbox = lock(inbox);
        let is_silent = inbox.silences > 0;
        inbox.silences = inbox.silences.saturating_sub(1);
        is_silent
    };
    if is_silent {
        // Ends when the other side hangs up.
        return read_line(&mut lines).map(drop);
    }
    say("220 post.test ESMTP")?;
    loop {
        let line = read_line(&mut lines)?;
        let verb = line.split([' ', ':']).next().unwrap_or_default();
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => say("250-post.test\r\n250 8BITMIME")?,
            "HELO" | "NOOP" => say("250 well")?,
            "RSET" => {
                from.clear();
                to.clear();
                say("250 well")?;
            }
            "MAIL" => {
                from = path_of(&line);
                say("250 well")?;
            }
            "RCPT" => {
                let refusal = lock(inbox).refusals.pop_front();
                match refusal {
                    Some(refusal) => say(&refusal)?,
                    None => {
                        to.push(path_of(&line));
                        say("250 well")?;
                    }
                }
            }
            "DATA" if to.is_empty() => say("503 nobody to send it to")?,
            "DATA" => {
                say("354 go on")?;
                let (head, text) = message(&mut lines)?;
                let (text, html) = bodies(&head, &text);
                let taken = Taken {
                    from: std::mem::take(&mut from),
                    to: std::mem::take(&mut to),
                    text,
                    html,
                    head,
                };
                let mut inbox = lock(inbox);
                inbox.taken.push(taken);
                if inbox.losses > 0 {
                    inbox.losses -= 1;
                    return Ok(());
                }
                drop(inbox);
                say("250 taken")?;
            }
            "QUIT" => return say("221 farewell"),
            _ => say("502 what is that")?,
        }
    }
}

fn read_line(lines: &mut BufReader<&TcpStream>) -> Result<String> {
    let mut line = String::new();
    if lines.read_line(&mut line)? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// `MAIL FROM:<a@b> BODY=8BITMIME` is `a@b`.
fn path_of(line: &str) -> String {
    let inner = line
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or_else(String::new, |(path, _)| path.to_owned())
}

/// Head and text up to the line that is a dot alone.
fn message(lines: &mut BufReader<&TcpStream>) -> Result<(String, String)> {
    let (mut head, mut text) = (String::new(), String::new());
    let mut in_head = true;
    loop {
        let line = read_line(lines)?;
        if line == "." {
            return Ok((head, text));
        }
        if in_head && line.is_empty() {
            in_head = false;
            continue;
        }
        let part = if in_head { &mut head } else { &mut text };
        // A dot that begins a line was doubled.
        part.push_str(line.strip_prefix('.').unwrap_or(&line));
        part.push_str("\r\n");
    }
}

/// The text of a mail, and its HTML where it has several parts.
fn bodies(head: &str, text: &str) -> (String, Option<String>) {
    let Some((_, rest)) = head.split_once("boundary=\"") else {
        return (decode(head, text), None);
    };
    let (boundary, _) = rest.split_once('"').expect("a quoted boundary");
    let part = |kind: &str| {
        let parts = text.split(&format!("--{boundary}")).collect::<Vec<_>>();
        parts.iter().find_map(|part| {
            let (head, body) = part.trim_start().split_once("\r\n\r\n")?;
            head.contains(kind).then(|| decode(head, body))
        })
    };
    let plain = part("text/plain").expect("a part that is text");
    (plain, part("text/html"))
}

/// The text as it was before it was made fit for the wire (RFC 2045).
fn decode(head: &str, text: &str) -> String {
    let encoding = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-transfer-encoding")
            .then(|| value.trim().to_ascii_lowercase())
    });
    let bytes = match encoding.as_deref() {
        Some("base64") => {
            let joined: String = text.split_whitespace().collect();
            BASE64.decode(joined.as_bytes()).expect("base64")
        }
        Some("quoted-printable") => unquote(&text.replace("=\r\n", "")),
        _ => text.as_bytes().to_vec(),
    };
    String::from_utf8(bytes).expect("a text")
}

fn unquote(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('=') {
        bytes.extend(before.as_bytes());
        let (digits, more) = behind.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).expect("two digits behind ="));
        rest = more;
    }
    bytes.extend(rest.as_bytes());
    bytes
}
