//! One request and its answer, over a connection of its own.

use std::future::Future;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderMap};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use openssl::pkey::PKey;
use openssl::ssl::SslRef;
use openssl::x509::X509;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_openssl::SslStream;

use super::target::Target;
use super::{Egress, Trouble};
use crate::account::ClientCertificate;

/// An answer's head may have so many headers in so many bytes.
const MOST_HEADERS: usize = 100;
const LONGEST_HEAD: usize = 64 * 1024;

/// A request, ready to leave.
pub(crate) struct Outgoing<'a> {
    pub(crate) target: &'a Target,
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) cert: Option<&'a ClientCertificate>,
    /// An answer's body may have so many bytes.
    pub(crate) longest_answer: usize,
    pub(crate) deadline: Instant,
}

/// An answer, as it came.
pub(crate) struct Incoming {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Egress {
    /// Sends a request. `leaving` is called when the connection stands and the first byte is about
    /// to go: what fails before it has not reached the provider, what fails after it may have.
    pub(crate) async fn exchange(
        &self,
        outgoing: Outgoing<'_>,
        leaving: impl FnOnce() + Send,
    ) -> Result<Incoming, Trouble> {
        let deadline = outgoing.deadline;
        let stream = timeout_at(deadline, self.connect(&outgoing))
            .await
            .map_err(|_| Trouble::BeforeSend)??;
        let request = request(&outgoing)?;
        leaving();
        let answer: Pin<Box<dyn Future<Output = _> + Send>> = match stream {
            Stream::Clear(stream) => Box::pin(talk(stream, request, outgoing.longest_answer)),
            Stream::Tls(stream) => Box::pin(talk(stream, request, outgoing.longest_answer)),
        };
        let answered = timeout_at(deadline, answer)
            .await
            .map_err(|_| Trouble::AfterSend)?;
        tracing::trace!("answered");
        answered
    }

    async fn connect(&self, outgoing: &Outgoing<'_>) -> Result<Stream, Trouble> {
        let target = outgoing.target;
        let mut connected = None;
        for address in self.resolve(target).await? {
            if let Ok(stream) = TcpStream::connect(address).await {
                connected = Some(stream);
                break;
            }
        }
        let stream = connected.ok_or(Trouble::Connect)?;
        // A request is one write or two; waiting for more would cost a round trip.
        let _ = stream.set_nodelay(true);
        if !target.secure {
            return Ok(Stream::Clear(stream));
        }
        let mut ssl = self
            .tls
            .configure()
            .and_then(|settings| settings.into_ssl(target.bare_host()))
            .map_err(|_| Trouble::Tls)?;
        if let Some(cert) = outgoing.cert {
            present(&mut ssl, cert).map_err(|_| Trouble::AuthFailed)?;
        }
        let mut stream = SslStream::new(ssl, stream).map_err(|_| Trouble::Tls)?;
        Pin::new(&mut stream)
            .connect()
            .await
            .map_err(|_| Trouble::Tls)?;
        Ok(Stream::Tls(stream))
    }
}

enum Stream {
    Clear(TcpStream),
    Tls(SslStream<TcpStream>),
}

fn present(ssl: &mut SslRef, cert: &ClientCertificate) -> Result<(), openssl::error::ErrorStack> {
    let key = PKey::private_key_from_pem(&cert.key_pem)?;
    for (at, link) in X509::stack_from_pem(&cert.chain_pem)?
        .into_iter()
        .enumerate()
    {
        if at == 0 {
            ssl.set_certificate(&link)?;
        } else {
            ssl.add_chain_cert(link)?;
        }
    }
    ssl.set_private_key(&key)
}

fn request(outgoing: &Outgoing<'_>) -> Result<Request<Full<Bytes>>, Trouble> {
    let mut request = Request::builder()
        .method(outgoing.method.clone())
        .uri(&outgoing.target.path_and_query)
        .header(HOST, outgoing.target.authority())
        .body(Full::new(outgoing.body.clone()))
        .map_err(|_| Trouble::BadRequest)?;
    request.headers_mut().extend(outgoing.headers.clone());
    Ok(request)
}

async fn talk<S>(
    stream: S,
    request: Request<Full<Bytes>>,
    longest: usize,
) -> Result<Incoming, Trouble>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::Builder::new()
        .max_headers(MOST_HEADERS)
        .max_buf_size(LONGEST_HEAD)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|_| Trouble::AfterSend)?;
    let conversation = async move {
        let answer = sender
            .send_request(request)
            .await
            .map_err(|_| Trouble::AfterSend)?;
        let (head, mut incoming) = answer.into_parts();
        let mut body = BytesMut::new();
        while let Some(frame) = incoming.frame().await {
            let frame = frame.map_err(|_| Trouble::AfterSend)?;
            if let Some(data) = frame.data_ref() {
                if body.len() + data.len() > longest {
                    return Err(Trouble::TooLarge);
                }
                body.extend_from_slice(data);
            }
        }
        Ok(Incoming {
            status: head.status,
            headers: head.headers,
            body: body.into(),
        })
    };
    tokio::pin!(conversation, connection);
    // The connection is the engine of the conversation. It may end first, having handed over all.
    tokio::select! {
        answer = &mut conversation => answer,
        _ = &mut connection => conversation.await,
    }
}
