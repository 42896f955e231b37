//! Sealed records: they open at their place as they were sealed, and nothing else opens anywhere.
#![no_main]

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use vhsm::error::{Error, Result};
use vhsm::secret::SecretBytes;
use vhsm::store::{LockedKey, ObjectId, Place, Purpose, SealKey, TokenId};

#[derive(Arbitrary, Debug)]
struct Input {
    place: AnyPlace,
    other: AnyPlace,
    at: u16,
    flip: u8,
    cut: u8,
    bytes: Vec<u8>,
}

#[derive(Arbitrary, Debug)]
struct AnyPlace {
    purpose: u8,
    token: [u8; 16],
    object: u64,
    version: u64,
    private: bool,
}

impl AnyPlace {
    fn place(&self) -> Place {
        Place {
            purpose: match self.purpose % 4 {
                0 => Purpose::Header,
                1 => Purpose::Object,
                2 => Purpose::UserTokenKey,
                _ => Purpose::SoTokenKey,
            },
            token: TokenId(self.token),
            object: ObjectId(self.object),
            version: self.version,
            private: self.private,
        }
    }
}

static KEY: LazyLock<SealKey> = LazyLock::new(|| SealKey::new(&LockedKey::new(&[7; 32]).unwrap()).unwrap());

fn is_damage(opened: Result<SecretBytes>) {
    assert!(matches!(opened, Err(Error::StoreDamaged(_))));
}

fuzz_target!(|input: Input| {
    let (place, other) = (input.place.place(), input.other.place());
    is_damage(KEY.open(&place, &input.bytes));
    let mut sealed = KEY.seal(&place, &input.bytes).unwrap();
    assert_eq!(&*KEY.open(&place, &sealed).unwrap(), &*input.bytes);
    if place != other {
        is_damage(KEY.open(&other, &sealed));
    }
    if input.cut != 0 {
        is_damage(KEY.open(
            &place,
            &sealed[..sealed.len().saturating_sub(usize::from(input.cut))],
        ));
    }
    if input.flip != 0 {
        let at = usize::from(input.at) % sealed.len();
        sealed[at] ^= input.flip;
        is_damage(KEY.open(&place, &sealed));
    }
});
