//! Brands: what a page, a mail or a document shows of who stands behind it, worked out from what the
//! places on the way from the root down to one say of themselves.
//!
//! A field that a place does not say comes from the place above, and at last from the tenant's own
//! settings. Nothing here names the platform: a brand of nobody has an empty name.

mod colour;
mod css;

use std::collections::BTreeMap;

use alvara_domain::brand::{Branding, Colour, Picture, PictureSlot, Scheme};
use alvara_domain::id::NodeId;
use alvara_domain::money::Currency;
use alvara_domain::node::Tenant;
use alvara_domain::time::ZoneName;
use alvara_store::{StoreError, TenantTx, brands, tenants};
use alvara_vault::token_hash;

pub use colour::{DARK, Ground, LEAST, LIGHT, Tones, contrast};

/// The colour of whoever chose none: a quiet blue.
const PRIMARY: Colour = Colour([0x2f, 0x5d, 0x9b]);
const RADIUS: u8 = 8;

/// A picture of a brand, and of which place it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrandPicture {
    /// The place that gave it.
    pub node: NodeId,
    /// What it is.
    pub picture: Picture,
}

/// The colours of a brand on one ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// What pages are drawn on.
    pub ground: Ground,
    /// From the primary colour.
    pub brand: Tones,
    /// From the accent; the same as `brand` where there is none.
    pub accent: Tones,
}

/// A brand, worked out: every field has a value or is known to have none. Texts are plain and are
/// escaped by who shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of `Branding`")]
pub struct Brand {
    /// Empty when there is nobody behind the page.
    pub trade_name: String,
    pub legal_name: Option<String>,
    pub tax_id: Option<String>,
    pub address: Vec<String>,
    pub support_email: Option<String>,
    pub support_phone: Option<String>,
    pub support_whatsapp: Option<String>,
    pub website: Option<String>,
    pub light: Palette,
    pub dark: Palette,
    /// In pixels, 0 to 16.
    pub radius: u8,
    pub scheme: Scheme,
    pub logo: Option<BrandPicture>,
    /// For dark grounds; the same as `logo` where the brand has no other.
    pub logo_dark: Option<BrandPicture>,
    pub favicon: Option<BrandPicture>,
    pub locale: String,
    pub currency: Currency,
    pub time_zone: ZoneName,
    /// Beside the address that mails come from: the trade name where it is not said.
    pub sender_name: String,
    /// Where answers to mails go; the support's address where it is not said.
    pub reply_to: Option<String>,
    pub terms: Option<String>,
    pub privacy: Option<String>,
    pub refunds: Option<String>,
    /// Language → key → text.
    pub wording: BTreeMap<String, BTreeMap<String, String>>,
    css: String,
    css_tag: String,
}

impl Brand {
    /// The brand of nobody: where no tenant is known, and no name may be said.
    #[must_use]
    pub fn neutral() -> Self {
        Self::worked_out(
            Base {
                name: String::new(),
                locale: "en".to_owned(),
                currency: Currency::EUR,
                time_zone: ZoneName::utc(),
            },
            &[],
        )
    }

    /// Works a brand out. `chain` is what the places on the way published, from the root down; those
    /// that published nothing are left out.
    #[must_use]
    pub fn resolve(tenant: &Tenant, chain: &[(NodeId, Branding)]) -> Self {
        Self::worked_out(
            Base {
                name: tenant.name.clone(),
                locale: tenant.locale.clone(),
                currency: tenant.currency,
                time_zone: tenant.time_zone.clone(),
            },
            chain,
        )
    }

