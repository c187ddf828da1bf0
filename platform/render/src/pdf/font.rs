//! How wide letters are, and how they are written in a PDF's `WinAnsiEncoding`.

/// Regular or bold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// Widths of the signs from space to tilde in thousandths of the size, from Adobe's font metrics.
const REGULAR: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
const BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667,
    611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556,
    278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
];

/// The signs 128 to 159, which differ from Unicode.
const UPPER: [char; 32] = [
    '€', '?', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '?', 'Ž', '?', '?', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '?', 'ž', 'Ÿ',
];

/// A text as the font knows it; what it does not know is a question mark.
pub(super) fn encode(text: &str) -> Vec<u8> {
    text.chars().map(byte_of).collect()
}

fn byte_of(sign: char) -> u8 {
    match u32::from(sign) {
        code @ (0x20..=0x7E | 0xA0..=0xFF) => u8::try_from(code).unwrap_or(b'?'),
        _ if sign == '?' => b'?',
        _ => (128_u8..)
            .zip(UPPER)
            .find(|(_, known)| *known == sign)
            .map_or(b'?', |(byte, _)| byte),
    }
}

/// How wide a text is at a size, in points.
pub(super) fn width(text: &str, weight: Weight, size: f32) -> f32 {
    let units: u32 = text
        .chars()
        .map(|sign| u32::from(units(sign, weight)))
        .sum();
    units as f32 * size / 1000.0
}

/// An accent does not make a letter wider, so the letter below it is measured.
fn units(sign: char, weight: Weight) -> u16 {
    let table = match weight {
        Weight::Regular => &REGULAR,
        Weight::Bold => &BOLD,
    };
    let plain = match sign {
        'À'..='Å' => 'A',
        'Ç' => 'C',
        'È'..='Ë' => 'E',
        'Ì'..='Ï' | 'ì'..='ï' => 'I',
        'Ñ' => 'N',
        'Ò'..='Ö' | 'Ø' => 'O',
        'Ù'..='Ü' => 'U',
        'Ý' | 'Ÿ' => 'Y',
        'Š' => 'S',
        'Ž' => 'Z',
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ñ' => 'n',
        'ò'..='ö' => 'o',
        'ù'..='ü' => 'u',
        'ý' | 'ÿ' => 'y',
        'š' => 's',
        'ž' => 'z',
        '\u{a0}' => ' ',
        '’' | '‘' | '·' => '.',
        '“' | '”' => '(',
        'º' | 'ª' | '°' | '•' => '*',
        '€' | '£' | '¥' | '§' | '–' | '«' | '»' => '0',
        '—' | '™' | '…' | 'Æ' | 'Œ' | '‰' => '@',
        other => other,
    };
    let at = (plain as usize).wrapping_sub(32);
    table.get(at).copied().unwrap_or(556)
}

/// Cuts a text into lines of at most `room` points, at blanks where it can.
pub(super) fn wrap(text: &str, weight: Weight, size: f32, room: f32) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let longer = if line.is_empty() {
                word.to_owned()
            } else {
                format!("{line} {word}")
            };
            if width(&longer, weight, size) <= room {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            // A word that is longer than the line itself is cut anywhere.
            for sign in word.chars() {
                line.push(sign);
                if width(&line, weight, size) > room && line.chars().count() > 1 {
                    line.pop();
                    lines.push(std::mem::take(&mut line));
                    line.push(sign);
                }
            }
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-PAY-11
    #[test]
    fn letters_of_our_languages_are_written_and_measured() {
        assert_eq!(encode("São € “é”"), b"S\xe3o \x80 \x93\xe9\x94");
        assert_eq!(encode("日?"), b"??");
        // "Invoice" at 10 points: 278+556+500+556+222+500+556.
        assert!((width("Invoice", Weight::Regular, 10.0) - 31.68).abs() < 0.001);
        assert_eq!(
            width("ÀÇÉÑÖÜ", Weight::Bold, 9.0).to_bits(),
            width("ACENOU", Weight::Bold, 9.0).to_bits()
        );
    }

    // R-PAY-11
    #[test]
    fn no_line_is_wider_than_its_room() {
        let text =
            "Licença anual do produto ACME com oito módulos\n\nSuperextraordinariamentelongo";
        let lines = wrap(text, Weight::Regular, 10.0, 90.0);
        for line in &lines {
            assert!(width(line, Weight::Regular, 10.0) <= 90.0, "{line}");
        }
        let joined: String = lines.concat();
        assert!(joined.ends_with("Superextraordinariamentelongo"));
        assert!(lines.contains(&String::new()), "an empty line stays one");
    }
}
