//! The values of a brand on the wire.

use std::collections::BTreeMap;

use alvara_domain::brand::{Branding, Colour, Scheme};
use alvara_domain::money::Currency;
use alvara_domain::time::ZoneName;
use alvara_tenants::{Brand, Palette};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::Text;

/// Language → key → text.
type Wording = BTreeMap<String, BTreeMap<String, String>>;

/// What a place says of itself; what is left out is said by the places above. All texts are plain.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BrandBody {
    /// What it is called.
    #[schema(value_type = Option<String>, example = "Acme Licenças")]
    trade_name: Option<Text<1, 100>>,
    /// Its registered name, on documents.
    legal_name: Option<Text<1, 200>>,
    /// As it is to be printed on documents.
    tax_id: Option<Text<1, 40>>,
    /// At most five lines.
    address: Option<Vec<Text<1, 120>>>,
    #[schema(value_type = Option<String>, example = "help@example.com")]
    support_email: Option<Text<1, 254>>,
    support_phone: Option<Text<1, 40>>,
    /// In its international form.
    #[schema(value_type = Option<String>, example = "+5511987654321")]
    support_whatsapp: Option<Text<1, 16>>,
    /// It begins with `https://` or `http://`.
    #[schema(value_type = Option<String>, example = "https://example.com")]
    website: Option<Text<1, 200>>,
    /// `#rrggbb`; any will do: where it could not be read, pages show the nearest that can.
    #[schema(value_type = Option<String>, example = "#1d4ed8")]
    primary: Option<Colour>,
    /// Goes with a primary colour, or with that of a place above that has none of its own.
    #[schema(value_type = Option<String>, example = "#0f766e")]
    accent: Option<Colour>,
    /// How round corners are, in pixels.
    #[schema(minimum = 0, maximum = 16)]
    radius: Option<u8>,
    /// `light`, `dark`, or `auto` for what the reader's system is set to.
    #[schema(value_type = Option<String>, example = "auto")]
    scheme: Option<Scheme>,
    /// `en`, `es`, `it` or `pt-BR`.
    #[schema(value_type = Option<String>, example = "pt-BR")]
    locale: Option<Text<2, 10>>,
    #[schema(value_type = Option<String>, example = "BRL")]
    currency: Option<Currency>,
    #[schema(value_type = Option<String>, example = "America/Sao_Paulo")]
    time_zone: Option<ZoneName>,
    /// Beside the address that mails come from; the trade name when left out.
    sender_name: Option<Text<1, 100>>,
    /// Where answers to mails go; the support's address when left out.
    #[schema(value_type = Option<String>, example = "help@example.com")]
    reply_to: Option<Text<1, 254>>,
    /// Plain text; an empty line parts paragraphs.
    terms: Option<Text<1, 20000>>,
    privacy: Option<Text<1, 20000>>,
    refunds: Option<Text<1, 20000>>,
    /// Messages in words of its own: language → key → text in Fluent, with every place of the message.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    wording: Wording,
}

impl BrandBody {
    /// The same with this wording, for who changes everything but that.
    pub(crate) fn with_wording(self, wording: Wording) -> Self {
        Self { wording, ..self }
    }

    pub(crate) fn read(self) -> Branding {
        let lines = |lines: Vec<Text<1, 120>>| lines.into_iter().map(Text::into_string).collect();
        Branding {
            trade_name: self.trade_name.map(Text::into_string),
            legal_name: self.legal_name.map(Text::into_string),
            tax_id: self.tax_id.map(Text::into_string),
            address: self.address.map(lines),
            support_email: self.support_email.map(Text::into_string),
            support_phone: self.support_phone.map(Text::into_string),
            support_whatsapp: self.support_whatsapp.map(Text::into_string),
            website: self.website.map(Text::into_string),
            primary: self.primary,
            accent: self.accent,
            radius: self.radius,
            scheme: self.scheme,
            locale: self.locale.map(Text::into_string),
            currency: self.currency,
            time_zone: self.time_zone,
            sender_name: self.sender_name.map(Text::into_string),
            reply_to: self.reply_to.map(Text::into_string),
            terms: self.terms.map(Text::into_string),
            privacy: self.privacy.map(Text::into_string),
            refunds: self.refunds.map(Text::into_string),
            wording: self.wording,
            ..Branding::default()
        }
    }
}

