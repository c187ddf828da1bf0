//! What was brought to the program by hand.

use alvara_domain::armour::{Armoured, Label};
use alvara_domain::offline::{Document, Response};
use alvara_domain::revocation::{Subject, unwrap_armour};

use crate::client::Fault;
use crate::keys::KeySet;
use crate::store::{Kept, Watermark};

/// A text that may be taken.
pub(crate) enum Brought {
    /// The answer to the request that waits.
    Response(Box<Response>),
    /// A newer computer key for the machine, with a lease that begins now.
    Newer((String, String)),
    /// A revocation list: its number, and the code under which license or machine are on it.
    Listed {
        seq: i64,
        code: Option<&'static str>,
    },
}

/// Reads a block, or the bare form that a QR code holds. What was used is remembered by the watermark
/// too, so that an old file put back does not make it count again.
pub(crate) fn read(
    text: &str,
    kept: &Kept,
    watermark: &Watermark,
    keys: &KeySet,
) -> Result<Brought, Fault> {
    let bare = text.trim_start_matches('\u{FEFF}').trim();
    let (label, body) = if bare.starts_with('-') {
        let block = Armoured::read(bare).map_err(|_| Fault::NotBelieved)?;
        let body = String::from_utf8(block.body).map_err(|_| Fault::NotBelieved)?;
        (block.label, body)
    } else if bare.split_ascii_whitespace().count() == 2 {
        (Label::ComputerKey, bare.to_owned())
    } else {
        (Label::RevocationList, bare.to_owned())
    };
    if label == Label::ActivationResponse {
        let response = Response::read(bare).map_err(|_| Fault::NotBelieved)?;
        let nonce = Some(response.nonce.as_str());
        if kept.pending.as_deref() != nonce || watermark.pending.as_deref() != nonce {
            return Err(Fault::Refused("NOT_MY_REQUEST"));
        }
        return Ok(Brought::Response(Box::new(response)));
    }
    let (Some(_), Some(held_key), Some(held_lease)) =
        (&kept.token, &kept.computer_key, &kept.lease)
    else {
        return Err(Fault::Refused("NOT_ACTIVATED"));
    };
    match label {
        Label::ComputerKey => {
            let mut lines = body.split_ascii_whitespace().map(str::to_owned);
            let (Some(key), Some(lease), None) = (lines.next(), lines.next(), lines.next()) else {
                return Err(Fault::NotBelieved);
            };
            if keys.lease(&lease)?.exp <= keys.lease(held_lease)?.exp {
                return Err(Fault::Refused("OLDER_THAN_HELD"));
            }
            Ok(Brought::Newer((key, lease)))
        }
        Label::RevocationList => {
            let text = unwrap_armour(bare).map_err(|_| Fault::NotBelieved)?;
            let (list, key) = (keys.revocations(&text)?, keys.computer_key(held_key)?);
            let head = list.head();
            if head.iss != key.iss || head.prd != key.prd {
                return Err(Fault::NotBelieved);
            }
            let id = kept.machine_id.as_ref();
            let seen = id.and_then(|id| watermark.machines.get(id)?.list_seq);
            if list.accept(kept.list_seq.max(seen)).is_err() {
                return Err(Fault::Refused("OLDER_THAN_HELD"));
            }
            let machine = kept.machine_id.as_deref().and_then(|id| id.parse().ok());
            let blocked = machine.is_some_and(|id| list.contains(Subject::Machine(id)));
            let code = if list.contains(Subject::License(key.sub)) {
                Some("REVOKED")
            } else {
                blocked.then_some("MACHINE_BLOCKED")
            };
            let seq = head.seq;
            Ok(Brought::Listed { seq, code })
        }
        _ => Err(Fault::Refused("WRONG_BLOCK")),
    }
}
