//! Text as banks want it, and numbers of people and companies.

/// Plain ASCII: accents are dropped, what has no letter there becomes nothing, blanks are collapsed.
#[must_use]
pub fn plain(text: &str) -> String {
    let ascii: String = text.chars().filter_map(unaccented).collect();
    ascii.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// As [`plain`], cut to so many characters.
#[must_use]
pub fn plain_within(text: &str, most: usize) -> String {
    let mut plain = plain(text);
    plain.truncate(most);
    plain.truncate(plain.trim_end().len());
    plain
}

/// At most so many characters, whatever they are, without control characters.
#[must_use]
pub fn within(text: &str, most: usize) -> String {
    text.chars()
        .filter(|letter| !letter.is_control())
        .take(most)
        .collect()
}

/// Whether a customer is sent to an address that a provider names: over TLS, or on the payer's own
/// machine, where the pages of a simulated provider are.
#[must_use]
pub fn is_page(url: &str) -> bool {
    ["https://", "http://127.0.0.1:", "http://localhost:"]
        .iter()
        .any(|start| url.starts_with(start))
}

/// The letter without its accent; none where ASCII has nothing like it. A combining accent (NFD)
/// is dropped, which leaves its letter.
fn unaccented(letter: char) -> Option<char> {
    Some(match letter {
        ' '..='~' => letter,
        '\t' | '\n' | '\r' | '\u{a0}' => ' ',
        'À'..='Å' | 'Ā' | 'Ă' | 'Ą' => 'A',
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ª' => 'a',
        'Ç' | 'Ć' | 'Č' => 'C',
        'ç' | 'ć' | 'č' => 'c',
        'È'..='Ë' | 'Ē' | 'Ę' | 'Ě' => 'E',
        'è'..='ë' | 'ē' | 'ę' | 'ě' => 'e',
        'Ì'..='Ï' | 'Ī' => 'I',
        'ì'..='ï' | 'ī' => 'i',
        'Ñ' | 'Ń' | 'Ň' => 'N',
        'ñ' | 'ń' | 'ň' => 'n',
        'Ò'..='Ö' | 'Ø' | 'Ō' | 'Ő' => 'O',
        'ò'..='ö' | 'ø' | 'ō' | 'ő' | 'º' => 'o',
        'Ù'..='Ü' | 'Ū' | 'Ű' => 'U',
        'ù'..='ü' | 'ū' | 'ű' => 'u',
        'Ý' | 'Ÿ' => 'Y',
        'ý' | 'ÿ' => 'y',
        'Š' | 'Ś' => 'S',
        'š' | 'ś' => 's',
        'Ž' | 'Ź' | 'Ż' => 'Z',
        'ž' | 'ź' | 'ż' => 'z',
        '‘' | '’' | '´' => '\'',
        '“' | '”' => '"',
        '–' | '—' => '-',
        _ => return None,
    })
}

/// Weights 2, 3, … up to `top`, again and again, from the right; a letter counts as its ASCII code
/// less 48. The sum modulo 11.
fn modulo_11(symbols: &[u8], top: u32) -> u32 {
    symbols
        .iter()
        .rev()
        .zip((2..=top).cycle())
        .map(|(symbol, weight)| u32::from(symbol.wrapping_sub(b'0')) * weight)
        .sum::<u32>()
        % 11
}

fn check_digit(symbols: &[u8], top: u32) -> u8 {
    match modulo_11(symbols, top) {
        0 | 1 => b'0',
        rest => b'0' + (11 - rest) as u8,
    }
}

/// Whether it is a CPF: eleven digits with both check digits right.
#[must_use]
pub fn is_cpf(text: &str) -> bool {
    let symbols = text.as_bytes();
    symbols.len() == 11
        && symbols.iter().all(u8::is_ascii_digit)
        && symbols.windows(2).any(|pair| pair[0] != pair[1])
        && check_digit(&symbols[..9], 10) == symbols[9]
        && check_digit(&symbols[..10], 11) == symbols[10]
}

/// Whether it is a CNPJ, numeric or with letters (IN RFB 2229/2024): fourteen symbols with both
/// check digits right.
#[must_use]
pub fn is_cnpj(text: &str) -> bool {
    let symbols = text.as_bytes();
    symbols.len() == 14
        && symbols[..12]
            .iter()
            .all(|symbol| symbol.is_ascii_digit() || symbol.is_ascii_uppercase())
        && symbols[12..].iter().all(u8::is_ascii_digit)
        && symbols.windows(2).any(|pair| pair[0] != pair[1])
        && check_digit(&symbols[..12], 9) == symbols[12]
        && check_digit(&symbols[..13], 9) == symbols[13]
}
