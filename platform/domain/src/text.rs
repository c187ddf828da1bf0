//! Enums and small values that travel as text.

use thiserror::Error;

#[doc(hidden)]
pub use serde as __serde;

/// A text that names none of an enum's values.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{found:?} is no {kind}")]
pub struct UnknownText {
    /// The Rust name of the enum that was asked for.
    pub kind: &'static str,
    /// What was found instead, cut to 64 characters so that an error never carries a whole body.
    pub found: String,
}

impl UnknownText {
    /// Builds the error; `found` is cut to 64 characters.
    #[must_use]
    pub fn new(kind: &'static str, found: &str) -> Self {
        Self {
            kind,
            found: found.chars().take(64).collect(),
        }
    }
}

/// Declares an enum together with its stable text: one table for the wire, the database and logs.
///
/// The text is part of the contract: renaming a variant is free, changing its text is a migration.
/// Gives `ALL`, `as_str`, `Display`, `FromStr` (error [`UnknownText`]) and serde as a string.
#[macro_export]
macro_rules! text_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident = $text:literal ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $( $(#[$variant_meta])* $variant ),+
        }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[ $( Self::$variant ),+ ];

            /// The stable text of this value.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $( Self::$variant => $text ),+
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::text::UnknownText;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                match text {
                    $( $text => Ok(Self::$variant), )+
                    _ => Err($crate::text::UnknownText::new(stringify!($name), text)),
                }
            }
        }

        impl $crate::text::__serde::Serialize for $name {
            fn serialize<S: $crate::text::__serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::text::__serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::text::__serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                let text = <::std::borrow::Cow<'de, str> as $crate::text::__serde::Deserialize>::deserialize(
                    deserializer,
                )?;
                text.parse().map_err($crate::text::__serde::de::Error::custom)
            }
        }
    };
}

/// Reads a value from the text that its `FromStr` takes, so that text on the wire and text in the
/// database cannot differ.
pub(crate) fn deserialize_text<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
    D: serde::Deserializer<'de>,
{
    let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}
