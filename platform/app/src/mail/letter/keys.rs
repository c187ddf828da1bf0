//! The activation keys of what somebody bought, or has.

use std::collections::BTreeSet;

use alvara_domain::id::LicenseId;
use alvara_domain::license::LicenseState;
use alvara_domain::mail::Mail;
use alvara_render::Args;
use alvara_store::{TenantTx, licenses, products, tenants};
use alvara_tenants::Brand;
use alvara_vault::{Purpose, Secret};

use super::{Letter, Say, brand_for};
use crate::license::issue::seal_context;
use crate::{AppError, AppResult, Platform};

/// Writes a mail out; `None` when there is nothing left to tell.
pub(super) fn write(
    tx: &mut TenantTx<'_>,
    platform: &Platform,
    mail: &Mail,
    (name, reference, ids): (&str, Option<&String>, &[LicenseId]),
) -> AppResult<Option<Letter>> {
    let brand = holder_brand(tx, ids)?;
    let say = Say::new(platform, mail, &brand)?;
    let mut keys = Vec::new();
    for id in ids {
        // What was put away or taken back meanwhile is not handed out any more.
        let Some(license) =
            licenses::find(tx, *id)?.filter(|one| one.state != LicenseState::Revoked)
        else {
            continue;
        };
        let product = products::find(tx, license.product_id)?;
        let key = platform.vault().open_text(
            Purpose::ActivationKey,
            &seal_context(*id),
            &license.key_sealed,
        )?;
        keys.push((product.ok_or(AppError::NotFound("product"))?.name, key));
    }
    if keys.is_empty() {
        return Ok(None);
    }
    let reference = reference.map(String::as_str);
    Ok(Some(letter(&say, brand, (name, reference), &keys)))
}

/// The letter over keys and the products that they are for: to who bought them in an order, or asked
/// for them.
pub(super) fn letter(
    say: &Say<'_>,
    brand: Brand,
    (name, reference): (&str, Option<&str>),
    keys: &[(String, Secret)],
) -> Letter {
    let line = |(product, key): &(String, Secret)| {
        let line = Args::new()
            .text("product", product.as_str())
            .text("key", key.expose());
        say.text("mail-shop-key", &line)
    };
    let lines: Vec<String> = keys.iter().map(line).collect();
    let mut names: BTreeSet<&str> = keys.iter().map(|(product, _)| product.as_str()).collect();
    let count = i64::try_from(keys.len()).unwrap_or(i64::MAX);
    let greeting = say.greeting(name);
    // Bought just now, or asked for by whoever typed the address.
    let (intro, why) = match reference {
        Some(reference) => {
            let order = Args::new().text("reference", reference);
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
        lines.join("\n"),
        say.text("mail-shop-keep", &Args::new().number("count", count)),
        why,
        say.text("mail-farewell", &seller),
    ];
    Letter {
        subject: say.text(subject, &about),
        sender: brand.sender_name,
        reply_to: brand.reply_to,
        text: Secret::new(text.join("\n\n") + "\n"),
        html: None,
    }
}

/// The brand of who holds the licenses: that of the place they hang on, or of the tenant where they
/// are gone.
fn holder_brand(tx: &mut TenantTx<'_>, ids: &[LicenseId]) -> AppResult<Brand> {
    for id in ids {
        if let Some(license) = licenses::find(tx, *id)? {
            return brand_for(tx, license.node_id);
        }
    }
    let root = tenants::load_own(tx)?.root_node_id;
    brand_for(tx, root)
}
