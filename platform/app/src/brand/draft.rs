use std::collections::BTreeMap;

use alvara_domain::brand::{Branding, StoredBrand};
use alvara_domain::fault::FaultCode;
use alvara_domain::id::NodeId;
use alvara_render::{WordingFault, Words};
use alvara_store::{TenantTx, brands};

use super::{brand_of, expected, noted};
use crate::AppResult;
use crate::field::Fields;

/// The most characters of a legal text.
const LEGAL: usize = 20_000;
/// How round corners may be, in pixels.
const RADIUS: i64 = 16;
const ADDRESS_LINES: usize = 5;
/// How many messages a place may say in its own words, over all languages.
const MESSAGES: usize = 500;

/// Writes the draft of a place, whole: what is `None` is said by the places above. Pictures are put
/// apart and stay as they are. `version` is the one that the caller read.
///
/// # Errors
/// [`crate::AppError::NotFound`], [`crate::AppError::Invalid`], [`crate::AppError::Stale`].
pub fn save_draft(
    tx: &mut TenantTx<'_>,
    words: &Words,
    node: NodeId,
    version: i64,
    typed: &Branding,
) -> AppResult<StoredBrand> {
    let before = expected(tx, node, version)?;
    let mut fields = Fields::new();
    let draft = Branding {
        logo: before.draft.logo.clone(),
        logo_dark: before.draft.logo_dark.clone(),
        favicon: before.draft.favicon.clone(),
        ..read(&mut fields, words, typed)
    };
    fields.finish()?;
    brands::save_draft(tx, node, version, &draft)?;
    tx.audit("brand.updated", node, noted(&before.draft), noted(&draft))?;
    Ok(brand_of(tx, node)?.1)
}

fn read(fields: &mut Fields, words: &Words, typed: &Branding) -> Branding {
    let mut line = |pointer: &str, value: &Option<String>, most: usize| {
        let value = value.as_deref();
        value.map(|value| fields.line(pointer, value, most))
    };
    let mut draft = Branding {
        trade_name: line("/trade_name", &typed.trade_name, 100),
        legal_name: line("/legal_name", &typed.legal_name, 200),
        tax_id: line("/tax_id", &typed.tax_id, 40),
        support_phone: line("/support_phone", &typed.support_phone, 40),
        support_whatsapp: line("/support_whatsapp", &typed.support_whatsapp, 16),
        website: line("/website", &typed.website, 200),
        sender_name: line("/sender_name", &typed.sender_name, 100),
        primary: typed.primary,
        accent: typed.accent,
        radius: typed.radius,
        scheme: typed.scheme,
        currency: typed.currency,
        time_zone: typed.time_zone.clone(),
        ..Branding::default()
    };
    let mut email = |pointer: &str, value: &Option<String>| {
        let value = value.as_deref();
        value.map(|value| fields.email(pointer, value))
    };
    draft.support_email = email("/support_email", &typed.support_email);
    draft.reply_to = email("/reply_to", &typed.reply_to);
    let mut text = |pointer: &str, value: &Option<String>| {
        let value = value.as_deref();
        value.map(|value| fields.paragraphs(pointer, value, LEGAL))
    };
    draft.terms = text("/terms", &typed.terms);
    draft.privacy = text("/privacy", &typed.privacy);
    draft.refunds = text("/refunds", &typed.refunds);
    draft.address = typed.address.as_ref().map(|lines| address(fields, lines));
    if draft
        .website
        .as_deref()
        .is_some_and(|site| !is_website(site))
    {
        let detail = "an address like https://example.com";
        fields.refuse("/website", FaultCode::Malformed, detail);
    }
    if draft
        .support_whatsapp
        .as_deref()
        .is_some_and(|number| !is_number(number))
    {
        let detail = "a number like +5511987654321";
        fields.refuse("/support_whatsapp", FaultCode::Malformed, detail);
    }
    if let Some(radius) = typed.radius {
        fields.within("/radius", i64::from(radius), 0..=RADIUS);
    }
    if let Some(tag) = &typed.locale {
        if words.locale(tag).is_none_or(|known| known.tag() != tag) {
            let detail = "a language that there are messages in";
            fields.refuse("/locale", FaultCode::Unknown, detail);
        }
        draft.locale = Some(tag.clone());
    }
    draft.wording = wording(fields, words, &typed.wording);
    draft
}

