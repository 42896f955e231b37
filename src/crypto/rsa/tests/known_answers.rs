//! Answers that others computed: Wycheproof, the OpenSSL project, and the draft on implicit rejection.

use crate::crypto::hash::Hash;
use crate::crypto::rsa::{CrtParts, Oaep, PrivateKey, Pss};
use crate::crypto::testing::hex;
use crate::error::Error;

fn key(modulus: &str, private_exponent: &str) -> PrivateKey {
    let parts = CrtParts::default();
    PrivateKey::from_components(&hex(modulus), &[1, 0, 1], &hex(private_exponent), parts).unwrap()
}

#[test]
fn implicit_rejection_is_that_of_the_draft() {
    let mut current = None;
    let mut cases = 0;
    for line in include_str!("../vectors/implicit_rejection.txt").lines() {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["key", _, modulus, private_exponent] => current = Some(key(modulus, private_exponent)),
            ["case", number, ciphertext, ref message @ ..] => {
                let key = current.as_ref().unwrap();
                let mut out = vec![0; key.block_len() - 11];
                let length = key.decrypt_pkcs1(&hex(ciphertext), &mut out).unwrap();
                assert_eq!(out[..length], hex(&message.concat()), "{number}");
                cases += 1;
            }
            _ => assert!(line.starts_with('#'), "{line}"),
        }
    }
    assert_eq!(cases, 24);
}

/// The key "RSA-2048" of OpenSSL's test/recipes/30-test_evp_data/evppkey_rsa_common.txt.
const OPENSSL_MODULUS: &str = "cd0081ea7b2ae1ea06d59f7c73d9ffb94a09615c2e4ba7c636cef08dd3533ec3185525b015c769b99a77d6725bf9c3532a9b6e5f6627d5fb85160768d3dda9cbd35974511717dc3d309d2fc47ee41f97e32adb7f9dd864a1c4767a666ecd71bc1aacf5e7517f4b38594fea9b05e42d5ada9912008013e45316a4d9bb8ed086b88d28758bacaf922d46a868b485d239c9baeb0e2b64592710f42b2d1ea0a4b4802c0becab328f8a68b0073bdb546feea9809d2849912b390c1532bc7e29c7658f8175fae46f34332ff87bcab3e40649b98577869da0ea718353f0722754886913648760d122be676e0fc483dd20ffc31bda96a31966c9aa2e75ad03de47e1c44f";
const OPENSSL_PRIVATE_EXPONENT: &str = "60297ac7991b167a06d6b24758b8cbe208beb9b2d9ec9738bd80f90a2e35005dd7ce292d9e29ba885bd316fef1f20913bc0ac90d6b0808b2414d82104441d8624a33ce0233c8f780a48b375aff02d76712228a702484db3f9ebecccfbbee1709dba182800d949e9e4216e0bff3558388f8bd90da373a1d82743ec3fbdd1427fd16825a657a316912e8695365117ca2f845c909405fcac55f895fc15d20386c26ee78c9e99075029a178a6c1e4cf0c200e8a9cfb27e9d156f86e6c2adc22b1a84a1cd5ca5b2790875d79407c84b352395cb81cc3fed5bb043b69ede0c07204550025cee8c5f440170b6120bb48e0f747bcd8f522110850df043c428dfd1870531";

