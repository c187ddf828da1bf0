//! Sends webhooks as the providers send them.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use thiserror::Error;
use tokio::net::TcpStream;

use crate::world::{Delivery, Shared};

/// How long a receiver may take; Stripe and Mercado Pago wait about as long.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, Error)]
enum Unreached {
    #[error("the address is no http URL")]
    Address,
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Http(#[from] hyper::Error),
    #[error("the request cannot be written")]
    Request(#[from] hyper::http::Error),
    #[error("no answer in time")]
    Late(#[from] tokio::time::error::Elapsed),
}

/// A webhook to send.
#[derive(Debug, Clone)]
pub(crate) struct Parcel {
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// Sends what there is to send, in order, `times` times each, and notes what became of it. A sender
/// that breaks the connection in the middle has still sent, as with the real ones.
pub(crate) async fn send_all(shared: &Shared, parcels: Vec<Parcel>, times: usize) {
    for parcel in parcels {
        for _ in 0..times {
            let status = match post(&parcel).await {
                Ok(status) => Some(status),
                Err(error) => {
                    tracing::warn!(url = parcel.url, %error, "a simulated webhook was not delivered");
                    None
                }
            };
            shared.world().deliveries.push(Delivery {
                url: parcel.url.clone(),
                body: parcel.body.clone(),
                headers: parcel.headers.clone(),
                status,
            });
        }
    }
}

async fn post(parcel: &Parcel) -> Result<u16, Unreached> {
    let rest = parcel
        .url
        .strip_prefix("http://")
        .ok_or(Unreached::Address)?;
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    tokio::time::timeout(PATIENCE, send(parcel, authority, path)).await?
}

#[expect(
    clippy::disallowed_methods,
    reason = "the connection's task ends with the connection, which ends with the request"
)]
async fn send(parcel: &Parcel, authority: &str, path: &str) -> Result<u16, Unreached> {
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "80"));
    // Names below localhost are the same machine (RFC 6761 §6.3), whatever the resolver thinks.
    let host = if host.ends_with(".localhost") {
        "127.0.0.1"
    } else {
        host
    };
    let stream = TcpStream::connect(format!("{host}:{port}")).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut request = hyper::Request::post(path)
        .header("host", authority)
        .header("content-type", "application/json");
    for (name, value) in &parcel.headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(Bytes::from(parcel.body.clone())))?;
    let answer = sender.send_request(request).await?;
    let status = answer.status().as_u16();
    answer.into_body().collect().await?;
    Ok(status)
}

/// HMAC-SHA256 in hex.
pub(crate) fn hmac_hex(secret: &str, text: &str) -> String {
    let signed = || -> Result<Vec<u8>, openssl::error::ErrorStack> {
        let key = PKey::hmac(secret.as_bytes())?;
        let mut signer = Signer::new(MessageDigest::sha256(), &key)?;
        signer.sign_oneshot_to_vec(text.as_bytes())
    };
    // HMAC fails for nothing but want of memory; an empty tag is refused by every receiver.
    data_encoding::HEXLOWER.encode(&signed().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-PAY-07
    #[test]
    fn signatures_are_those_of_the_published_vectors() {
        // Stripe's scheme, checked against its own library.
        assert_eq!(
            hmac_hex(
                "whsec_test",
                "1700000000.{\"id\":\"evt_1\",\"object\":\"event\"}"
            ),
            "4c15fb2a43f93ef61eaa3e0893866d57cad9cad4223242cfb96f362480cb4021"
        );
        // Mercado Pago's, checked against its own library.
        let manifest =
            "id:1234567890;request-id:f7b2a1d4-0b1c-4ec2-aaaa-9e8b1d2f3c4d;ts:1716651000;";
        assert_eq!(
            hmac_hex("s3cr3t", manifest),
            "62b36fe6af028ac6193bb1a5c64272e5a3e037aa0f443b9ce07230b0a8d16edc"
        );
    }
}
