//! What a mail says, in the reader's language and under the brand of the place that it is about.

mod access;
mod body;
mod keys;
mod money;
mod registration;
mod renewal;
mod sample;
mod security;

use alvara_domain::civil_date::CivilDate;
use alvara_domain::id::{NodeId, OrderId};
use alvara_domain::mail::{Mail, MailContent};
use alvara_domain::money::Money;
use alvara_domain::time::{UtcTime, ZoneName};
use alvara_render::{Args, Locale, Wording, Words, pdf};
use alvara_store::{TenantTx, hosts, nodes, tenants};
use alvara_tenants::{Brand, brand_at};
use alvara_vault::Secret;

use crate::billing::offer::{LINK_DAYS, payment_path};
use crate::{AppResult, Platform};

use body::Part;
pub use sample::{SampleLetter, SampleMail, SampleScene, sample_letter};

/// A mail, written out. It may hold a key, or a link by which somebody pays, so it is neither shown nor
/// stored.
pub(super) struct Letter {
    /// The seller's name, beside the address that it comes from.
    pub(super) sender: String,
    /// Where answers go; to the address that it comes from without.
    pub(super) reply_to: Option<String>,
    pub(super) subject: String,
    pub(super) text: Secret,
    /// The same with mark-up, where there is something to press.
    pub(super) html: Option<Secret>,
}

/// Writes a mail out; `None` when there is nothing left to tell.
pub(super) fn write(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    mail: &Mail,
) -> AppResult<Option<Letter>> {
    match &mail.content {
        MailContent::ShopKeys {
            name,
            reference,
            licenses,
        } => keys::write(tx, platform, mail, (name, Some(reference), licenses)),
        MailContent::OwnKeys { name, licenses } => {
            keys::write(tx, platform, mail, (name, None, licenses))
        }
        MailContent::Renewal {
            name,
            step,
            licenses,
        } => renewal::write(tx, platform, mail, (name, *step, licenses)),
        MailContent::Paid { name, invoice } => money::paid(tx, platform, mail, (name, *invoice)),
        MailContent::Refunded { name, invoice } => {
            money::refunded(tx, platform, mail, (name, *invoice))
        }
        MailContent::Deferred { name, order } => {
            money::deferred(tx, platform, mail, (name, *order))
        }
        MailContent::Overdue { name, order, step } => {
            money::overdue(tx, platform, mail, (name, *order, *step))
        }
        MailContent::Uncollected {
            name,
            order,
            failures,
            ..
        } => money::uncollected(tx, platform, mail, (name, *order, *failures)),
        MailContent::Registered { place } => registration::received(tx, platform, mail, *place),
        MailContent::Admitted { name, place } => {
            registration::admitted(tx, platform, mail, (name, *place))
        }
        MailContent::Rejected { name, place } => {
            registration::rejected(tx, platform, mail, (name, *place))
        }
        MailContent::Invited(door) => access::invited(tx, platform, mail, door),
        MailContent::Forgotten(door) => access::forgotten(tx, platform, mail, door),
        MailContent::SignedIn {
            member,
            browser,
            address,
            at,
        } => security::signed_in(tx, platform, mail, (*member, *at), (browser, address)),
        MailContent::CredentialsChanged { member, change, at } => {
            security::changed(tx, platform, mail, (*member, *at), *change)
        }
    }
}

/// The brand of a place: its own and what those above it say, or the tenant's where the place is gone.
fn brand_for(tx: &mut TenantTx<'_>, place: NodeId) -> AppResult<Brand> {
    let path: Vec<NodeId> = match nodes::find_even_deleted(tx, place)? {
        Some(node) => node.path.ids().collect(),
        None => vec![tenants::load_own(tx)?.root_node_id],
    };
    Ok(brand_at(tx, &path)?)
}

/// The words of a reader.
struct Say<'a> {
    words: &'a Words,
    wording: Wording,
    locale: Locale,
}

impl<'a> Say<'a> {
    fn new(platform: &'a Platform, mail: &Mail, brand: &Brand) -> AppResult<Self> {
        let words = platform.words()?;
        let locale = words.negotiate(Some(&mail.locale), Some(&brand.locale));
        Ok(Self::of(words, locale, brand))
    }

    fn of(words: &'a Words, locale: Locale, brand: &Brand) -> Self {
        Self {
            words,
            wording: Wording::new(&brand.wording),
            locale,
        }
    }

    fn text(&self, key: &str, args: &Args) -> String {
        self.words.text_in(&self.wording, &self.locale, key, args)
    }

    fn word(&self, key: &str) -> String {
        self.text(key, &Args::new())
    }

