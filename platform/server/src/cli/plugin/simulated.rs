//! The payment simulator for `alvara plugin test`: a plugin that speaks to a provider which it knows
//! needs no answers written down.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;

use alvara_domain::payment::PspRef;
use alvara_domain::payment::ask::InboundRequest;
use alvara_simulator::{Secrets, Simulator};
use serde::Deserialize;

use super::provider::hand_on;
use super::record::Asked;
use super::script::Checked;
use crate::exit::{Failure, Outcome};

/// Where it tells of what happens. Nobody answers there: what it told is read from its own record.
pub(super) const HOOK: &str = "https://shop.example/hook";

/// A simulator on this machine. It ends with the process.
pub(super) struct Simulated {
    pub(super) page: SocketAddr,
}

/// A webhook as it was sent.
#[derive(Deserialize)]
struct Delivery {
    url: String,
    body: String,
    headers: Vec<(String, String)>,
}

impl Simulated {
    /// Opens one on free ports of the loopback address.
    pub(super) fn open() -> Outcome<Self> {
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let simulator = match Simulator::bind(0, Secrets::default()) {
                    Ok(simulator) => simulator,
                    Err(error) => return drop(tell.send(Err(error))),
                };
                simulator.tell_stripe_to(HOOK);
                drop(tell.send(Ok(simulator.address())));
                if let Err(error) = simulator.into_server().await {
                    tracing::error!(%error, "the payment simulator ended");
                }
            });
        });
        let bound = told
            .recv()
            .map_err(|_| Failure::refused("the payment simulator does not start"))?;
        let page =
            bound.map_err(|error| Failure::refused(format!("payment simulator: {error}")))?;
        Ok(Self { page })
    }

    /// Presses a button of what the provider knows by one of these names.
    pub(super) fn press(&self, refs: &[PspRef], button: &str) -> Checked {
        let known = refs.iter().filter(|one| {
            let mut letters = one.value.bytes();
            letters.all(|letter| letter.is_ascii_alphanumeric() || b"-_".contains(&letter))
        });
        for one in known {
            let path = format!("/sim/bills/{}/{button}", one.value);
            match self.ask("POST", &path)? {
                (200, _) => return Ok(()),
                (404, _) => {}
                (status, said) => {
                    let said = String::from_utf8_lossy(&said).into_owned();
                    return Err(format!("the button {button} answers {status}: {said}"));
                }
            }
        }
        Err(format!(
            "there is no button {button}, or the simulator knows none of the reported references"
        ))
    }

    /// The webhooks that were sent so far, the oldest first.
    pub(super) fn told(&self) -> Result<Vec<InboundRequest>, String> {
        let (_, list) = self.ask("GET", "/sim/deliveries")?;
        let list: Vec<Delivery> =
            serde_json::from_slice(&list).map_err(|error| error.to_string())?;
        Ok(list.into_iter().map(inbound).collect())
    }

    fn ask(&self, method: &str, path: &str) -> Result<(u16, Vec<u8>), String> {
        let asked = Asked {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        let silent = || "the payment simulator does not answer".to_owned();
        let answer = hand_on(self.page, &asked).ok_or_else(silent)?;
        let end = b"\r\n\r\n";
        let head = answer.windows(end.len()).position(|part| part == end);
        let (head, body) = answer.split_at(head.ok_or_else(silent)?);
        let status = String::from_utf8_lossy(head)
            .split_ascii_whitespace()
            .nth(1)
            .and_then(|status| status.parse().ok());
        Ok((status.ok_or_else(silent)?, body[end.len()..].to_vec()))
    }
}

fn inbound(delivery: Delivery) -> InboundRequest {
    let rest = delivery.url.strip_prefix("https://").unwrap_or_default();
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut headers = delivery.headers;
    headers.push(("content-type".to_owned(), "application/json".to_owned()));
    InboundRequest {
        method: "POST".to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: delivery.body.into_bytes(),
        remote_ip: "192.0.2.1".to_owned(),
        client_cert_sha256: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-PAY-01
    #[test]
    fn a_webhook_is_taken_up_as_it_was_sent() {
        let sent = inbound(Delivery {
            url: format!("{HOOK}/pix?token=w&a=%20"),
            body: "{}".to_owned(),
            headers: vec![("x-signature".to_owned(), "v1=00".to_owned())],
        });
        assert_eq!(
            (sent.path.as_str(), sent.query.as_str()),
            ("/hook/pix", "token=w&a=%20")
        );
        assert_eq!(sent.headers.len(), 2);
        let bare = inbound(Delivery {
            url: HOOK.to_owned(),
            body: String::new(),
            headers: Vec::new(),
        });
        assert_eq!((bare.path.as_str(), bare.query.as_str()), ("/hook", ""));
    }

    // R-PAY-01
    #[test]
    fn a_button_of_nothing_is_not_pressed() {
        let simulated = Simulated::open().unwrap();
        let unknown = PspRef {
            kind: "txid".to_owned(),
            value: "nothing-there".to_owned(),
        };
        assert!(simulated.press(&[unknown], "pay").is_err());
        assert!(simulated.told().is_ok_and(|told| told.is_empty()));
    }
}
