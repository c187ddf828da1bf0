//! What surrounds every page.

use std::collections::BTreeMap;

use serde::Serialize;

use super::list::{Link, Tone};

/// Whose page it is, as its head and foot show it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct BrandView {
    /// The trade name.
    pub name: String,
    /// Address of the logo; the name stands there instead when absent.
    pub logo: Option<String>,
    /// Address of the style sheet with the brand's colours.
    pub style: Option<String>,
    /// Address of the favicon.
    pub icon: Option<String>,
    /// Whom to ask for help: a mail address.
    pub mail: Option<String>,
    /// Whom to ask for help: a telephone number.
    pub phone: Option<String>,
    /// Terms, privacy and the like.
    pub legal: Vec<Link>,
}

/// An entry of the menu.
#[derive(Clone, Debug, Serialize)]
pub struct NavItem {
    /// Where it leads.
    pub href: &'static str,
    /// What it is called.
    pub label: String,
    /// Whether the page shown is of it.
    pub current: bool,
}

/// Who is signed in.
#[derive(Clone, Debug, Serialize)]
pub struct UserView {
    /// How the member is called.
    pub name: String,
    /// What the role is called.
    pub role: String,
}

/// What just happened, told once at the top of the page.
#[derive(Clone, Debug, Serialize)]
pub struct Flash {
    /// Good news or bad.
    pub tone: Tone,
    /// Whether it interrupts whoever has the page read out: what asks for something to be done.
    pub alert: bool,
    /// One sentence.
    pub text: String,
}

/// A language to switch to.
#[derive(Clone, Debug, Serialize)]
pub struct Language {
    /// Its tag.
    pub tag: String,
    /// Its own name for itself.
    pub name: &'static str,
    /// Whether the page is in it.
    pub current: bool,
}

/// What surrounds every page.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Chrome {
    /// Whose page it is.
    pub brand: BrandView,
    /// Messages that the brand words itself, in the language of the page.
    pub wording: BTreeMap<String, String>,
    /// The menu; empty for somebody who is not signed in.
    pub nav: Vec<NavItem>,
    /// Who is signed in.
    pub user: Option<UserView>,
    /// What just happened.
    pub flash: Option<Flash>,
    /// The languages there are.
    pub languages: Vec<Language>,
    /// Path and query of the page, to come back to it in another language.
    pub here: String,
    /// The token that a form sends back.
    pub csrf: String,
    /// Address of the style sheet.
    pub css: String,
    /// Address of the script.
    pub js: String,
    /// Address of the script that opens the search over any page.
    pub palette: String,
    /// Whether the search over everything is offered.
    pub search: bool,
}