    fn greeting(&self, name: &str) -> String {
        if name.is_empty() {
            self.word("mail-greeting-nameless")
        } else {
            self.text("mail-greeting", &Args::new().text("name", name))
        }
    }

    fn money(&self, amount: Money) -> String {
        pdf::money(amount, self.locale.tag())
    }

    fn date(&self, day: CivilDate) -> String {
        self.words.date(&self.locale, day)
    }
}

/// A mail about what somebody has bought, while it is written.
struct Draft<'a> {
    say: Say<'a>,
    brand: Brand,
    /// In which a day is a day, and an hour an hour.
    zone: ZoneName,
    /// Where the seller's pages are, without a slash at the end.
    pages: String,
    parts: Vec<Part>,
    /// What is to be known of a link that needs no password.
    note: Option<String>,
}

impl<'a> Draft<'a> {
    fn open(
        tx: &mut TenantTx<'_>,
        platform: &'a Platform,
        mail: &Mail,
        (place, name): (NodeId, &str),
    ) -> AppResult<Self> {
        let brand = brand_for(tx, place)?;
        let tenant = tenants::load_own(tx)?;
        let mut hosts = hosts::list(tx)?;
        hosts.sort_by_key(|host| host.created_at);
        let names = hosts.iter().map(|host| host.host.as_str());
        let pages = platform.address().pages_url(&tenant, names);
        let say = Say::new(platform, mail, &brand)?;
        Ok(Self::begin(say, brand, (tenant.time_zone, pages), name))
    }

    fn begin(say: Say<'a>, brand: Brand, (zone, pages): (ZoneName, String), name: &str) -> Self {
        let parts = vec![Part::Text(say.greeting(name))];
        Self {
            say,
            brand,
            pages,
            zone,
            parts,
            note: None,
        }
    }

    fn add(&mut self, key: &str, args: &Args) {
        let text = self.say.text(key, args);
        self.parts.push(Part::Text(text));
    }

    fn day(&self, at: UtcTime) -> String {
        self.say.date(CivilDate::of(at, &self.zone))
    }

    /// Where the page of an order is, or a paper of it.
    fn url(
        &self,
        tx: &TenantTx<'_>,
        platform: &Platform,
        (order, below): (OrderId, &str),
    ) -> AppResult<Secret> {
        let path = payment_path(platform, (tx.tenant(), order), tx.now())?;
        Ok(Secret::new(format!("{}{path}{below}", self.pages)))
    }

    /// Something to press that is good for some days, which the end of the mail says.
    fn link(&mut self, key: &str, args: &Args, url: Secret) {
        let label = self.say.text(key, args);
        self.parts.push(Part::Link { label, url });
        let days = Args::new().number("days", LINK_DAYS);
        self.note = Some(self.say.text("mail-link-note", &days));
    }

    /// Something to press that leads to a page of the seller's.
    fn page(&mut self, label: String, path: &str) {
        let url = Secret::new(format!("{}{path}", self.pages));
        self.parts.push(Part::Link { label, url });
    }

    /// The end of a mail about what `name` has here.
    fn close(self, subject: String, name: &str, more: &[&str]) -> Letter {
        let about = Args::new()
            .text("seller", self.brand.trade_name.as_str())
            .text("name", name);
        let mut why = vec![self.say.text("mail-why", &about)];
        why.extend(more.iter().map(|key| self.say.word(key)));
        self.end(subject, why.join(" "))
    }

    /// The end of the mail: where to turn, and why it came.
    fn end(mut self, subject: String, why: String) -> Letter {
        if let Some(note) = self.note.take() {
            self.parts.push(Part::Quiet(note));
        }
        let contacts = [
            self.brand.support_email.clone(),
            self.brand.support_phone.clone(),
            self.brand
                .support_whatsapp
                .as_ref()
                .map(|number| format!("WhatsApp {number}")),
        ];
        let contacts: Vec<String> = contacts.into_iter().flatten().collect();
        let help = if contacts.is_empty() {
            self.say.word("mail-help-answer")
        } else {
            let contact = Args::new().text("contact", contacts.join(" · "));
            self.say.text("mail-help", &contact)
        };
        self.parts.push(Part::Text(help));
        let seller = self.brand.trade_name.as_str();
        let farewell = Args::new().text("seller", seller);
        let farewell = self.say.text("mail-farewell", &farewell);
        self.parts.push(Part::Text(farewell));
        self.parts.push(Part::Quiet(why));
        let html = body::html(&self.parts, (self.say.locale.tag(), &subject), &self.brand);
        Letter {
            sender: self.brand.sender_name,
            reply_to: self.brand.reply_to,
            subject,
            text: Secret::new(body::text(&self.parts)),
            html: Some(Secret::new(html)),
        }
    }
}