#[test]
fn signatures_are_those_of_openssl() {
    // evppkey_rsa_common.txt, "RSA tests", the first: the input is taken for a SHA-1 digest.
    let expected = hex(
        "c09d402423cbf233d26cae21f954547bc43fe80fd41360a0336cfdbe9aedad05bef6fd2eaee6cd60089a52482d4809a238149520df3bdde4cb9e23d9307b05c0a6f327052325a29adf2cc95b66523be7024e2a585c3d4db15dfbe146efe0ecdc0402e33fe5d40324ee96c5c3edd374a15cdc0f5d84aa243c0f07e188c6518fbfceae158a9943be398e31097da81b62074f626eff738be6160741d5a26957a482b3251fd85d8df78b98148459de10aa93305dbb4a5230aa1da291a9b0e481918f99b7638d72bb687f97661d304ae145d64a474437a4ef39d7b8059332ddeb07e92bf6e0e3acaf8afedc93795e4511737ec1e7aab6d5bc9466afc950c1c17b48ad",
    );
    let key = key(OPENSSL_MODULUS, OPENSSL_PRIVATE_EXPONENT);
    let mut made = vec![0; 256];
    key.sign_pkcs1(Some(Hash::Sha1), b"0123456789ABCDEF1234", &mut made)
        .unwrap();
    assert_eq!(made, expected);
    key.public()
        .verify_pkcs1(Some(Hash::Sha1), b"0123456789ABCDEF1234", &expected)
        .unwrap();
    let zero_first = [&[0], &expected[..]].concat();
    let refused = key
        .public()
        .verify_pkcs1(Some(Hash::Sha1), b"0123456789ABCDEF1234", &zero_first);
    assert_eq!(refused, Err(Error::SignatureLenRange));
}

#[test]
fn forged_signatures_of_openssls_tests_are_refused() {
    // The same file: the parameter of DigestInfo is not NULL, garbage stands after DigestInfo.
    for signature in [
        "3ec3fc29eb6e122bd7aa361cd09fe1bcbe85311096a7b9e4799cedfb2351ce0ab7fe4e75b4f6b37f67edd9c60c800f9ab941c0c157d7d880ca9de40c951d60fd293ae220d4bc510b1572d6e85a1bbbd8605b52e05f1c64fafdae59a1c2fbed214b7844d0134619de62851d5a0522e32e556e5950f3f97b8150e3f0dffee612c924201c27cd9bc8b423a71533380c276d3d59fcba35a2e80a1a192ec266a6c2255012cd86a349fe90a542b355fa3355b04da6cdf1df77f0e7bd44a90e880e1760266d233e465226f5db1c68857847d82072861ee266ddfc2e596845b77e1803274a579835ab5e4975d81d20b7df9cec7795489e4a2bdb8c1cf6a6b359945ac92c",
        "9ee34872d4271a7d8808af0a4052a145a6d6a8437d00da3ed14428c7f087cd39f4d43334c41af63e7fa1ba363fee7bcef401d9d36a662abbab55ce89a696e1be0dfa19a5d09ca617dd488787b6048baaefeb29bc8688b2fe3882de2b77c905b5a8b56cf9616041e5ec934ba6de863efe93acc4eef783fe7f72a00fa65d6093ed32bf98ce527e62ccb1d56317f4be18b7e0f55d7c36617d2d0678a306e3350956b662ac15df45215dd8f6b314babb9788e6c272fa461e4c9b512a11a4b92bc77c3a4c95c903fccb238794eca5c750477bf56ea6ee6a167367d881b485ae3889e7c489af8fdf38e0c0f2aed780831182e34abedd43c39281b290774bf35cc25274",
    ] {
        let key = key(OPENSSL_MODULUS, OPENSSL_PRIVATE_EXPONENT);
        let refused = key
            .public()
            .verify_pkcs1(Some(Hash::Sha1), b"0123456789ABCDEF1234", &hex(signature));
        assert_eq!(refused, Err(Error::SignatureInvalid));
    }
}

#[test]
fn the_bare_operation_is_that_of_openssl() {
    // The same file, "RSADP Ciphertext = 2".
    let mut block = vec![0; 256];
    block[255] = 2;
    key(OPENSSL_MODULUS, OPENSSL_PRIVATE_EXPONENT)
        .raw(&mut block)
        .unwrap();
    let expected = "93d0bae8ad0d94de400eb078dd10edd7418ef1bf11b8e8b5d2b86b142e77d603e108fbcca2b976aa7b5326e5369db3bb73bf74f8d47c36a6318e913888c873502a561fc69329e7c24a0a016d81310449a52b29e49a6a41bdfe6c10a8d90072d64b4486756fd007c0071da2a8c7107a904621c11f0d81aa80b655a713c28170594ece28133dfbfddd61d4e4dad0d6781f6145a351a994054993fd57cd1330966ce97d7ac259b15616fd7235e2cac29fdc1c05f1612c61785614b80e7b650c03ef77d64163d75fa637cc2a9a7e570b3176fdcfb6ad6d25e8515f6ced02cfb3a441c87220044110fd27dcb53888f0377e1797bf297b7da27d3f033cd8b5d60ececc";
    assert_eq!(block, hex(expected));
}

