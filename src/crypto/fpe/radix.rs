//! [`Radix`]: numbers in limbs of 32 bits, and numerals of any base to 2^16. There is no branch and no place of memory
//! that numerals decide: a division is a multiplication by the reciprocal.

/// A base of numerals, 2 to 2^16.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Radix {
    radix: u32,
    /// 2^64 - 1 divided by the radix, rounded down.
    reciprocal: u64,
}

/// Fewest strings that there have to be of a length [SP 800-38G rev. 1: "at least one million"].
const DOMAIN_MIN: u64 = 1_000_000;

impl Radix {
    /// A base; `None` if it is none of 2 to 2^16.
    #[must_use]
    pub fn new(radix: u32) -> Option<Self> {
        (2..=1 << 16).contains(&radix).then(|| Self {
            radix,
            reciprocal: u64::MAX / u64::from(radix),
        })
    }

    /// The base.
    #[must_use]
    pub fn get(self) -> u32 {
        self.radix
    }

    /// Fewest numerals of a string.
    #[must_use]
    pub fn len_min(self) -> usize {
        let powers = std::iter::successors(Some(u64::from(self.radix)), |power| {
            power.checked_mul(u64::from(self.radix))
        });
        1 + powers.take_while(|power| *power < DOMAIN_MIN).count()
    }

    /// Most numerals of a half whose numbers have no more than 96 bits.
    pub(super) fn half_within_96_bits(self) -> usize {
        let powers = std::iter::successors(Some(u128::from(self.radix)), |power| {
            power.checked_mul(u128::from(self.radix))
        });
        powers.take_while(|power| *power <= 1 << 96).count()
    }

    /// Quotient and remainder of a number below 2^48.
    fn divide(self, number: u64) -> (u64, u64) {
        let radix = u64::from(self.radix);
        let (_, quotient) = number.carrying_mul(self.reciprocal, 0);
        let rest = number.wrapping_sub(quotient.wrapping_mul(radix));
        // The reciprocal is a little too small, and so may the quotient be, by one.
        let over = u64::from(rest >= radix);
        (
            quotient.wrapping_add(over),
            rest.wrapping_sub(over.wrapping_mul(radix)),
        )
    }

    /// The number of numerals, least significant first, into as many limbs as there are.
    pub(super) fn number(self, numerals: &[u16], limbs: &mut [u32]) {
        limbs.fill(0);
        for numeral in numerals.iter().rev() {
            let mut carry = u32::from(*numeral);
            for limb in &mut *limbs {
                (*limb, carry) = limb.carrying_mul(self.radix, carry);
            }
        }
    }

    /// The last numeral of a number, which is divided by the base.
    fn next_numeral(self, limbs: &mut [u32]) -> u64 {
        let mut rest = 0;
        for limb in limbs.iter_mut().rev() {
            let (quotient, remainder) = self.divide(rest << 32 | u64::from(*limb));
            *limb = u32::try_from(quotient).unwrap_or(u32::MAX);
            rest = remainder;
        }
        rest
    }

    /// Adds a number to a string, modulo the strings of its length. Of the number nothing is left.
    pub(super) fn add(self, numerals: &mut [u16], limbs: &mut [u32]) {
        let radix = u64::from(self.radix);
        let mut carry = 0;
        for numeral in numerals {
            let sum = u64::from(*numeral)
                .wrapping_add(self.next_numeral(limbs))
                .wrapping_add(carry);
            carry = u64::from(sum >= radix);
            *numeral = narrow(sum.wrapping_sub(carry.wrapping_mul(radix)));
        }
    }

    /// Subtracts a number from a string, as [`Radix::add`] adds.
    pub(super) fn subtract(self, numerals: &mut [u16], limbs: &mut [u32]) {
        let radix = u64::from(self.radix);
        let mut borrow = 0;
        for numeral in numerals {
            let less = self.next_numeral(limbs).wrapping_add(borrow);
            borrow = u64::from(u64::from(*numeral) < less);
            let rest = u64::from(*numeral).wrapping_add(borrow.wrapping_mul(radix));
            *numeral = narrow(rest.wrapping_sub(less));
        }
    }

    /// Bytes that the numbers of so many numerals take [SP 800-38G, algorithm 7, step 3].
    pub(super) fn bytes_of(self, numerals: usize, limbs: &mut [u32]) -> usize {
        limbs.fill(0);
        let largest = self.radix - 1;
        for _ in 0..numerals {
            let mut carry = largest;
            for limb in &mut *limbs {
                (*limb, carry) = limb.carrying_mul(self.radix, carry);
            }
        }
        let bytes = limbs.iter().flat_map(|limb| limb.to_le_bytes());
        (1..)
            .zip(bytes)
            .filter(|(_, byte)| *byte != 0)
            .map(|(count, _)| count)
            .last()
            .unwrap_or(0)
    }
}

/// A numeral: numbers here are below 2^16.
fn narrow(number: u64) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_are_those_of_division() {
        for radix in [2, 3, 7, 10, 26, 36, 62, 255, 256, 257, 32_768, 65_535, 65_536] {
            let base = Radix::new(radix).unwrap();
            let radix = u64::from(radix);
            let edges = (0..1 << 16).map(|at| at * radix).filter(|edge| *edge < 1 << 48);
            for edge in edges.chain([(1 << 48) - 1, (1 << 48) / radix * radix, 1 << 47]) {
                for number in [edge.saturating_sub(1), edge, edge + 1] {
                    assert_eq!(
                        base.divide(number),
                        (number / radix, number % radix),
                        "{number} / {radix}"
                    );
                }
            }
        }
    }

    #[test]
    fn there_are_bases_from_2_to_65536() {
        for radix in [0, 1, 65_537, u32::MAX] {
            assert_eq!(Radix::new(radix), None);
        }
        let lens = [2, 10, 36, 999, 1000, 65_536].map(|radix| Radix::new(radix).unwrap().len_min());
        assert_eq!(lens, [20, 6, 4, 3, 2, 2]);
        let lens = [2, 10, 26, 36, 65_536].map(|radix| 2 * Radix::new(radix).unwrap().half_within_96_bits());
        assert_eq!(lens, [192, 56, 40, 36, 12]);
    }

    #[test]
    fn bytes_are_those_of_the_largest_number() {
        let bytes = |radix, numerals| Radix::new(radix).unwrap().bytes_of(numerals, &mut [0; 40]);
        assert_eq!(bytes(10, 5), 3);
        assert_eq!(bytes(10, 8), 4);
        assert_eq!(bytes(256, 7), 7);
        assert_eq!(bytes(2, 8), 1);
        assert_eq!(bytes(2, 9), 2);
        assert_eq!(bytes(65_536, 10), 20);
    }
}