    fn worked_out(base: Base, chain: &[(NodeId, Branding)]) -> Self {
        let own_primary = chain.iter().rposition(|(_, said)| said.primary.is_some());
        let primary = nearest(chain, |said| &said.primary).unwrap_or(PRIMARY);
        // What goes with something goes with it: an accent chosen above for another primary colour,
        // or somebody else's dark logo, would be worse than none.
        let accent = since(chain, own_primary).find_map(|(_, said)| said.accent);
        let palette = |ground: Ground| Palette {
            ground,
            brand: Tones::of(primary, ground),
            accent: Tones::of(accent.unwrap_or(primary), ground),
        };
        let own_logo = chain.iter().rposition(|(_, said)| said.logo.is_some());
        let logo = since(chain, own_logo).find_map(|place| picture(place, PictureSlot::Logo));
        let logo_dark =
            since(chain, own_logo).find_map(|place| picture(place, PictureSlot::LogoDark));
        let favicon = chain
            .iter()
            .rev()
            .find_map(|place| picture(place, PictureSlot::Favicon));
        let trade_name = nearest(chain, |said| &said.trade_name).unwrap_or(base.name);
        let support_email = nearest(chain, |said| &said.support_email);
        let mut brand = Self {
            sender_name: nearest(chain, |said| &said.sender_name)
                .unwrap_or_else(|| trade_name.clone()),
            trade_name,
            legal_name: nearest(chain, |said| &said.legal_name),
            tax_id: nearest(chain, |said| &said.tax_id),
            address: nearest(chain, |said| &said.address).unwrap_or_default(),
            reply_to: nearest(chain, |said| &said.reply_to).or_else(|| support_email.clone()),
            support_email,
            support_phone: nearest(chain, |said| &said.support_phone),
            support_whatsapp: nearest(chain, |said| &said.support_whatsapp),
            website: nearest(chain, |said| &said.website),
            light: palette(LIGHT),
            dark: palette(DARK),
            radius: nearest(chain, |said| &said.radius).unwrap_or(RADIUS),
            scheme: nearest(chain, |said| &said.scheme).unwrap_or(Scheme::Auto),
            logo_dark: logo_dark.or_else(|| logo.clone()),
            logo,
            favicon,
            locale: nearest(chain, |said| &said.locale).unwrap_or(base.locale),
            currency: nearest(chain, |said| &said.currency).unwrap_or(base.currency),
            time_zone: nearest(chain, |said| &said.time_zone).unwrap_or(base.time_zone),
            terms: nearest(chain, |said| &said.terms),
            privacy: nearest(chain, |said| &said.privacy),
            refunds: nearest(chain, |said| &said.refunds),
            wording: BTreeMap::new(),
            css: String::new(),
            css_tag: String::new(),
        };
        for (_, said) in chain {
            for (language, texts) in &said.wording {
                let known = brand.wording.entry(language.clone()).or_default();
                known.extend(texts.clone());
            }
        }
        brand.css = css::written(&brand);
        brand.css_tag = token_hash(&brand.css).chars().take(16).collect();
        brand
    }

    /// A picture.
    #[must_use]
    pub const fn picture(&self, slot: PictureSlot) -> Option<&BrandPicture> {
        match slot {
            PictureSlot::Logo => self.logo.as_ref(),
            PictureSlot::LogoDark => self.logo_dark.as_ref(),
            PictureSlot::Favicon => self.favicon.as_ref(),
        }
    }

    /// Its style sheet: colours, corners and scheme as custom properties, nothing else.
    #[must_use]
    pub fn css(&self) -> &str {
        &self.css
    }

    /// Tells one style sheet from another; may stand in an address.
    #[must_use]
    pub fn css_tag(&self) -> &str {
        &self.css_tag
    }
}

/// What there is before any place says anything.
struct Base {
    name: String,
    locale: String,
    currency: Currency,
    time_zone: ZoneName,
}

/// What the nearest place that says it says.
fn nearest<T: Clone>(
    chain: &[(NodeId, Branding)],
    field: impl Fn(&Branding) -> &Option<T>,
) -> Option<T> {
    chain.iter().rev().find_map(|(_, said)| field(said).clone())
}

/// The places from the last back to the one at `first`; none without.
fn since(
    chain: &[(NodeId, Branding)],
    first: Option<usize>,
) -> impl Iterator<Item = &(NodeId, Branding)> {
    let first = first.unwrap_or(chain.len());
    chain.get(first..).unwrap_or_default().iter().rev()
}

fn picture((node, said): &(NodeId, Branding), slot: PictureSlot) -> Option<BrandPicture> {
    said.picture(slot).map(|picture| BrandPicture {
        node: *node,
        picture: picture.clone(),
    })
}

