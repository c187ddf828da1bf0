//! Texts as a workbook holds them.

/// UTF-16 units in a place, the most that Excel opens.
const LONGEST: usize = 32_767;
/// The widest column, in letters.
pub(super) const WIDEST: usize = 60;

/// Letters of the longest line.
pub(super) fn width(text: &str) -> usize {
    let lines = text.lines().map(|line| line.chars().take(WIDEST).count());
    lines.max().unwrap_or_default()
}

/// A text that fits a place; one that was cut says so.
pub(super) fn shortened(text: &str) -> String {
    // Never more UTF-16 units than bytes.
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let mut units = 0;
    let mut short = String::new();
    for sign in text.chars() {
        units += sign.len_utf16();
        if units >= LONGEST {
            short.push('…');
            return short;
        }
        short.push(sign);
    }
    short
}

/// A text inside of an element or attribute. What XML cannot hold is left out, and what would be
/// read as the number of a sign (`_x0041_`) is written so that it is not.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for (at, sign) in text.char_indices() {
        match sign {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\r' | '\u{fffe}' | '\u{ffff}' => {}
            '\t' | '\n' => safe.push(sign),
            control if control < ' ' => {}
            '_' if is_number_of_sign(text.get(at..).unwrap_or_default()) => {
                safe.push_str("_x005F_");
            }
            plain => safe.push(plain),
        }
    }
    safe
}

/// Whether a text begins like `_x0041_`.
fn is_number_of_sign(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next() == Some(b'_')
        && bytes.next() == Some(b'x')
        && bytes.by_ref().take(4).filter(u8::is_ascii_hexdigit).count() == 4
        && bytes.next() == Some(b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-TEN-04: no text makes a file that does not open.
    #[test]
    fn what_xml_cannot_hold_is_left_out() {
        assert_eq!(
            escaped("a<b>&\"\u{1}\u{0}c\r\n"),
            "a&lt;b&gt;&amp;&quot;c\n"
        );
        assert_eq!(escaped("_x0041_ _x41_"), "_x005F_x0041_ _x41_");
        assert_eq!(escaped("é_x00"), "é_x00");
        let long = shortened(&"💚".repeat(LONGEST));
        assert!(long.encode_utf16().count() <= LONGEST && long.ends_with('…'));
    }
}