fn address(fields: &mut Fields, lines: &[String]) -> Vec<String> {
    if lines.len() > ADDRESS_LINES {
        fields.refuse("/address", FaultCode::TooLong, "at most five lines");
    }
    let lines = lines.iter().take(ADDRESS_LINES).enumerate();
    lines
        .map(|(at, line)| fields.line(&format!("/address/{at}"), line, 120))
        .collect()
}

fn wording(
    fields: &mut Fields,
    words: &Words,
    typed: &BTreeMap<String, BTreeMap<String, String>>,
) -> BTreeMap<String, BTreeMap<String, String>> {
    if typed.values().map(BTreeMap::len).sum::<usize>() > MESSAGES {
        let detail = format!("at most {MESSAGES} messages");
        fields.refuse("/wording", FaultCode::TooLong, detail);
        return BTreeMap::new();
    }
    let mut read: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (language, texts) in typed {
        for (key, text) in texts {
            let pointer = format!("/wording/{}/{}", escaped(language), escaped(key));
            let text = fields
                .paragraphs(&pointer, text, 2_000)
                .replace("\r\n", "\n");
            if let Err(fault) = words.check_wording(language, key, &text) {
                let code = match fault {
                    WordingFault::Language | WordingFault::Key => FaultCode::Unknown,
                    WordingFault::Syntax | WordingFault::Places => FaultCode::Malformed,
                };
                fields.refuse(&pointer, code, fault.to_string());
            }
            let known = read.entry(language.clone()).or_default();
            known.insert(key.clone(), text);
        }
    }
    read
}

/// A name as a step of a JSON pointer (RFC 6901).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// An address that a page may link to. Nothing but these two schemes: `javascript:` is one too.
fn is_website(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_alphanumeric())
            && !rest.contains(|c: char| c.is_whitespace() || "\"'<>\\`@".contains(c))
    })
}

/// A telephone number as ITU-T E.164 writes it.
fn is_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (8..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use alvara_domain::brand::Branding;
    use alvara_render::Words;

    use super::{is_number, is_website, read};
    use crate::AppError;
    use crate::field::Fields;

    // R-TEN-04
    #[test]
    fn links_and_numbers_lead_where_they_say() {
        for good in ["https://acme.test", "http://acme.test/a?b=c#d"] {
            assert!(is_website(good), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "https://",
            "https://a b",
            "https://acme.test\"onclick=",
            "https://bank.test@evil.test",
            "//acme.test",
            "HTTPS://acme.test",
        ] {
            assert!(!is_website(bad), "{bad}");
        }
        assert!(is_number("+5511987654321"));
        assert!(
            !is_number("5511987654321")
                && !is_number("+55 11 9")
                && !is_number("+1234567890123456")
        );
    }

    // R-TEN-04
    #[test]
    fn every_field_that_is_wrong_is_named() {
        let words = Words::new().unwrap();
        let typed = Branding {
            trade_name: Some(" ".to_owned()),
            support_email: Some("nobody".to_owned()),
            website: Some("javascript:alert(1)".to_owned()),
            support_whatsapp: Some("11".to_owned()),
            radius: Some(17),
            locale: Some("fr".to_owned()),
            address: Some(vec!["a".to_owned(); 6]),
            wording: BTreeMap::from([(
                "it".to_owned(),
                BTreeMap::from([("no/such".to_owned(), "x".to_owned())]),
            )]),
            ..Branding::default()
        };
        let mut fields = Fields::new();
        read(&mut fields, &words, &typed);
        let Err(AppError::Invalid(faults)) = fields.finish() else {
            panic!("nothing was refused");
        };
        let mut named: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        named.sort_unstable();
        assert_eq!(
            named,
            [
                "/address",
                "/locale",
                "/radius",
                "/support_email",
                "/support_whatsapp",
                "/trade_name",
                "/website",
                "/wording/it/no~1such",
            ]
        );
    }
}
