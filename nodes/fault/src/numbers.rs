//! The arithmetic of the kit: small numbers that depend on everything that went into them.

const PRIME: u64 = 1_000_003;

/// Mixes two numbers into one of 0 to 1,000,002, by the finaliser of SplitMix64.
pub fn mix(a: i64, b: i64) -> i64 {
    let mut bits = a.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(b.cast_unsigned());
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((bits ^ (bits >> 31)) % PRIME).cast_signed()
}

/// Mixes numbers in their order, and how many there are.
pub fn fold(numbers: impl IntoIterator<Item = i64>) -> i64 {
    let (sum, count) = numbers.into_iter().fold((1, 0), |(sum, count), number| (mix(sum, number), count + 1));
    mix(sum, count)
}

/// Returns whether a number is among the one in `n` that are chosen; none is where `n` is not positive.
pub fn one_in(number: i64, n: i64) -> bool {
    n > 0 && mix(number, n) % n == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_count_matter() {
        assert_ne!(fold([1, 2]), fold([2, 1]));
        assert_ne!(fold([]), fold([0]));
        assert!((0..1_000_003).contains(&mix(i64::MIN, i64::MAX)));
    }

    #[test]
    fn some_are_chosen_and_some_are_not() {
        let chosen = (0..1_000).filter(|number| one_in(*number, 4)).count();
        assert!((150..350).contains(&chosen), "{chosen}");
        assert!(!(0..100).any(|number| one_in(number, 0)));
    }
}
