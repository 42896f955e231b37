use super::*;
use crate::crypto::aes::AesKey;
use crate::crypto::testing::hex;

const ALPHABET: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

fn numerals(text: &str) -> Vec<u16> {
    let place = |byte| ALPHABET.iter().position(|letter| *letter == byte).unwrap();
    text.bytes().map(|byte| place(byte).try_into().unwrap()).collect()
}

fn ff1(key: &str, radix: u32, tweak: &[u8], direction: Direction, input: &[u16]) -> Vec<u16> {
    let key = AesKey::new(&hex(key)).unwrap();
    let encrypt = |block: &mut Block| key.encrypt_block(block);
    let radix = Radix::new(radix).unwrap();
    let mut output = Vec::new();
    Ff1::new(radix, tweak, input.len(), &encrypt)
        .unwrap()
        .apply(
            direction,
            input.iter().copied(),
            |numeral| output.push(numeral),
            &encrypt,
        )
        .unwrap();
    output
}

fn ff3(key: &str, network: &Ff3, direction: Direction, input: &[u16]) -> Vec<u16> {
    let mut key = hex(key);
    key.reverse();
    let key = AesKey::new(&key).unwrap();
    let encrypt = |block: &mut Block| key.encrypt_block(block);
    let mut output = Vec::new();
    network
        .apply(
            direction,
            input.iter().copied(),
            |numeral| output.push(numeral),
            &encrypt,
        )
        .unwrap();
    output
}

/// [NIST, "FF1samples.pdf": all nine].
#[test]
fn ff1_gives_the_samples_of_nist() {
    const KEY: &str = "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94";
    const DECIMAL: &str = "0123456789";
    const LETTERS: &str = "0123456789abcdefghi";
    for (key_len, radix, tweak, plaintext, ciphertext) in [
        (32, 10, "", DECIMAL, "2433477484"),
        (32, 10, "39383736353433323130", DECIMAL, "6124200773"),
        (32, 36, "3737373770717273373737", LETTERS, "a9tv40mll9kdu509eum"),
        (48, 10, "", DECIMAL, "2830668132"),
        (48, 10, "39383736353433323130", DECIMAL, "2496655549"),
        (48, 36, "3737373770717273373737", LETTERS, "xbj3kv35jrawxv32ysr"),
        (64, 10, "", DECIMAL, "6657667009"),
        (64, 10, "39383736353433323130", DECIMAL, "1001623463"),
        (64, 36, "3737373770717273373737", LETTERS, "xs8a0azh2avyalyzuwd"),
    ] {
        let (key, tweak) = (&KEY[..key_len], hex(tweak));
        let (plain, sealed) = (numerals(plaintext), numerals(ciphertext));
        assert_eq!(ff1(key, radix, &tweak, Direction::Encrypt, &plain), sealed);
        assert_eq!(ff1(key, radix, &tweak, Direction::Decrypt, &sealed), plain);
    }
}