/// The key of Wycheproof's rsa_oaep_2048_* and rsa_pss_2048_* files.
const WYCHEPROOF_MODULUS: &str = "00a2b451a07d0aa5f96e455671513550514a8a5b462ebef717094fa1fee82224e637f9746d3f7cafd31878d80325b6ef5a1700f65903b469429e89d6eac8845097b5ab393189db92512ed8a7711a1253facd20f79c15e8247f3d3e42e46e48c98e254a2fe9765313a03eff8f17e1a029397a1fa26a8dce26f490ed81299615d9814c22da610428e09c7d9658594266f5c021d0fceca08d945a12be82de4d1ece6b4c03145b5d3495d4ed5411eb878daf05fd7afc3e09ada0f1126422f590975a1969816f48698bcbba1b4d9cae79d460d8f9f85e7975005d9bc22c4e5ac0f7c1a45d12569a62807d3b9a02e5a530e773066f453d1f5b4c2e9cf7820283f742b9d5";
const WYCHEPROOF_PRIVATE_EXPONENT: &str = "24cdc62317f5d72a6f6ba6cc9632899b01d1ff28867d72f61688995bc855a4e420a8405250089bdb13cf8e09543827b748b9d27fbb2b4d9e20af8c5a6a862796d1a4cc18ad16ea678bc1bd4a83bbbe9c5e57453b5ce7388e41a3ba4ce2b77b4438a229e954f720dae0353dc088ac8a76b26dc276f8e1b7851ddd6398ad16ff2e78195123b9b036e945c38c9d12434f6df76fe22359eb3e1ac9c011678fc926fad3ae475a4fffff55feb2d147e9c894f4c0e29a599e762462482d968bf42780945fc0d2c31c573c4431b8f4fe8b8c67bec815abd44f7a86edca1c2308737358d2c2ae5e2e0e2dadf730980262377e58b13b7d9992060a0bc870ccfdb4a9319ee1";

#[test]
fn oaep_ciphertexts_of_wycheproof_open() {
    // rsa_oaep_2048_sha256_mgf1sha1_test.json, tests 4 and 9.
    for (label, ciphertext) in [
        (
            "",
            "822e8870c00908cbf5032226547d38e423deb912c49c9fcbee66920cd2e9e3197b3fd7428cbbc5e90e660545720f180ac0ce06205cef8735446de30df32c8797380ccce9c0512eb285b7bffd883ef00fe118f027bdc75700e511226ec4da35f406e460fb88f9af2e9c4ec219387676ae21cadfad0fb1d704be69d0ebcdda90dff7e172612c972c6a974b828acee6ca186c71b50376d1ed5eb6c107408065473d53a2ebedc833f07f60f909a6c42464d79d76f94531a0d386213fce5efc2e66f311e73b06142f8245b063b9e395722dbea029dabe5ed1c12788b890974ba1d28492cce2c90e0a3026c282964763a030a7f7f3f76a72843a97d9eee17cdbbb00f4",
        ),
        (
            "000102030405060708090a0b0c0d0e0f10111213",
            "31478424e4255ab21a4d9a8c5a3daa8f0dd5416f79c2baab2fbeef406f76c493cb436acd030e0bc4d09432d9983860c01b1c559ce095b7d91761ac2e4bc5513c68ae6bdf747d556a84ac07133233368fc92d4f32f9bc9fc415c3d0dfa87f84853a828fdd103b8ade889a020f965304cae5324f78e36c72cf5d8b94496a6f48b03a9ee3f32fb435d48d31002ace7d212a108fef640f55e715a148335b396e900ca3fe96a0854764b54c3187e37d9eb5a65b54ce6676d3747bfda91ed2f536d79a6976fcfbbd683ecee32c5a8dc29622f789579a370eb7d66a1404a376a43ef584a0e2eddea06fe60c28ae08b7d1a8af26b20e50e9a8b3f8654e183219af3dd508",
        ),
    ] {
        let label = hex(label);
        let oaep = Oaep {
            hash: Hash::Sha256,
            mgf: Hash::Sha1,
            label: &label,
        };
        let mut out = vec![0; 190];
        let key = key(WYCHEPROOF_MODULUS, WYCHEPROOF_PRIVATE_EXPONENT);
        let length = key.decrypt_oaep(&oaep, &hex(ciphertext), &mut out).unwrap();
        assert_eq!(out[..length], *b"123400");
    }
}

