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

#[cfg(test)]
mod tests {
    use super::*;

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