/// The published brand of a place of the scope's tenant, for what is written in the transaction, such
/// as mails and documents. `path` is the ids from the root down; the places may lie above the scope.
///
/// # Errors
/// When the database fails.
pub fn brand_at(tx: &mut TenantTx<'_>, path: &[NodeId]) -> Result<Brand, StoreError> {
    let tenant = tenants::load_own(tx)?;
    let chain = brands::list_published_above(tx, path)?;
    Ok(Brand::resolve(&tenant, &chain))
}

#[cfg(test)]
mod tests {
    use alvara_domain::brand::{Branding, Picture, PictureFormat, Scheme};
    use alvara_domain::id::{NodeId, Ulid};

    use super::{Base, Brand};

    fn node(number: u128) -> NodeId {
        NodeId::from_ulid(Ulid::from(number))
    }

    fn base() -> Base {
        Base {
            name: "Acme".to_owned(),
            ..neutral_base()
        }
    }

    fn neutral_base() -> Base {
        let brand = Brand::neutral();
        Base {
            name: brand.trade_name,
            locale: brand.locale,
            currency: brand.currency,
            time_zone: brand.time_zone,
        }
    }

    fn picture(digest: &str) -> Option<Picture> {
        Some(Picture {
            format: PictureFormat::Png,
            digest: digest.to_owned(),
            width: 1,
            height: 1,
        })
    }

    // R-TEN-04
    #[test]
    fn a_brand_of_nobody_names_nobody() {
        let brand = Brand::neutral();
        assert_eq!(brand.trade_name, "");
        assert_eq!(brand.sender_name, "");
        assert!(brand.logo.is_none() && brand.website.is_none() && brand.reply_to.is_none());
        assert!(!brand.css().to_lowercase().contains("alvar"));
    }

    // R-TEN-04
    #[test]
    fn what_a_place_does_not_say_comes_from_above() {
        let above = Branding {
            trade_name: Some("Acme Licenças".to_owned()),
            support_email: Some("help@acme.test".to_owned()),
            scheme: Some(Scheme::Light),
            radius: Some(0),
            wording: [(
                "it".to_owned(),
                [
                    ("a".to_owned(), "1".to_owned()),
                    ("b".to_owned(), "1".to_owned()),
                ]
                .into(),
            )]
            .into(),
            ..Branding::default()
        };
        let below = Branding {
            trade_name: Some("Sul".to_owned()),
            radius: Some(16),
            wording: [("it".to_owned(), [("b".to_owned(), "2".to_owned())].into())].into(),
            ..Branding::default()
        };
        let chain = [(node(1), above), (node(2), below)];
        let root = Brand::worked_out(base(), &chain[..1]);
        let sub = Brand::worked_out(base(), &chain);
        assert_eq!(Brand::worked_out(base(), &[]).trade_name, "Acme");
        assert_eq!(root.sender_name, "Acme Licenças");
        assert_eq!((sub.trade_name.as_str(), sub.radius), ("Sul", 16));
        assert_eq!(sub.scheme, Scheme::Light);
        assert_eq!(sub.reply_to.as_deref(), Some("help@acme.test"));
        assert_eq!(sub.wording["it"]["a"], "1");
        assert_eq!(sub.wording["it"]["b"], "2");
        assert_ne!(root.css_tag(), sub.css_tag());
    }

    // R-TEN-04
    #[test]
    fn nobody_wears_the_dark_logo_or_the_accent_of_another() {
        let above = Branding {
            logo: picture("above"),
            logo_dark: picture("above-dark"),
            primary: "#ff0000".parse().ok(),
            accent: "#00ff00".parse().ok(),
            ..Branding::default()
        };
        let below = Branding {
            logo: picture("below"),
            primary: "#0000ff".parse().ok(),
            ..Branding::default()
        };
        let both = [(node(1), above.clone()), (node(2), below)];
        let sub = Brand::worked_out(base(), &both);
        assert_eq!(sub.logo.as_ref().map(|one| one.node), Some(node(2)));
        assert_eq!(sub.logo_dark, sub.logo);
        assert_eq!(sub.light.accent, sub.light.brand);
        // Who has nothing of its own wears all of it.
        let silent = [(node(1), above), (node(2), Branding::default())];
        let sub = Brand::worked_out(base(), &silent);
        let dark = sub.logo_dark.map(|one| one.picture.digest);
        assert_eq!(dark.as_deref(), Some("above-dark"));
        assert_ne!(sub.light.accent, sub.light.brand);
    }
}
