//! A name server of the world outside: it answers over UDP what tests told it, and that there is no
//! such name to everything else. One for all tests, so each test has names of its own.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{LazyLock, Mutex};

use hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use hickory_resolver::proto::rr::rdata::TXT;
use hickory_resolver::proto::rr::{RData, Record, RecordType};

static TEXTS: Mutex<BTreeMap<String, Vec<String>>> = Mutex::new(BTreeMap::new());
static SERVER: LazyLock<SocketAddr> = LazyLock::new(start);

/// Where it listens.
#[must_use]
pub fn server() -> SocketAddr {
    *SERVER
}

/// Writes the texts (TXT) of a name; none takes the name out of the world.
///
/// # Panics
/// When another test broke off in the middle of this.
pub fn write(name: &str, texts: &[&str]) {
    let mut known = TEXTS.lock().expect("no test broke off here");
    let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
    if texts.is_empty() {
        known.remove(name);
    } else {
        known.insert(name.to_owned(), texts);
    }
}

fn start() -> SocketAddr {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = socket.local_addr().expect("an address");
    std::thread::spawn(move || {
        let mut asked = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut asked) {
            let question = Message::from_vec(&asked[..length]).expect("a question of the DNS");
            let answer = answer(&question).to_vec().expect("an answer");
            let _ = socket.send_to(&answer, from);
        }
    });
    address
}

fn answer(question: &Message) -> Message {
    let mut answer = question.clone();
    answer.metadata.message_type = MessageType::Response;
    answer.metadata.recursion_available = true;
    let Some(query) = question.queries.first() else {
        answer.metadata.response_code = ResponseCode::FormErr;
        return answer;
    };
    let name = query.name().to_ascii();
    let known = TEXTS.lock().expect("no test broke off here");
    match known.get(&name.trim_end_matches('.').to_ascii_lowercase()) {
        None => answer.metadata.response_code = ResponseCode::NXDomain,
        Some(_) if query.query_type() != RecordType::TXT => {}
        Some(texts) => {
            // A text of more than 255 bytes stands in several strings, as in every zone.
            let strings = |text: &String| {
                let parts = text.as_bytes().chunks(40);
                parts
                    .map(|part| String::from_utf8_lossy(part).into_owned())
                    .collect()
            };
            answer.answers = texts
                .iter()
                .map(|text| {
                    let data = RData::TXT(TXT::new(strings(text)));
                    Record::from_rdata(query.name().clone(), 60, data)
                })
                .collect();
        }
    }
    answer
}