#[test]
fn an_oaep_ciphertext_of_openssl_opens() {
    // evppkey_rsa_common.txt, "OAEP padding": the defaults, SHA-1 and no label.
    let ciphertext = hex(
        "458708DFBD42A1297CE7A9C86C7087AB80B1754810929B89C5107CA55368587686986FCE94D86CC1595B3FB736223A656EC0F34D18BA1CC5665593610F56C58E26B272D584F3D983A5C91085700755AEBD921FB280BBA3EDA7046EC07B43E7298E52D59EDC92BE4639A8CE08B2F85976ECF6D98CC469EEB9D5D8E2A32EA8A6626EDAFE1038B3DF455668A9F3C77CAD8B92FB872E00058C3D2A7EDE1A1F03FC5622084AE04D9D24F6BF0995C58D35B93B699B9763595E123F2AB0863CC9229EB290E2EDE7715C7A8F39E0B9A3E2E1B56EBB62F1CBFBB5986FB212EBD785B83D01D968B11D1756C7337F70C1F1A63BFF03608E24F3A2FD44E67F832A8701C5D5AF",
    );
    let oaep = Oaep {
        hash: Hash::Sha1,
        mgf: Hash::Sha1,
        label: b"",
    };
    let mut out = vec![0; 256];
    let length = key(OPENSSL_MODULUS, OPENSSL_PRIVATE_EXPONENT)
        .decrypt_oaep(&oaep, &ciphertext, &mut out)
        .unwrap();
    assert_eq!(out[..length], *b"Hello World");
}

#[test]
fn a_pss_signature_of_wycheproof_is_the_one_that_is_made() {
    // rsa_pss_2048_sha256_mgf1_0_test.json, test 4. Without a salt, PSS is not random.
    let expected = hex(
        "5e91b5dcbf02d6f19621d41a83dc8f15ea83c0edb83765ef029b0acac2e1ec8918b1d2afe1fadf11c48d27594cb9c01fed79d90e5d5a8085c438450111aa7d9fa39c2345b14fc3c2cb34128f86db5eb00bdf8dfe38d61f29a41fe31342e7aaefcb4b122eb5d63c2f5c263c8df8450e9428ffef974d535818d51dc03a7d60c8b2d16c999ae46d73ab40515fe601d9b89b1d09c6d60cd51639a97c1d211e097609ba5e8c319c6fbd21b34a634ec8fb8971c5aae21c70b847a4539cc10dc314ddd8a9629e8a0e51c66c0cb61fd1f7228c01c6769190abe9bac9a3897800050014358594e0fb20dbb458b12aa1346826cc9f7e9c5352b073d62853dafe77c848cb1f",
    );
    let key = key(WYCHEPROOF_MODULUS, WYCHEPROOF_PRIVATE_EXPONENT);
    let pss = Pss {
        hash: Hash::Sha256,
        mgf: Hash::Sha256,
        salt_len: 0,
    };
    let mut digest = [0; 32];
    Hash::Sha256.digest(b"123400", &mut digest);
    let mut made = vec![0; 256];
    key.sign_pss(&pss, &digest, &mut made).unwrap();
    assert_eq!(made, expected);
    key.public().verify_pss(&pss, &digest, &expected).unwrap();
}