/// [NIST, "FF3samples.pdf": all fifteen, of FF3 before its tweak was shortened.] Those of the tweak zero are of FF3-1, too.
#[test]
fn the_rounds_of_ff3_give_the_samples_of_nist() {
    const KEY: &str = "EF4359D8D580AA4F7F036D6F04FC6A942B7E151628AED2A6ABF7158809CF4F3C";
    const SHORT: &str = "890121234567890000";
    const LONG: &str = "89012123456789000000789000000";
    const LETTERS: &str = "0123456789abcdefghi";
    const TWEAK: u64 = 0xD8E7_920A_FA33_0A73;
    const OTHER: u64 = 0x9A76_8A92_F60E_12D8;
    for (key_len, answers) in [
        (
            32,
            [
                "750918814058654607",
                "018989839189395384",
                "48598367162252569629397416226",
                "34695224821734535122613701434",
                "g2pk40i992fn20cjakb",
            ],
        ),
        (
            48,
            [
                "646965393875028755",
                "961610514491424446",
                "53048884065350204541786380807",
                "98083802678820389295041483512",
                "i0ihe2jfj7a9opf9p88",
            ],
        ),
        (
            64,
            [
                "922011205562777495",
                "504149865578056140",
                "04344343235792599165734622699",
                "30859239999374053872365555822",
                "p0b2godfja9bhb7bk38",
            ],
        ),
    ] {
        let inputs = [
            (10, TWEAK, SHORT),
            (10, OTHER, SHORT),
            (10, TWEAK, LONG),
            (10, 0, LONG),
            (26, OTHER, LETTERS),
        ];
        for ((radix, tweak, plaintext), ciphertext) in inputs.into_iter().zip(answers) {
            let radix = Radix::new(radix).unwrap();
            let (plain, sealed) = (numerals(plaintext), numerals(ciphertext));
            let mut networks = vec![Ff3::of_first_edition(radix, tweak)];
            if tweak == 0 {
                networks.push(Ff3::new(radix, &[0; 7]));
            }
            for network in networks {
                assert_eq!(ff3(&KEY[..key_len], &network, Direction::Encrypt, &plain), sealed);
                assert_eq!(ff3(&KEY[..key_len], &network, Direction::Decrypt, &sealed), plain);
            }
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// The same as the crate `fpe` gives, with another cipher and other arithmetic.
    #[test]
    fn ff1_agrees_with_another_implementation(
        key: [u8; 16],
        radix in 2_u32..=65_535,
        tweak in proptest::collection::vec(proptest::num::u8::ANY, 0..40),
        input in proptest::collection::vec(proptest::num::u16::ANY, 20..200),
    ) {
        let input: Vec<u16> = input.iter().map(|one| (u32::from(*one) % radix).try_into().unwrap()).collect();
        let theirs = fpe::ff1::FF1::<aes_08::Aes128>::new(&key, radix).unwrap();
        let text = fpe::ff1::FlexibleNumeralString::from(input.clone());
        let expected: Vec<u16> = theirs.encrypt(&tweak, &text).unwrap().into();
        let key = key.map(|byte| format!("{byte:02x}")).concat();
        let output = ff1(&key, radix, &tweak, Direction::Encrypt, &input);
        proptest::prop_assert_eq!(&output, &expected);
        proptest::prop_assert_eq!(ff1(&key, radix, &tweak, Direction::Decrypt, &output), input);
    }

    #[test]
    fn decryption_is_the_inverse_at_every_length(
        radix in 2_u32..=65_536,
        length in 2_usize..=LEN_MAX,
        seed: u64,
        tweak: [u8; 7],
    ) {
        let next = |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        let input: Vec<u16> = std::iter::successors(Some(seed), next)
            .map(|state| ((state >> 33) % u64::from(radix)).try_into().unwrap())
            .take(length)
            .collect();
        let key = "00112233445566778899aabbccddeeff";
        let output = ff1(key, radix, &tweak, Direction::Encrypt, &input);
        proptest::prop_assert!(output.iter().all(|numeral| u32::from(*numeral) < radix));
        proptest::prop_assert_eq!(ff1(key, radix, &tweak, Direction::Decrypt, &output), &input[..]);
        let radix = Radix::new(radix).unwrap();
        let input = &input[..length.min(Ff3::len_max(radix))];
        let network = Ff3::new(radix, &tweak);
        let output = ff3(key, &network, Direction::Encrypt, input);
        proptest::prop_assert!(output.iter().all(|numeral| u32::from(*numeral) < radix.get()));
        proptest::prop_assert_eq!(ff3(key, &network, Direction::Decrypt, &output), input);
    }
}

#[test]
fn strings_of_wrong_lengths_are_refused() {
    let encrypt = |_: &mut Block| ();
    let radix = Radix::new(10).unwrap();
    for length in [0, 1, LEN_MAX + 1, usize::MAX] {
        assert!(Ff1::new(radix, b"", length, &encrypt).is_err());
    }
    let network = Ff3::new(radix, &[0; 7]);
    for length in [0, 1, 57] {
        let input = std::iter::repeat_n(0, length);
        assert!(
            network
                .apply(Direction::Encrypt, input, |_| (), &encrypt)
                .is_err()
        );
    }
}
