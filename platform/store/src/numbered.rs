//! Pages by number, for the dialects whose programs count pages and want to know how many rows
//! there are. The database walks over every row before the page, so the depth is bounded; our own
//! lists are keyset pages ([`crate::page`]).

/// Which page somebody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageNumber {
    number: u32,
    size: u32,
}

impl PageNumber {
    /// Rows a page has unless somebody asks for another number.
    pub const SIZE: u32 = 50;
    /// The most rows a page has.
    pub const MOST: u32 = 200;
    /// The last row that can be reached by counting.
    pub const DEEPEST: u32 = 100_000;

    /// Page `number`, counted from 1, of `size` rows. `None` where a page has no or over 200 rows,
    /// or ends past row 100 000.
    #[must_use]
    pub fn new(number: Option<u32>, size: Option<u32>) -> Option<Self> {
        let (number, size) = (number.unwrap_or(1), size.unwrap_or(Self::SIZE));
        let end = number.checked_mul(size)?;
        let fits = number >= 1 && (1..=Self::MOST).contains(&size) && end <= Self::DEEPEST;
        fits.then_some(Self { number, size })
    }

    /// Its number, from 1.
    #[must_use]
    pub fn number(self) -> u32 {
        self.number
    }

    /// How many rows it has at most.
    #[must_use]
    pub fn size(self) -> u32 {
        self.size
    }

    /// How many rows come before it.
    pub(crate) fn offset(self) -> i64 {
        i64::from(self.number - 1) * i64::from(self.size)
    }

    pub(crate) fn limit(self) -> i64 {
        i64::from(self.size)
    }
}

/// The rows of a page, and how many there are on all pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered<T> {
    /// The rows; none where the page lies past the end.
    pub items: Vec<T>,
    /// How many rows the list has.
    pub total: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-API-02
    #[test]
    fn a_page_is_counted_from_one_and_lies_within_bounds() {
        let page =
            |number, size| PageNumber::new(number, size).map(|page| (page.offset(), page.limit()));
        assert_eq!(page(None, None), Some((0, 50)));
        assert_eq!(page(Some(3), Some(20)), Some((40, 20)));
        assert_eq!(page(Some(500), Some(200)), Some((99_800, 200)));
        for (number, size) in [(0, 50), (1, 0), (1, 201), (501, 200), (u32::MAX, 200)] {
            assert_eq!(page(Some(number), Some(size)), None, "{number} {size}");
        }
    }
}
