//! Groups of hashes that differ in few bits, found without holding each against each.
//!
//! Of 64 bits in `distance + 1` bands, at least one band is the same in two hashes that differ in at most `distance` bits. So
//! only hashes that share a band are compared (Norouzi, Punjani, Fleet 2012, *Fast search in Hamming space with multi-index
//! hashing*). Memory is one number and one hash for each; groups are joined by union and find.

/// The largest distance that is searched for: hashes of pictures that have nothing in common differ in 32 bits or so.
pub const MAX_DISTANCE: u32 = 16;

/// The most pairs that are compared: some minutes.
pub const MAX_PAIRS: u64 = 100_000_000_000;

/// How many pairs are compared between two looks at whether to go on.
const PAIRS_AT_A_TIME: usize = 1 << 20;

/// Returns for each hash the index of the first one of its group. A group holds all that are linked by steps of at most
/// `distance` bits.
///
/// # Errors
/// What `go_on` says, which is asked now and then.
pub fn groups<E>(hashes: &[u64], distance: u32, mut go_on: impl FnMut() -> Result<(), E>) -> Result<Vec<usize>, E> {
    let mut sets = Sets::new(hashes.len());
    let mut distinct: Vec<u32> = (0..hashes.len() as u32).collect();
    distinct.sort_unstable_by_key(|at| (hashes[*at as usize], *at));
    distinct.dedup_by(|later, earlier| {
        let same = hashes[*later as usize] == hashes[*earlier as usize];
        if same {
            sets.join(*earlier, *later);
        }
        same
    });
    let bands = distance.min(MAX_DISTANCE) + 1;
    let mut pairs = 0;
    for band in 0..bands {
        if distance == 0 {
            break;
        }
        let key = |at: u32| bits(hashes[at as usize], band, bands);
        distinct.sort_unstable_by_key(|at| (key(*at), *at));
        for alike in distinct.chunk_by(|left, right| key(*left) == key(*right)) {
            for (at, one) in alike.iter().enumerate() {
                pairs += alike.len() - at;
                if pairs >= PAIRS_AT_A_TIME {
                    pairs = 0;
                    go_on()?;
                }
                let hash = hashes[*one as usize];
                let near =
                    alike[at + 1..].iter().filter(|other| (hash ^ hashes[**other as usize]).count_ones() <= distance);
                near.for_each(|other| sets.join(*one, *other));
            }
        }
    }
    Ok((0..hashes.len() as u32).map(|at| sets.first(at) as usize).collect())
}

/// Returns the bits of a band, moved to the low end.
fn bits(hash: u64, band: u32, bands: u32) -> u64 {
    let (start, end) = (64 * band / bands, 64 * (band + 1) / bands);
    hash << start >> (64 - (end - start))
}

/// Returns how many pairs of hashes are compared to find the groups: those that are the same in a band.
pub fn pairs(hashes: &[u64], distance: u32) -> u64 {
    let bands = distance.min(MAX_DISTANCE) + 1;
    let mut distinct = hashes.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let of_band = |band: u32| {
        let mut keys: Vec<_> = distinct.iter().map(|hash| bits(*hash, band, bands)).collect();
        keys.sort_unstable();
        keys.chunk_by(u64::eq).map(|alike| alike.len() as u64 * (alike.len() as u64 - 1) / 2).sum::<u64>()
    };
    if distance == 0 { 0 } else { (0..bands).map(of_band).sum() }
}

/// Sets whose members point to each other, down to the first one.
struct Sets(Vec<u32>);

impl Sets {
    fn new(count: usize) -> Self {
        Self((0..count as u32).collect())
    }

    fn first(&mut self, mut at: u32) -> u32 {
        while self.0[at as usize] != at {
            let next = self.0[at as usize];
            self.0[at as usize] = self.0[next as usize];
            at = next;
        }
        at
    }

    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.first(one), self.first(other));
        let (first, second) = (one.min(other), one.max(other));
        self.0[second as usize] = first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(hashes: &[u64], distance: u32) -> Vec<usize> {
        groups(hashes, distance, || Ok::<_, ()>(())).unwrap()
    }

    /// Each against each.
    fn plainly(hashes: &[u64], distance: u32) -> Vec<usize> {
        let mut sets = Sets::new(hashes.len());
        for one in 0..hashes.len() {
            for other in one + 1..hashes.len() {
                if (hashes[one] ^ hashes[other]).count_ones() <= distance {
                    sets.join(one as u32, other as u32);
                }
            }
        }
        (0..hashes.len() as u32).map(|at| sets.first(at) as usize).collect()
    }

    #[test]
    fn bands_are_all_of_the_bits() {
        for bands in 1..=MAX_DISTANCE + 1 {
            let ones: u32 = (0..bands).map(|band| bits(u64::MAX, band, bands).count_ones()).sum();
            assert_eq!((bits(1, bands - 1, bands), ones), (1, 64));
        }
    }

    #[test]
    fn steps_link_a_group_together() {
        assert_eq!(all(&[0, 0xF000, 0b11, u64::MAX, 0b1111, 0b11], 2), [0, 1, 0, 3, 0, 0]);
        assert_eq!(all(&[5, 4, 5], 0), [0, 1, 0]);
        assert_eq!(all(&[], 3), [] as [usize; 0]);
    }

    #[test]
    fn pairs_are_those_that_share_a_band() {
        assert_eq!(pairs(&[0, 1, 2, 2, 1 << 40], 0), 0);
        // Of 1, 2 and 2^40, the upper half is shared by 0, 1 and 2, the lower by 0 and 2^40.
        assert_eq!(pairs(&[0, 1, 2, 2, 1 << 40], 1), 4);
        assert_eq!(pairs(&(0..1000).collect::<Vec<_>>(), 1), 1000 * 999 / 2);
    }

    #[test]
    fn whoever_wants_to_end_is_heard() {
        let same_band: Vec<u64> = (0..3000).collect();
        assert_eq!(groups(&same_band, 1, || Err("enough")), Err("enough"));
    }

    proptest! {
        #[test]
        fn as_when_each_is_compared_with_each(seeds in proptest::collection::vec((0..6_u64, 0..64_u32, 0..64_u32), 0..60), distance in 0..=MAX_DISTANCE) {
            let far = |seed: u64| seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let hashes: Vec<u64> = seeds.iter().map(|(seed, one, two)| far(*seed) ^ 1 << one ^ 1 << two).collect();
            prop_assert_eq!(all(&hashes, distance), plainly(&hashes, distance));
        }
    }
}
