//! What a mail says, in the reader's language.

use std::collections::BTreeSet;

use alvara_domain::id::{LicenseId, NodeId};
use alvara_domain::license::LicenseState;
use alvara_domain::mail::{Mail, MailContent};
use alvara_render::{Args, Locale, Wording, Words};
use alvara_store::{TenantTx, licenses, nodes, products, tenants};
use alvara_tenants::{Brand, brand_at};
use alvara_vault::{Purpose, Secret};

use crate::license::issue::seal_context;
use crate::{AppError, AppResult, Platform};

/// A mail, written out. It may hold a key, so it is neither shown nor stored.
pub(super) struct Letter {
    /// The seller's name, beside the address that it comes from.
    pub(super) sender: String,
    /// Where answers go; to the address that it comes from without.
    pub(super) reply_to: Option<String>,
    pub(super) subject: String,
    pub(super) text: Secret,
}

/// Writes a mail out; `None` when there is nothing left to tell.
pub(super) fn write(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    mail: &Mail,
) -> AppResult<Option<Letter>> {
    let words = platform.words()?;
    let (name, reference, ids) = match &mail.content {
        MailContent::ShopKeys {
            name,
            reference,
            licenses,
        } => (name, Some(reference), licenses),
        MailContent::OwnKeys { name, licenses } => (name, None, licenses),
    };
    let brand = brand_for(tx, ids)?;
    let locale = words.negotiate(Some(&mail.locale), Some(&brand.locale));
    let say = Say {
        words,
        wording: Wording::new(&brand.wording),
        locale: &locale,
    };
    let mut keys = Vec::new();
    let mut names = BTreeSet::new();
    for id in ids {
        // What was put away or taken back meanwhile is not handed out any more.
        let Some(license) =
            licenses::find(tx, *id)?.filter(|one| one.state != LicenseState::Revoked)
        else {
            continue;
        };
        let product = products::find(tx, license.product_id)?;
        let product_name = product.ok_or(AppError::NotFound("product"))?.name;
        let key = platform.vault().open_text(
            Purpose::ActivationKey,
            &seal_context(*id),
            &license.key_sealed,
        )?;
        let line = Args::new()
            .text("product", product_name.as_str())
            .text("key", key.expose());
        keys.push(say.text("mail-shop-key", &line));
        names.insert(product_name);
    }
    if keys.is_empty() {
        return Ok(None);
    }
    let count = i64::try_from(keys.len()).unwrap_or(i64::MAX);
    let greeting = if name.is_empty() {
        say.text("mail-greeting-nameless", &Args::new())
    } else {
        say.text("mail-greeting", &Args::new().text("name", name.as_str()))
    };
    // Bought just now, or asked for by whoever typed the address.
    let (intro, why) = match reference {
        Some(reference) => {
            let order = Args::new().text("reference", reference.as_str());
            ("mail-shop-intro", say.text("mail-shop-order", &order))
        }
        None => ("mail-own-intro", say.text("mail-own-unasked", &Args::new())),
    };
    // A subject that names one of several products would say too much of it.
    let (subject, about) = match (names.pop_first(), names.is_empty()) {
        (Some(only), true) => ("mail-shop-subject", Args::new().text("product", only)),
        _ => ("mail-shop-subject-several", Args::new()),
    };
    let about = about.number("count", count);
    let seller = Args::new().text("seller", brand.trade_name.as_str());
    let text = [
        greeting,
        say.text(intro, &about),
        keys.join("\n"),
        say.text("mail-shop-keep", &Args::new().number("count", count)),
        why,
        say.text("mail-farewell", &seller),
    ];
    Ok(Some(Letter {
        subject: say.text(subject, &about),
        sender: brand.sender_name,
        reply_to: brand.reply_to,
        text: Secret::new(text.join("\n\n") + "\n"),
    }))
}

/// The brand of who holds the licenses: that of the place they hang on, or of the tenant where they
/// are gone.
fn brand_for(tx: &mut TenantTx<'_>, ids: &[LicenseId]) -> AppResult<Brand> {
    let mut path: Vec<NodeId> = vec![tenants::load_own(tx)?.root_node_id];
    for id in ids {
        let Some(license) = licenses::find(tx, *id)? else {
            continue;
        };
        if let Some(node) = nodes::find_even_deleted(tx, license.node_id)? {
            path = node.path.ids().collect();
            break;
        }
    }
    Ok(brand_at(tx, &path)?)
}

struct Say<'a> {
    words: &'a Words,
    wording: Wording,
    locale: &'a Locale,
}

impl Say<'_> {
    fn text(&self, key: &str, args: &Args) -> String {
        self.words.text_in(&self.wording, self.locale, key, args)
    }
}
