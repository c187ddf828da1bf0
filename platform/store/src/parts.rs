//! Content of any size as numbered parts: a `TEXT` of `MariaDB` holds 65 535 bytes.
use crate::column::Row;
use crate::error::StoreResult;
use data_encoding::BASE64;

/// How many bytes a part holds: a multiple of three, so that all but the last fill their base64,
/// 60 000 characters of it.
const PART: usize = 45_000;

/// The parts of a content as they are stored, numbered from 0. An empty one has none.
pub(crate) fn split(content: &[u8]) -> impl Iterator<Item = (i64, String)> {
    (0_i64..).zip(content.chunks(PART).map(|part| BASE64.encode(part)))
}

/// The content of parts in their order.
///
/// # Errors
/// When one of them is no base64, naming the row.
pub(crate) fn join(parts: &[String], row: Row<'_>) -> StoreResult<Vec<u8>> {
    let mut whole = Vec::new();
    for part in parts {
        let bytes = BASE64
            .decode(part.as_bytes())
            .map_err(|_| row.corrupt("content"))?;
        whole.extend(bytes);
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::{PART, join, split};
    use crate::column::Row;

    // R-OPS-01
    #[test]
    fn any_content_fits_into_parts_and_comes_back_to_the_byte() {
        let row = Row::of("parts", "one");
        for (size, count) in [(0, 0), (1, 1), (PART, 1), (PART + 1, 2), (3 * PART, 3)] {
            let content: Vec<u8> = (0..=u8::MAX).cycle().take(size).collect();
            let (numbers, parts): (Vec<i64>, Vec<String>) = split(&content).unzip();
            assert!(numbers.into_iter().eq(0..count), "{size}");
            assert!(parts.iter().all(|part| part.len() <= 60_000), "{size}");
            assert_eq!(join(&parts, row).unwrap(), content, "{size}");
        }
        assert!(join(&["no base64".to_owned()], row).is_err());
    }
}
