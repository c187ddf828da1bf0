//! The page on which an order is paid: what, how much, by which method, and what to do now.

use serde::Serialize;

use super::Page;
use super::detail::Fact;
use super::list::{Badge, Link, Tone};

/// A method to pay by.
#[derive(Clone, Debug, Serialize)]
pub struct PayMethod {
    /// The same page with this method.
    pub href: String,
    /// What it is called.
    pub label: String,
    /// How soon it takes effect.
    pub time: String,
    /// Whether it is the one that is shown.
    pub current: bool,
}

/// Text that the customer takes into another program.
#[derive(Clone, Debug, Serialize)]
pub struct PayCode {
    /// What it is.
    pub label: String,
    /// The text as people read it.
    pub text: String,
    /// The text as programs take it.
    pub copy: String,
}

/// A picture for a camera or a scanner.
#[derive(Clone, Debug, Serialize)]
pub struct PayPicture {
    /// Its address.
    pub src: String,
    /// What it says, for who cannot see it.
    pub alt: String,
    /// Pixels it is drawn wide.
    pub width: u32,
    /// Pixels it is drawn high.
    pub height: u32,
}

/// An end that is counted down to.
#[derive(Clone, Debug, Serialize)]
pub struct PayEnd {
    /// The instant in RFC 3339.
    pub instant: String,
    /// The instant in words.
    pub text: String,
}

/// The button that begins to pay.
#[derive(Clone, Debug, Serialize)]
pub struct PayStart {
    /// Where it is sent.
    pub post: String,
    /// By which method.
    pub method: String,
    /// What it says.
    pub label: String,
}

/// What there is to do by the method that is shown.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PayPanel {
    /// The method.
    pub title: String,
    /// Something that went otherwise than hoped.
    pub problem: Option<String>,
    /// What to do, in order.
    pub steps: Vec<String>,
    /// Text to copy.
    pub codes: Vec<PayCode>,
    /// Pictures.
    pub pictures: Vec<PayPicture>,
    /// Until when.
    pub end: Option<PayEnd>,
    /// The provider's own page.
    pub away: Option<Link>,
    /// Files.
    pub links: Vec<Link>,
    /// The button that begins.
    pub start: Option<PayStart>,
    /// Where to ask at once whether it was paid.
    pub check: Option<String>,
}

/// Something that has happened, or has yet to.
#[derive(Clone, Debug, Serialize)]
pub struct PayTick {
    /// What.
    pub text: String,
    /// Whether it has.
    pub done: bool,
}

/// What is paid for.
#[derive(Clone, Debug, Serialize)]
pub struct PayLine {
    /// What.
    pub text: String,
    /// Until when it will be good, and the like.
    pub notes: Vec<String>,
    /// What it costs.
    pub amount: String,
}

/// The page on which an order is paid.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PayPage {
    /// The heading and the title.
    pub title: String,
    /// How it stands.
    pub badge: Option<Badge>,
    /// A sentence under the heading.
    pub intro: Option<String>,
    /// Never anything: one comes from outside.
    pub back: Option<Link>,
    /// The address of the page itself, with the method.
    pub path: String,
    /// How it stood when the page was made; what follows says another word once it stands otherwise.
    pub mark: String,
    /// Where to follow it; absent when there is nothing to wait for.
    pub follow: Option<String>,
    /// A sentence about how it stands.
    pub note: Option<String>,
    /// In which colour.
    pub tone: Tone,
    /// What has happened.
    pub ticks: Vec<PayTick>,
    /// What is paid for.
    pub lines: Vec<PayLine>,
    /// Who, the number, discounts.
    pub facts: Vec<Fact>,
    /// What is to pay.
    pub total: String,
    /// The methods.
    pub methods: Vec<PayMethod>,
    /// What there is to do.
    pub panel: Option<PayPanel>,
    /// What comes next, once it is paid.
    pub next: Vec<String>,
    /// Files and places to go.
    pub links: Vec<Link>,
    /// Who is paid, and how it is kept safe.
    pub trust: Option<String>,
}

impl Page for PayPage {
    const TEMPLATE: &'static str = "pay";
}
