//! Interleaved two of five: the bars of a boleto (FEBRABAN; ISO/IEC 16390).

use thiserror::Error;

/// Digits that make no bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an even number of digits is expected")]
pub struct BarcodeError;

/// Which two of five elements are wide, for each digit.
const WIDE: [[bool; 5]; 10] = [
    [false, false, true, true, false],
    [true, false, false, false, true],
    [false, true, false, false, true],
    [true, true, false, false, false],
    [false, false, true, false, true],
    [true, false, true, false, false],
    [false, true, true, false, false],
    [false, false, false, true, true],
    [true, false, false, true, false],
    [false, true, false, true, false],
];

/// The widths of bars and gaps in turn, in narrow elements, beginning with a bar.
pub(super) fn interleaved(digits: &str) -> Result<Vec<u8>, BarcodeError> {
    let bytes = digits.as_bytes();
    if bytes.is_empty() || !bytes.len().is_multiple_of(2) || !bytes.iter().all(u8::is_ascii_digit) {
        return Err(BarcodeError);
    }
    let mut widths = vec![1, 1, 1, 1];
    for pair in bytes.chunks_exact(2) {
        let bars = WIDE[usize::from(pair[0] - b'0')];
        let gaps = WIDE[usize::from(pair[1] - b'0')];
        for (bar, gap) in bars.into_iter().zip(gaps) {
            widths.push(if bar { 3 } else { 1 });
            widths.push(if gap { 3 } else { 1 });
        }
    }
    widths.extend([3, 1, 1]);
    Ok(widths)
}

/// The bars as SVG, on white, with the ten narrow elements of quiet on either side that a scanner
/// needs; without script or style.
///
/// # Errors
/// [`BarcodeError`].
pub fn barcode_svg(digits: &str) -> Result<String, BarcodeError> {
    const QUIET: usize = 10;
    const HEIGHT: usize = 60;
    let (mut path, mut at) = (String::new(), QUIET);
    for (index, width) in interleaved(digits)?.into_iter().enumerate() {
        let width = usize::from(width);
        if index.is_multiple_of(2) {
            path.push_str(&format!("M{at} 0h{width}v{HEIGHT}h-{width}z"));
        }
        at += width;
    }
    let whole = at + QUIET;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {whole} {HEIGHT}\" \
         preserveAspectRatio=\"none\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" \
         d=\"M0 0h{whole}v{HEIGHT}H0z\"/><path d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-PAY-05
    #[test]
    fn a_picture_of_a_barcode_has_every_bar_once() {
        let svg = barcode_svg("1234").unwrap();
        // Two pairs of five bars each, two at the start and two at the end.
        assert_eq!(svg.matches("v60h-").count(), 14, "{svg}");
        assert!(svg.contains("viewBox=\"0 0 65 60\""), "{svg}");
        assert_eq!(barcode_svg("12a4"), Err(BarcodeError));
    }

    // R-PAY-11
    #[test]
    fn every_digit_has_two_wide_elements_of_five_and_no_two_are_alike() {
        for (digit, wide) in WIDE.iter().enumerate() {
            assert_eq!(wide.iter().filter(|one| **one).count(), 2, "{digit}");
            assert_eq!(WIDE.iter().filter(|other| *other == wide).count(), 1);
        }
        assert_eq!(interleaved("123"), Err(BarcodeError));
        assert_eq!(interleaved(""), Err(BarcodeError));
        assert_eq!(interleaved("1a"), Err(BarcodeError));
        // A pair is 10 elements: 3 + 3 wide of width 3, six narrow... 4·3 + 6·1 = 18.
        let total: u32 = interleaved("12").unwrap().into_iter().map(u32::from).sum();
        assert_eq!(total, 4 + 18 + 5);
    }
}