/// What a place says of itself; what is null is said by the places above.
#[derive(Serialize, ToSchema)]
pub(crate) struct BrandValues {
    trade_name: Option<String>,
    legal_name: Option<String>,
    tax_id: Option<String>,
    address: Option<Vec<String>>,
    support_email: Option<String>,
    support_phone: Option<String>,
    support_whatsapp: Option<String>,
    website: Option<String>,
    #[schema(value_type = Option<String>)]
    primary: Option<Colour>,
    #[schema(value_type = Option<String>)]
    accent: Option<Colour>,
    radius: Option<u8>,
    #[schema(value_type = Option<String>)]
    scheme: Option<Scheme>,
    locale: Option<String>,
    #[schema(value_type = Option<String>)]
    currency: Option<Currency>,
    #[schema(value_type = Option<String>)]
    time_zone: Option<ZoneName>,
    sender_name: Option<String>,
    reply_to: Option<String>,
    terms: Option<String>,
    privacy: Option<String>,
    refunds: Option<String>,
    /// Language → key → text.
    #[schema(value_type = Object)]
    wording: Wording,
}

impl From<Branding> for BrandValues {
    fn from(said: Branding) -> Self {
        Self {
            trade_name: said.trade_name,
            legal_name: said.legal_name,
            tax_id: said.tax_id,
            address: said.address,
            support_email: said.support_email,
            support_phone: said.support_phone,
            support_whatsapp: said.support_whatsapp,
            website: said.website,
            primary: said.primary,
            accent: said.accent,
            radius: said.radius,
            scheme: said.scheme,
            locale: said.locale,
            currency: said.currency,
            time_zone: said.time_zone,
            sender_name: said.sender_name,
            reply_to: said.reply_to,
            terms: said.terms,
            privacy: said.privacy,
            refunds: said.refunds,
            wording: said.wording,
        }
    }
}

/// Colours for one ground, each with a contrast of at least 4.6 to what it stands on.
#[derive(Serialize, ToSchema)]
pub(crate) struct PaletteView {
    /// Filled things.
    #[schema(value_type = String)]
    brand: Colour,
    /// Text on them.
    #[schema(value_type = String)]
    on_brand: Colour,
    /// Text and drawings on pages.
    #[schema(value_type = String)]
    brand_text: Colour,
    /// Quiet grounds.
    #[schema(value_type = String)]
    brand_tint: Colour,
    #[schema(value_type = String)]
    accent: Colour,
    #[schema(value_type = String)]
    on_accent: Colour,
    #[schema(value_type = String)]
    accent_text: Colour,
    #[schema(value_type = String)]
    accent_tint: Colour,
}

impl From<&Palette> for PaletteView {
    fn from(palette: &Palette) -> Self {
        let (brand, accent) = (palette.brand, palette.accent);
        Self {
            brand: brand.fill,
            on_brand: brand.on_fill,
            brand_text: brand.text,
            brand_tint: brand.tint,
            accent: accent.fill,
            on_accent: accent.on_fill,
            accent_text: accent.text,
            accent_tint: accent.tint,
        }
    }
}

/// What follows from the draft and the places above.
#[derive(Serialize, ToSchema)]
pub(crate) struct EffectiveBrandView {
    trade_name: String,
    legal_name: Option<String>,
    sender_name: String,
    reply_to: Option<String>,
    locale: String,
    #[schema(value_type = String)]
    currency: Currency,
    #[schema(value_type = String)]
    time_zone: ZoneName,
    radius: u8,
    #[schema(value_type = String)]
    scheme: Scheme,
    light: PaletteView,
    dark: PaletteView,
    /// Whether there is a logo, its own or from above.
    has_logo: bool,
    has_favicon: bool,
}

impl From<&Brand> for EffectiveBrandView {
    fn from(brand: &Brand) -> Self {
        Self {
            trade_name: brand.trade_name.clone(),
            legal_name: brand.legal_name.clone(),
            sender_name: brand.sender_name.clone(),
            reply_to: brand.reply_to.clone(),
            locale: brand.locale.clone(),
            currency: brand.currency,
            time_zone: brand.time_zone.clone(),
            radius: brand.radius,
            scheme: brand.scheme,
            light: PaletteView::from(&brand.light),
            dark: PaletteView::from(&brand.dark),
            has_logo: brand.logo.is_some(),
            has_favicon: brand.favicon.is_some(),
        }
    }
}
