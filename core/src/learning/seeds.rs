//! Seeds that follow from others.

/// A seed that follows from another one and a number; near numbers give seeds that have nothing in common (SplitMix64; Steele
/// et al. 2014).
pub fn mixed(seed: u64, number: u64) -> u64 {
    let mut x = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers of the published generator with the seed 0.
    #[test]
    fn it_is_the_published_generator() {
        assert_eq!(mixed(0, 0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(mixed(0, 1), 0x6e78_9e6a_a1b9_65f4);
        assert_eq!(mixed(0x9e37_79b9_7f4a_7c15, 0), mixed(0, 1));
    }
}
