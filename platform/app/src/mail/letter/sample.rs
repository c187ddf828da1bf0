//! Every kind of mail with made-up names and numbers, by the very words, brand and code that write the
//! real ones: for who changes either and wants to see it before anybody else does.

use alvara_domain::mail::CredentialChange;
use alvara_domain::money::Money;
use alvara_domain::order::credit::Step;
use alvara_domain::time::{UtcTime, ZoneName};
use alvara_render::{Args, Locale, Words};
use alvara_tenants::Brand;
use alvara_vault::Secret;

use super::renewal::{Line, Phase};
use super::{Draft, Letter, Say, access, keys, money, registration, renewal, security};

alvara_domain::text_enum! {
    /// A mail to look at.
    pub enum SampleMail {
        /// The key of an order in a shop.
        ShopKey = "shop_key",
        /// Several of them.
        ShopKeys = "shop_keys",
        /// Keys that somebody asked for.
        OwnKeys = "own_keys",
        /// A license ends in some days, and can be renewed by a link.
        RenewalAhead = "renewal_ahead",
        /// It ends tomorrow.
        RenewalTomorrow = "renewal_tomorrow",
        /// It ends today, and nobody can pay for it by a link.
        RenewalToday = "renewal_today",
        /// It has ended and still works.
        RenewalGrace = "renewal_grace",
        /// It has ended.
        RenewalOver = "renewal_over",
        /// Several licenses end.
        RenewalSeveral = "renewal_several",
        /// A payment came.
        Paid = "paid",
        /// Money went back.
        Refunded = "refunded",
        /// An order may be paid later.
        Deferred = "deferred",
        /// It was not paid in time.
        Overdue = "overdue",
        /// What was ordered is suspended.
        OverdueSuspended = "overdue_suspended",
        /// It was taken back.
        OverdueWithdrawn = "overdue_withdrawn",
        /// A mandate did not collect what was due; it is tried again.
        Uncollected = "uncollected",
        /// Somebody's registration came.
        Registered = "registered",
        /// It was approved.
        Admitted = "admitted",
        /// It was not.
        Rejected = "rejected",
        /// A member was added.
        Invited = "invited",
        /// A member forgot the password.
        Forgotten = "forgotten",
        /// A member signed in in another browser.
        SignedIn = "signed_in",
        /// A member's password changed.
        PasswordChanged = "password_changed",
        /// One-time codes are asked for from now on.
        CodesAdded = "codes_added",
        /// They are asked for no more.
        CodesRemoved = "codes_removed",
    }
}

/// Under which words and brand a sample is written.
#[derive(Debug)]
pub struct SampleScene<'a> {
    /// All words.
    pub words: &'a Words,
    /// The reader's language.
    pub locale: &'a Locale,
    /// The brand of the place, its wording included.
    pub brand: Brand,
    /// In which a day is a day.
    pub zone: ZoneName,
    /// Where the seller's pages are, without a slash at the end.
    pub pages: String,
    /// What is sold.
    pub product: &'a str,
    /// The present.
    pub now: UtcTime,
}

/// A mail as its reader would get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleLetter {
    /// The name beside the address that it comes from.
    pub sender: String,
    /// Where answers go; to the address that it comes from without.
    pub reply_to: Option<String>,
    /// The subject.
    pub subject: String,
    /// What it says, as text.
    pub text: String,
    /// The same as HTML; not all mails have it.
    pub html: Option<String>,
}

impl From<Letter> for SampleLetter {
    fn from(letter: Letter) -> Self {
        Self {
            sender: letter.sender,
            reply_to: letter.reply_to,
            subject: letter.subject,
            text: letter.text.expose().to_owned(),
            html: letter.html.map(|html| html.expose().to_owned()),
        }
    }
}

