//! What a place of the tree says of itself: its white label. What follows from it together with the
//! places above is worked out in `alvara-tenants`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::money::Currency;
use crate::text::UnknownText;
use crate::time::ZoneName;

/// A colour of the screen: red, green and blue of sRGB. As text `#rrggbb`; `#rgb` is read too.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Colour(pub [u8; 3]);

impl FromStr for Colour {
    type Err = UnknownText;

    fn from_str(text: &str) -> Result<Self, UnknownText> {
        let unknown = || UnknownText::new("Colour", text);
        let digits = text.strip_prefix('#').ok_or_else(unknown)?;
        let values: Option<Vec<u8>> = digits
            .chars()
            .map(|digit| {
                digit
                    .to_digit(16)
                    .and_then(|value| u8::try_from(value).ok())
            })
            .collect();
        match values.as_deref() {
            Some(&[r, g, b]) => Ok(Self([r * 17, g * 17, b * 17])),
            Some(&[r, s, g, h, b, c]) => Ok(Self([r * 16 + s, g * 16 + h, b * 16 + c])),
            _ => Err(unknown()),
        }
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

impl fmt::Debug for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Colour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Colour {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::deserialize_text(deserializer)
    }
}

crate::text_enum! {
    /// On which ground pages are drawn.
    pub enum Scheme {
        /// A light one.
        Light = "light",
        /// A dark one.
        Dark = "dark",
        /// As the reader's system is set.
        Auto = "auto",
    }
}

crate::text_enum! {
    /// What a picture of a brand is for.
    pub enum PictureSlot {
        /// On a light ground, and on a dark one where there is no other.
        Logo = "logo",
        /// On a dark ground.
        LogoDark = "logo-dark",
        /// In the browser's tab.
        Favicon = "favicon",
    }
}

crate::text_enum! {
    /// How a picture is written.
    pub enum PictureFormat {
        /// Pixels.
        Png = "png",
        /// Shapes.
        Svg = "svg",
    }
}

impl PictureFormat {
    /// The media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Svg => "image/svg+xml",
        }
    }
}

/// A picture, by the digest of its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// How it is written.
    pub format: PictureFormat,
    /// Tells its bytes, as they are served, from all others: 64 hexadecimal digits.
    pub digest: String,
    /// In pixels, or in the units of its view box, rounded up.
    pub width: u32,
    /// As the width.
    pub height: u32,
}

/// What one place says of itself; what it does not say (`None`, or nothing in a map) it has from the
/// place above. All texts are plain: nowhere is there HTML.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields say what they hold")]
pub struct Branding {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trade_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_name: Option<String>,
    /// As it is to be printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<String>,
    /// At most five lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support_phone: Option<String>,
    /// A number in its international form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support_whatsapp: Option<String>,
    /// An address that begins with `https://` or `http://`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary: Option<Colour>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent: Option<Colour>,
    /// How round corners are, in pixels, 0 to 16.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub radius: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<Scheme>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo: Option<Picture>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_dark: Option<Picture>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub favicon: Option<Picture>,
    /// One of the languages there are messages in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<ZoneName>,
    /// The name beside the address that mails come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_name: Option<String>,
    /// Where answers to mails go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Paragraphs are parted by an empty line; so in the two that follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privacy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refunds: Option<String>,
    /// Messages in words of its own: language → key → text, with the places of the message.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub wording: BTreeMap<String, BTreeMap<String, String>>,
}

impl Branding {
    /// A picture.
    #[must_use]
    pub const fn picture(&self, slot: PictureSlot) -> Option<&Picture> {
        match slot {
            PictureSlot::Logo => self.logo.as_ref(),
            PictureSlot::LogoDark => self.logo_dark.as_ref(),
            PictureSlot::Favicon => self.favicon.as_ref(),
        }
    }

    /// Puts a picture in its place, or takes it away.
    pub fn set_picture(&mut self, slot: PictureSlot, picture: Option<Picture>) {
        match slot {
            PictureSlot::Logo => self.logo = picture,
            PictureSlot::LogoDark => self.logo_dark = picture,
            PictureSlot::Favicon => self.favicon = picture,
        }
    }

    /// The pictures it names.
    pub fn pictures(&self) -> impl Iterator<Item = &Picture> {
        PictureSlot::ALL
            .iter()
            .filter_map(|slot| self.picture(*slot))
    }
}

/// The branding of a place as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBrand {
    /// What is being worked on.
    pub draft: Branding,
    /// What the world sees; `None` before it was published for the first time.
    pub published: Option<Branding>,
    /// Rises with every change of the draft; the ETag. 0 where nothing was ever said.
    pub version: i64,
    /// The version that was published last; 0 before.
    pub published_version: i64,
    /// When that was.
    pub published_at: Option<crate::time::UtcTime>,
}

impl StoredBrand {
    /// A place that says nothing.
    #[must_use]
    pub fn silent() -> Self {
        Self {
            draft: Branding::default(),
            published: None,
            version: 0,
            published_version: 0,
            published_at: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Branding, Colour};

    // R-TEN-04
    #[test]
    fn colours_are_read_and_written_as_hexadecimal() {
        for (text, read) in [
            ("#ffd400", Some("#ffd400")),
            ("#FFD400", Some("#ffd400")),
            ("#0af", Some("#00aaff")),
            ("ffd400", None),
            ("#ffd40", None),
            ("#ffd4000", None),
            ("#ff d40", None),
            ("#é0d40", None),
            ("red", None),
            ("", None),
        ] {
            let colour = text.parse::<Colour>().ok();
            assert_eq!(
                colour.map(|colour| colour.to_string()).as_deref(),
                read,
                "{text}"
            );
        }
    }

    // R-TEN-04
    #[test]
    fn what_is_not_said_is_not_written() {
        let nothing = serde_json::to_string(&Branding::default()).unwrap();
        assert_eq!(nothing, "{}");
        let back: Branding = serde_json::from_str(&nothing).unwrap();
        assert_eq!(back, Branding::default());
    }
}
