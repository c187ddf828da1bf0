//! The page that one comes to first: figures, what waits, and cards.

use serde::Serialize;

use super::Page;
use super::detail::{Action, Fact, Section};
use super::list::{Badge, Link, Tone};

/// A number that matters, and where its rows are.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// What it counts.
    pub label: String,
    /// The number, written for the reader.
    pub value: String,
    /// Whether it asks for something.
    pub tone: Tone,
    /// The rows behind it.
    pub href: Option<String>,
}

/// A step of getting started.
#[derive(Clone, Debug, Serialize)]
pub struct Task {
    /// What to do.
    pub label: String,
    /// Where.
    pub href: String,
    /// Whether it is done.
    pub done: bool,
}

/// A thing on a card of its own, such as a customer's license.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Card {
    /// The heading.
    pub title: String,
    /// Where the heading leads.
    pub href: Option<String>,
    /// How it stands.
    pub badge: Option<Badge>,
    /// What is known.
    pub facts: Vec<Fact>,
    /// A bar of so many per cent, 0 to 100, in the badge's tone, which `bar_text` explains.
    pub percent: Option<u8>,
    /// What the bar says.
    pub bar_text: String,
    /// Places to go.
    pub links: Vec<Link>,
    /// What can be done.
    pub actions: Vec<Action>,
}

/// The page that one comes to first.
#[derive(Clone, Debug, Default, Serialize)]
pub struct HomePage {
    /// The heading and the title.
    pub title: String,
    /// A sentence under the heading.
    pub intro: Option<String>,
    /// What one does here most.
    pub primary: Option<Link>,
    /// Numbers.
    pub figures: Vec<Figure>,
    /// Numbers of rows of lists that the reader keeps.
    pub pinned: Vec<Figure>,
    /// Getting started; not shown once all is done.
    pub tasks: Vec<Task>,
    /// Cards.
    pub cards: Vec<Card>,
    /// What stands where there are no cards; nothing when absent.
    pub empty: Option<String>,
    /// Further parts.
    pub sections: Vec<Section>,
}

impl Page for HomePage {
    const TEMPLATE: &'static str = "home";
}