const NAME: &str = "Ana Souza";
const EMAIL: &str = "ana@example.com";
const KEYS: [&str; 2] = ["7K2QX-M4T9C-HW3PA-5RNBE", "9D6VF-QX2LT-8JKMC-W4HYZ"];
const HINTS: [&str; 2] = ["5RNBE", "W4HYZ"];
const DAY: i64 = 86_400;

/// Writes a mail with made-up names and numbers. Its links lead nowhere.
#[must_use]
pub fn sample_letter(scene: &SampleScene<'_>, which: SampleMail) -> SampleLetter {
    let say = Say::of(scene.words, scene.locale.clone(), &scene.brand);
    let keys = |count: usize| -> Vec<(String, Secret)> {
        let keys = KEYS.iter().take(count);
        keys.map(|key| (scene.product.to_owned(), Secret::new((*key).to_owned())))
            .collect()
    };
    let of_keys =
        |reference, count| keys::letter(&say, scene.brand.clone(), (NAME, reference), &keys(count));
    let letter = match which {
        SampleMail::ShopKey => of_keys(Some("2026-1042"), 1),
        SampleMail::ShopKeys => of_keys(Some("2026-1042"), 2),
        SampleMail::OwnKeys => of_keys(None, 2),
        SampleMail::RenewalAhead => scene.renewal(&[(Phase::Ahead, 15)]),
        SampleMail::RenewalTomorrow => scene.renewal(&[(Phase::Tomorrow, 1)]),
        SampleMail::RenewalToday => scene.renewal(&[(Phase::Today, 0)]),
        SampleMail::RenewalGrace => scene.renewal(&[(Phase::Grace, -3)]),
        SampleMail::RenewalOver => scene.renewal(&[(Phase::Over, -15)]),
        SampleMail::RenewalSeveral => scene.renewal(&[(Phase::Ahead, 15), (Phase::Ahead, 15)]),
        SampleMail::Paid | SampleMail::Refunded => scene.paper(which),
        SampleMail::Deferred => {
            let draft = scene.draft();
            let about = scene.owed(&draft);
            money::deferred_letter(draft, NAME, &about, scene.url())
        }
        SampleMail::Overdue => scene.overdue(Step::Told),
        SampleMail::OverdueSuspended => scene.overdue(Step::Suspended),
        SampleMail::OverdueWithdrawn => scene.overdue(Step::Withdrawn),
        SampleMail::Uncollected => {
            let draft = scene.draft();
            let about = Args::new().text("amount", draft.say.money(scene.amount()));
            let told = (&about, Some(scene.in_days(3)));
            money::uncollected_letter(draft, NAME, told, scene.url())
        }
        SampleMail::Registered => registration::received_letter(scene.draft_to("")),
        SampleMail::Admitted => {
            registration::admitted_letter(scene.draft(), NAME, ("mail-sign-in", "/login"))
        }
        SampleMail::Rejected => registration::rejected_letter(scene.draft(), NAME, None),
        SampleMail::Invited => access::invited_letter(scene.draft(), EMAIL, "/login"),
        SampleMail::Forgotten => access::forgotten_letter(scene.draft(), EMAIL, "/login"),
        SampleMail::SignedIn => {
            let draft = scene.draft();
            let about = security::facts(&draft, EMAIL, scene.now);
            security::signed_in_letter(draft, &about, ("Firefox · Linux", "203.0.113.7"))
        }
        SampleMail::PasswordChanged => scene.changed(CredentialChange::Password),
        SampleMail::CodesAdded => scene.changed(CredentialChange::CodesAdded),
        SampleMail::CodesRemoved => scene.changed(CredentialChange::CodesRemoved),
    };
    SampleLetter::from(letter)
}

