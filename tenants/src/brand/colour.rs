//! From a colour that somebody chose to colours that everybody can read.
//!
//! A chosen colour is an input and is never shown as it is where it would be illegible: people choose
//! yellow. For each ground the derivation walks its lightness in OKLCH, which keeps the hue as eyes see
//! it, until every contrast is at least [`LEAST`].

use alvara_domain::brand::Colour;

/// The least contrast between a text and what it stands on: 4.5 of WCAG 2 AA and a little, for what
/// browsers round.
pub const LEAST: f64 = 4.6;

/// What pages are drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    /// Behind everything.
    pub page: Colour,
    /// Behind forms and tables.
    pub panel: Colour,
}

/// The light ground.
pub const LIGHT: Ground = Ground {
    page: Colour([0xf6, 0xf7, 0xf9]),
    panel: Colour([0xff, 0xff, 0xff]),
};

/// The dark ground.
pub const DARK: Ground = Ground {
    page: Colour([0x10, 0x13, 0x18]),
    panel: Colour([0x1a, 0x1e, 0x25]),
};

const WHITE: Colour = Colour([0xff, 0xff, 0xff]);
/// Black as ink is.
const INK: Colour = Colour([0x12, 0x14, 0x18]);

/// What follows from one colour on one ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tones {
    /// For filled things. As chosen where text on it can be read, else as near as that allows.
    pub fill: Colour,
    /// For text on `fill`.
    pub on_fill: Colour,
    /// For text and drawings on page, panel and `tint`.
    pub text: Colour,
    /// For quiet grounds.
    pub tint: Colour,
}

impl Tones {
    /// Derives them.
    #[must_use]
    pub fn of(chosen: Colour, ground: Ground) -> Self {
        let on_fill = if contrast(chosen, WHITE) >= contrast(chosen, INK).min(LEAST) {
            WHITE
        } else {
            INK
        };
        let fill = readable(chosen, &[on_fill]);
        let mut tint = Oklch::of(chosen);
        let is_light = luminance(ground.panel) > 0.5;
        (tint.lightness, tint.chroma) = if is_light {
            (0.955, tint.chroma.min(0.03))
        } else {
            (0.29, tint.chroma.min(0.05))
        };
        let tint = tint.colour();
        Self {
            fill,
            on_fill,
            text: readable(chosen, &[ground.page, ground.panel, tint]),
            tint,
        }
    }
}

/// The contrast of two colours as WCAG 2 defines it, 1 to 21.
#[must_use]
pub fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The colour nearest in lightness that can be read on all of `grounds`, which are all light or all
/// dark.
fn readable(colour: Colour, grounds: &[Colour]) -> Colour {
    let fits = |candidate: Colour| {
        grounds
            .iter()
            .all(|ground| contrast(candidate, *ground) >= LEAST)
    };
    if fits(colour) {
        return colour;
    }
    // Towards the end that is farther from the grounds. They never stand in the middle, where both
    // ends would be too near.
    let darker = grounds.iter().all(|ground| luminance(*ground) > 0.18);
    let step = if darker { -0.01 } else { 0.01 };
    let mut walking = Oklch::of(colour);
    while walking.lightness > 0.0 && walking.lightness < 1.0 {
        walking.lightness = (walking.lightness + step).clamp(0.0, 1.0);
        let candidate = walking.colour();
        if fits(candidate) {
            return candidate;
        }
    }
    if darker { Colour([0; 3]) } else { WHITE }
}

fn luminance(colour: Colour) -> f64 {
    let [r, g, b] = colour.0.map(linear);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// A channel of sRGB as an amount of light.
fn linear(channel: u8) -> f64 {
    let value = f64::from(channel) / 255.0;
    if value <= 0.040_45 {
        value / 12.92
    } else {
        ((value + 0.055) / 1.055).powf(2.4)
    }
}

fn channel(light: f64) -> u8 {
    let value = if light <= 0.003_130_8 {
        light * 12.92
    } else {
        1.055 * light.powf(1.0 / 2.4) - 0.055
    };
    (value * 255.0).round().clamp(0.0, 255.0) as u8
}

/// A colour by lightness (0 to 1), chroma and hue (radians) of Oklab (Björn Ottosson, 2020).
#[derive(Clone, Copy)]
struct Oklch {
    lightness: f64,
    chroma: f64,
    hue: f64,
}

impl Oklch {
    fn of(colour: Colour) -> Self {
        let [r, g, b] = colour.0.map(linear);
        let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
        let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
        let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
        let a = 1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s;
        let b = 0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s;
        Self {
            lightness: 0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
            chroma: a.hypot(b),
            hue: b.atan2(a),
        }
    }

    /// The colour, its channels cut to what a screen shows.
    fn colour(self) -> Colour {
        let (a, b) = (self.chroma * self.hue.cos(), self.chroma * self.hue.sin());
        let l = (self.lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
        let m = (self.lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
        let s = (self.lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
        Colour(
            [
                4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
                -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
                -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
            ]
            .map(channel),
        )
    }
}

#[cfg(test)]
mod tests {
    use alvara_domain::brand::Colour;
    use proptest::prelude::*;

    use super::{DARK, LEAST, LIGHT, Oklch, Tones, contrast};

    fn all_can_be_read(chosen: Colour) -> Result<(), String> {
        for ground in [LIGHT, DARK] {
            let tones = Tones::of(chosen, ground);
            for (text, behind) in [
                (tones.on_fill, tones.fill),
                (tones.text, ground.page),
                (tones.text, ground.panel),
                (tones.text, tones.tint),
            ] {
                let found = contrast(text, behind);
                if found < LEAST {
                    return Err(format!("{chosen} {tones:?} {text} on {behind}: {found:.2}"));
                }
            }
        }
        Ok(())
    }

    // R-TEN-04
    #[test]
    fn whatever_colour_is_chosen_can_be_read() {
        for text in [
            "#ffffff", "#000000", "#ffd400", "#777777", "#ff0000", "#00ff00", "#0000ff", "#00ffff",
            "#ff00ff", "#fffffe",
        ] {
            all_can_be_read(text.parse().unwrap()).unwrap();
        }
    }

    proptest! {
        // R-TEN-04
        #[test]
        fn any_colour_can_be_read(channels: [u8; 3]) {
            let outcome = all_can_be_read(Colour(channels));
            prop_assert!(outcome.is_ok(), "{outcome:?}");
        }

        #[test]
        fn a_colour_comes_back_from_oklch(channels: [u8; 3]) {
            prop_assert_eq!(Oklch::of(Colour(channels)).colour(), Colour(channels));
        }
    }

    // R-TEN-04
    #[test]
    fn a_colour_that_can_be_read_stays_as_it_was_chosen() {
        let blue: Colour = "#1d4ed8".parse().unwrap();
        let tones = Tones::of(blue, LIGHT);
        assert_eq!((tones.fill, tones.text), (blue, blue));
        let yellow: Colour = "#ffd400".parse().unwrap();
        assert_eq!(Tones::of(yellow, LIGHT).fill, yellow);
        assert_eq!(
            contrast(Colour([0; 3]), Colour([255; 3])).round() as i64,
            21
        );
    }
}
