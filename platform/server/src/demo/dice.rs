//! Chance that falls the same way every time, so that every demonstration tells the same story.
//! Nothing secret comes from here: keys, tokens and passwords are drawn by the vault.

/// xorshift64*.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// From `low` up to, not including, `high`, which must be greater.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high.saturating_sub(low)).unwrap_or(1).max(1);
        low.saturating_add(i64::try_from((self.next() >> 1) % span).unwrap_or(0))
    }

    /// One of several, none of an empty list.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let last = i64::try_from(from.len()).ok()?;
        from.get(usize::try_from(self.between(0, last)).ok()?)
    }

    /// `length` hexadecimal digits.
    pub(super) fn hex(&mut self, length: usize) -> String {
        let mut text = String::with_capacity(length + 16);
        while text.len() < length {
            text.push_str(&format!("{:016x}", self.next()));
        }
        text.truncate(length);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn the_same_seed_falls_the_same_way_within_bounds() {
        let (mut one, mut other) = (Dice::new(7), Dice::new(7));
        for _ in 0..1000 {
            let fell = one.between(-3, 9);
            assert_eq!(fell, other.between(-3, 9));
            assert!((-3..9).contains(&fell));
        }
        assert_eq!(one.hex(64).len(), 64);
        assert!(one.pick::<u8>(&[]).is_none());
    }
}
