//! SLH-DSA: keys, and the randomness of signatures.

use super::*;

#[test]
fn a_generated_key_is_consistent_and_has_the_lengths_of_its_set() {
    for set in [
        ParameterSet::Sha2_128f,
        ParameterSet::Shake128f,
        ParameterSet::Sha2_256f,
    ] {
        let bytes = PrivateKey::generate(set).unwrap();
        assert_eq!(bytes.len(), set.private_len());
        let key = PrivateKey::from_bytes(set, &bytes).unwrap();
        let public = PublicKey::from_bytes(set, &bytes[set.public_len()..]).unwrap();
        let mut signature = vec![0; set.signature_len()];
        key.sign(Message::Pure(b"message"), b"", true, &mut signature)
            .unwrap();
        public.verify(Message::Pure(b"message"), b"", &signature).unwrap();
    }
}

#[test]
fn randomness_is_handed_out_once() {
    let mut drawn = Drawn::new().unwrap();
    let (mut one, mut two) = ([0; 32], [0; 32]);
    drawn.try_fill_bytes(&mut one).unwrap();
    drawn.fill_bytes(&mut two);
    assert_ne!(one, two);
    assert!(drawn.try_fill_bytes(&mut [0; 33]).is_err());
    assert_ne!(drawn.next_u64(), drawn.next_u64());
}

#[test]
fn keys_of_another_length_are_none() {
    for set in ParameterSet::ALL {
        for wrong in [0, set.private_len() - 1, set.private_len() + 1] {
            assert!(PrivateKey::from_bytes(set, &vec![0; wrong]).is_err());
        }
        for wrong in [0, set.public_len() - 1, set.public_len() + 1] {
            assert!(PublicKey::from_bytes(set, &vec![0; wrong]).is_err());
        }
    }
}