impl SampleScene<'_> {
    fn draft(&self) -> Draft<'_> {
        self.draft_to(NAME)
    }

    fn draft_to(&self, name: &str) -> Draft<'_> {
        let say = Say::of(self.words, self.locale.clone(), &self.brand);
        let house = (self.zone.clone(), self.pages.clone());
        Draft::begin(say, self.brand.clone(), house, name)
    }

    fn changed(&self, change: CredentialChange) -> Letter {
        let draft = self.draft();
        let about = security::facts(&draft, EMAIL, self.now);
        security::changed_letter(draft, &about, change)
    }

    fn url(&self) -> Secret {
        Secret::new(format!("{}/pay/sample", self.pages))
    }

    fn amount(&self) -> Money {
        Money::new(14_990, self.brand.currency)
    }

    fn in_days(&self, days: i64) -> UtcTime {
        self.now.saturating_add_seconds(days * DAY)
    }

    fn renewal(&self, ends: &[(Phase, i64)]) -> Letter {
        let draft = self.draft();
        let lines = ends.iter().zip(HINTS).map(|((phase, days), hint)| Line {
            phase: *phase,
            facts: Args::new()
                .text("product", self.product)
                .text("hint", hint)
                .text("day", draft.day(self.in_days(*days)))
                .text("time", self.in_days(*days).clock_in(&self.zone))
                .text("until", draft.day(self.in_days(days + 7)))
                .number("days", *days),
            pay: (*phase != Phase::Today).then(|| (draft.say.money(self.amount()), self.url())),
        });
        let lines = lines.collect();
        renewal::letter(draft, NAME, lines)
    }

    fn paper(&self, which: SampleMail) -> Letter {
        let draft = self.draft();
        let about = Args::new()
            .text("amount", draft.say.money(self.amount()))
            .text("number", "2026-000042")
            .text("what", self.product);
        if which == SampleMail::Refunded {
            return money::refund_letter(draft, NAME, &about, self.url());
        }
        let [hint, _] = HINTS;
        let renewed = Args::new()
            .text("product", self.product)
            .text("hint", hint)
            .text("day", draft.day(self.in_days(365)));
        money::paid_letter(draft, NAME, (&about, &[renewed]), self.url())
    }

    fn owed(&self, draft: &Draft<'_>) -> Args {
        Args::new()
            .text("amount", draft.say.money(self.amount()))
            .text("day", draft.day(self.in_days(30)))
            .text("until", draft.day(self.in_days(44)))
    }

    fn overdue(&self, step: Step) -> Letter {
        let draft = self.draft();
        let about = self.owed(&draft);
        let url = (step != Step::Withdrawn).then(|| self.url());
        money::overdue_letter(draft, NAME, (step, &about), url)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    // R-TEN-04: no sample has a hole in it, in any language, and a brand's own words are in it.
    #[test]
    fn every_mail_can_be_looked_at_in_every_language() {
        let words = Words::new().unwrap();
        for locale in words.locales() {
            let mut brand = Brand::neutral();
            brand.trade_name = "Acme <Licenças>".to_owned();
            let own = [("mail-greeting".to_owned(), "⟨{ $name }⟩".to_owned())];
            brand.wording = BTreeMap::from([(locale.tag().to_owned(), BTreeMap::from(own))]);
            let scene = SampleScene {
                words: &words,
                locale,
                brand,
                zone: ZoneName::utc(),
                pages: "https://acme.test".to_owned(),
                product: "Writer",
                now: UtcTime::from_micros(1_800_000_000_000_000).unwrap(),
            };
            for which in SampleMail::ALL {
                let letter = sample_letter(&scene, *which);
                let at = format!("{which} {}: {letter:?}", locale.tag());
                // Who registered is not known by name before somebody looked at it.
                let named = letter.text.starts_with("⟨Ana Souza⟩");
                assert_eq!(named, *which != SampleMail::Registered, "{at}");
                assert!(letter.text.contains("Acme <Licenças>"), "{at}");
                for text in [&letter.subject, &letter.text] {
                    assert!(!text.contains("mail-") && !text.contains("{ $"), "{at}");
                }
                if let Some(html) = &letter.html {
                    assert!(html.contains("Acme &lt;Licenças&gt;"), "{at}");
                }
            }
        }
    }
}
