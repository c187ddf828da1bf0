//! The conversation with a mail server.

use std::time::Duration;

use alvara_domain::id::MailId;
use alvara_vault::Secret;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::letter::Letter;

alvara_domain::text_enum! {
    /// How a conversation with a mail server is protected.
    pub enum MailTls {
        /// It begins in clear and becomes TLS before anything is said; without that no mail is sent.
        Starttls = "starttls",
        /// TLS from the first byte.
        Tls = "tls",
        /// Not at all: for a mail server on this machine.
        None = "none",
    }
}

/// Where mails leave.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// The mail server's name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Who we are to it; nobody when absent.
    pub user: Option<String>,
    /// Our password there.
    pub password: Option<Secret>,
    /// The address that mails come from; the seller's name is put beside it.
    pub from: String,
    /// How it is protected.
    pub tls: MailTls,
    /// How long one conversation may take, from connecting to its yes.
    pub patience: Duration,
}

/// Why a mail did not leave.
#[derive(Debug)]
pub(super) enum Undelivered {
    /// It may leave another time.
    Later(String),
    /// So may it; but the mail server let us wait in vain.
    Silent(String),
    /// It will not.
    Never(String),
    /// It need not any more.
    Over(&'static str),
}

impl MailConfig {
    /// Whether an address can be one that mails come from.
    #[must_use]
    pub fn is_address(text: &str) -> bool {
        text.parse::<Address>().is_ok()
    }

    /// Speaks with the mail server until it took the mail or said why not.
    pub(super) async fn deliver(
        &self,
        id: MailId,
        recipient: &str,
        letter: Letter,
    ) -> Result<(), Undelivered> {
        let from = address(&self.from).map_err(Undelivered::Later)?;
        let to = address(recipient).map_err(Undelivered::Never)?;
        let domain = from.domain().to_owned();
        let mut message = Message::builder();
        // An address that was one when it was typed; should this library think otherwise, the mail
        // leaves without it.
        if let Some(reply_to) = letter.reply_to.and_then(|one| one.parse::<Address>().ok()) {
            message = message.reply_to(Mailbox::new(None, reply_to));
        }
        let message = message
            .from(Mailbox::new(Some(letter.sender), from))
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            // The same at each try, so that a mailbox can tell a repetition.
            .message_id(Some(format!("<{id}@{domain}>")));
        let text = letter.text.expose().to_owned();
        let message = match letter.html {
            // Both say the same; who reads neither mark-up nor colours misses nothing.
            Some(html) => message.multipart(MultiPart::alternative_plain_html(
                text,
                html.expose().to_owned(),
            )),
            None => message.header(ContentType::TEXT_PLAIN).body(text),
        };
        let message = message.map_err(|error| Undelivered::Never(error.to_string()))?;
        let transport = self.transport(&domain).map_err(Undelivered::Later)?;
        // The library's own limit ends with the connecting: a server that then falls silent would keep
        // the job, and all that wait behind it, for good.
        let Ok(sent) = tokio::time::timeout(self.patience, transport.send(message)).await else {
            let seconds = self.patience.as_secs();
            return Err(Undelivered::Silent(format!(
                "the mail server took longer than {seconds} s"
            )));
        };
        match sent {
            Ok(_) => Ok(()),
            // 53x is about our own password, which somebody will put right.
            Err(error)
                if error.is_permanent()
                    && !error
                        .status()
                        .is_some_and(|code| code.to_string().starts_with("53")) =>
            {
                Err(Undelivered::Never(error.to_string()))
            }
            Err(error) => Err(Undelivered::Later(error.to_string())),
        }
    }

    fn transport(&self, domain: &str) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
        let parameters =
            || TlsParameters::new(self.host.clone()).map_err(|error| error.to_string());
        let tls = match self.tls {
            MailTls::Starttls => Tls::Required(parameters()?),
            MailTls::Tls => Tls::Wrapper(parameters()?),
            MailTls::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.host)
            .port(self.port)
            .tls(tls)
            // The whole conversation has a limit of its own.
            .timeout(None)
            .hello_name(ClientId::Domain(domain.to_owned()));
        if let (Some(user), Some(password)) = (&self.user, &self.password) {
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            builder = builder.credentials(credentials);
        }
        Ok(builder.build())
    }
}

fn address(text: &str) -> Result<Address, String> {
    text.parse::<Address>()
        .map_err(|error| format!("{text:.100} is no address: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-PAY-10
    #[test]
    fn nothing_but_an_address_is_one() {
        assert!(MailConfig::is_address("keys@example.com"));
        for bad in ["", "example.com", "a@b\r\nBcc: c@d", "A <a@b.c>"] {
            assert!(!MailConfig::is_address(bad), "{bad}");
        }
    }
}
