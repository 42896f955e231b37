//! Keys and other objects that many tests need.

use super::{Answer, Mech, Session, a, hex, with};
use cryptoki_sys::*;

/// Curves by their DER object identifiers.
pub mod curve {
    pub const P192: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01];
    pub const P224: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x21];
    pub const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    pub const P384: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
    pub const P521: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23];
    pub const SECP256K1: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a];
    pub const BRAINPOOL_P224R1: &[u8] = &[0x06, 0x09, 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x05];
    pub const BRAINPOOL_P224T1: &[u8] = &[0x06, 0x09, 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x06];
    pub const BRAINPOOL_P256R1: &[u8] = &[0x06, 0x09, 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07];
    pub const BRAINPOOL_P256T1: &[u8] = &[0x06, 0x09, 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x08];
    pub const BRAINPOOL_P320R1: &[u8] = &[0x06, 0x09, 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x09];
    pub const BRAINPOOL_P320T1: &[u8] = &[0x06, 0x09, 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0a];
    pub const BRAINPOOL_P384R1: &[u8] = &[0x06, 0x09, 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0b];
    pub const BRAINPOOL_P384T1: &[u8] = &[0x06, 0x09, 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0c];
    pub const BRAINPOOL_P512R1: &[u8] = &[0x06, 0x09, 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0d];
    pub const BRAINPOOL_P512T1: &[u8] = &[0x06, 0x09, 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0e];
    pub const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];
    pub const X25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x6e];
    pub const ED448: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x71];
    pub const X448: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x6f];
    /// The other form of `CKA_EC_PARAMS` [PKCS#11 3.2, 6.3.1]: a PrintableString with the name.
    pub const ED25519_NAME: &[u8] = b"\x13\x0cedwards25519";
    pub const X25519_NAME: &[u8] = b"\x13\x0acurve25519";
    /// The Weierstrass curves with their sizes in bits.
    pub const WEIERSTRASS: [(&[u8], usize); 16] = [
        (P192, 192),
        (P224, 224),
        (P256, 256),
        (P384, 384),
        (P521, 521),
        (SECP256K1, 256),
        (BRAINPOOL_P224R1, 224),
        (BRAINPOOL_P224T1, 224),
        (BRAINPOOL_P256R1, 256),
        (BRAINPOOL_P256T1, 256),
        (BRAINPOOL_P320R1, 320),
        (BRAINPOOL_P320T1, 320),
        (BRAINPOOL_P384R1, 384),
        (BRAINPOOL_P384T1, 384),
        (BRAINPOOL_P512R1, 512),
        (BRAINPOOL_P512T1, 512),
    ];
}

/// A secret key that is imported and may do and show everything.
pub fn open_secret(key_type: CK_KEY_TYPE, value: &[u8]) -> Vec<CK_ATTRIBUTE> {
    vec![
        a(CKA_CLASS, CKO_SECRET_KEY),
        a(CKA_KEY_TYPE, key_type),
        a(CKA_SENSITIVE, false),
        a(CKA_EXTRACTABLE, true),
        a(CKA_VALUE, value),
    ]
}

/// A data object.
pub fn data(label: &str, value: &[u8]) -> Vec<CK_ATTRIBUTE> {
    vec![a(CKA_CLASS, CKO_DATA), a(CKA_LABEL, label), a(CKA_VALUE, value)]
}

/// On the token, not only in the session.
pub fn on_token(template: &[CK_ATTRIBUTE]) -> Vec<CK_ATTRIBUTE> {
    with(template, &[a(CKA_TOKEN, true)])
}

impl Session {
    /// An AES key with the module's defaults.
    pub fn aes(&self, bytes: CK_ULONG) -> CK_OBJECT_HANDLE {
        self.aes_with(bytes, &[]).unwrap()
    }

    /// An AES key with more attributes.
    pub fn aes_with(&self, bytes: CK_ULONG, more: &[CK_ATTRIBUTE]) -> Answer<CK_OBJECT_HANDLE> {
        self.generate_key(
            Mech::new(CKM_AES_KEY_GEN),
            &with(&[a(CKA_VALUE_LEN, bytes)], more),
        )
    }

    /// A generic secret with the module's defaults.
    pub fn secret(&self, bytes: CK_ULONG) -> CK_OBJECT_HANDLE {
        self.generate_key(Mech::new(CKM_GENERIC_SECRET_KEY_GEN), &[a(CKA_VALUE_LEN, bytes)])
            .unwrap()
    }

    /// An imported key that is open to everything.
    pub fn import(&self, key_type: CK_KEY_TYPE, value: &[u8]) -> CK_OBJECT_HANDLE {
        self.create(&open_secret(key_type, value)).unwrap()
    }

    /// An RSA pair of 2048 bits.
    pub fn rsa(&self) -> (CK_OBJECT_HANDLE, CK_OBJECT_HANDLE) {
        self.rsa_with(2048, &[], &[]).unwrap()
    }

    /// An RSA pair.
    pub fn rsa_with(
        &self,
        bits: CK_ULONG,
        public: &[CK_ATTRIBUTE],
        private: &[CK_ATTRIBUTE],
    ) -> Answer<(CK_OBJECT_HANDLE, CK_OBJECT_HANDLE)> {
        let public = with(&[a(CKA_MODULUS_BITS, bits)], public);
        self.generate_pair(Mech::new(CKM_RSA_PKCS_KEY_PAIR_GEN), &public, private)
    }

    /// An EC pair on one of the Weierstrass curves.
    pub fn ec(&self, curve: &[u8]) -> (CK_OBJECT_HANDLE, CK_OBJECT_HANDLE) {
        self.pair_on(CKM_EC_KEY_PAIR_GEN, curve, &[], &[]).unwrap()
    }

    /// An Ed25519 pair.
    pub fn ed25519(&self) -> (CK_OBJECT_HANDLE, CK_OBJECT_HANDLE) {
        self.pair_on(CKM_EC_EDWARDS_KEY_PAIR_GEN, curve::ED25519, &[], &[])
            .unwrap()
    }

    /// An X25519 pair.
    pub fn x25519(&self) -> (CK_OBJECT_HANDLE, CK_OBJECT_HANDLE) {
        self.pair_on(CKM_EC_MONTGOMERY_KEY_PAIR_GEN, curve::X25519, &[], &[])
            .unwrap()
    }

    /// A pair on a curve.
    pub fn pair_on(
        &self,
        mechanism: CK_MECHANISM_TYPE,
        curve: &[u8],
        public: &[CK_ATTRIBUTE],
        private: &[CK_ATTRIBUTE],
    ) -> Answer<(CK_OBJECT_HANDLE, CK_OBJECT_HANDLE)> {
        self.generate_pair(
            Mech::new(mechanism),
            &with(&[a(CKA_EC_PARAMS, curve)], public),
            private,
        )
    }
}

/// An RSA key of 2048 bits, made with OpenSSL 3.0 for these tests, as a template without CRT parts.
pub fn rsa_template() -> Vec<CK_ATTRIBUTE> {
    vec![
        a(CKA_CLASS, CKO_PRIVATE_KEY),
        a(CKA_KEY_TYPE, CKK_RSA),
        a(CKA_MODULUS, hex(RSA_N)),
        a(CKA_PUBLIC_EXPONENT, hex("010001")),
        a(CKA_PRIVATE_EXPONENT, hex(RSA_D)),
    ]
}

/// Its CRT parts.
pub fn rsa_crt() -> Vec<CK_ATTRIBUTE> {
    vec![
        a(CKA_PRIME_1, hex(RSA_P)),
        a(CKA_PRIME_2, hex(RSA_Q)),
        a(CKA_EXPONENT_1, hex(RSA_DP)),
        a(CKA_EXPONENT_2, hex(RSA_DQ)),
        a(CKA_COEFFICIENT, hex(RSA_QI)),
    ]
}

const RSA_N: &str = "
    d302436af9720b3f210710ff7f633d82324b5c9c4bca659547d39905dd1280704e1e962ffe9d5b3d96d1c3e5af657980
    c4467df32640887b6680f42938f977bff8fff0f5d3a1396c0e1dd8646e4aabd46502e90cc26ce10503a17fa3db5b97d8
    e8df8ecb6798be7967adf23545fb56b3ba63b9be29191979f0bf21403cfbc0a7076157acbd6a63294d1f2c440c29e50e
    1f1a5f119a8b6b72f141397e39cf66d6e621b71ab5de741b638c511a73f25dddf1594192e60fb64e7a3914e03d26300e
    4899f3f1bc356beef817e328cea8ccf0f50ad59f2ed2229463455fabd6d6edddd8108ed1e7e3b4140b5c88da8462c0f2
    a880773e96b3c3bf435c1b1020b88f89";
const RSA_D: &str = "
    6873315e2db6373cfba35cd5ac803a7d4d5a22b0b78fabb33687d6b2a1593c3cdb5ea6a78158f1464e76ed8aafc5025d
    2c4b5ca354e712e84ab840a47b307a078c415d4cc282874326c5bd4d118f62f9533b1a9397568018945088375b293ec4
    3f9a123c3bbecf629760f2894e67f8e624b8a2c42fe1ddcb8fd17cab28c4d1fab575c77e982aa22d2d0b29d4b8cc63a4
    0afcfe90c197e442607783f12046ed28878a2694636324c016586e4771946bfdb2c4379b937eb910ff077e37a91b1adb
    a7b88d3798773c0e6480bccbb83781879975f7d57f20ce3db0039b90217efc1d3279c12f61b350d57c2dc48c39281c45
    4d952b633a960ba2dfdecd7df1d554e5";
const RSA_P: &str = "
    fc9adfbe96b5904839a7d320a34b04cca8bccf185d2be0a81599a34c2017d48f67328314f872b6ed226f227e9c6d475a
    1e3744152b5c97a49ac4b10416465d00d2f147167283669b8481d4f7e72c5fbdbd9910cc388c21f2f7cc7c5eaf6a3dc2
    5d4782ffc1d1c6878205aeee88e2d8626d962470495bc1ae1bbaf1f127708333";
const RSA_Q: &str = "
    d5d8458093742f0ef235b5b41d498fed625042e2cdbd0dfb786437444dc87a9a188e4c387b1d4879a586aad77821ab63
    ea18d3546eff1fb519f2d86b9ebe860d39e79bc14df33adefcf0b124473481fa1581ef8925c6c0cf64683fa39212e989
    d586f5ab4903ce675e5c8d07908e07c92aa9dc2e750ae093c244dc99fee9e253";
const RSA_DP: &str = "
    3ed299b0c1b498148e5a41b4cd47bc02d63856dcfd570b416255da79f54557f4ee3a6ec54960e643a59bb41d7ef3e299
    f407d4a3db2be4fee80ae0e75e4ed3947fe1c7c73a6599a035dd4045033652fd5268fdf77c5cc598b2ae25843ae61643
    ff84e87c890c8dee6794d843b4c18e0534b1f190077e8d75aaa9dcc01809f067";
const RSA_DQ: &str = "
    90391466eb0be8d103ba059a3c4668b38922e8795e98aadd770cdfd9493c74b388ec2fabc81cafcc9b3e7fea6233130c
    87cdc679a3829d37df1051b603922b86b00eec952aa568870bc0a937f66e0b5b473622ff34631f96bff92f327a4a1707
    c6e306bd46b93273b4c866b53b610f0f359ee9c8cb5752af54ce6c99cfba9dd1";
const RSA_QI: &str = "
    20f37ad236c4ccda39651302441646bc4eb9a4d93c72a94d0d4ce04c4db32a33775082a087c4048d14ddec4d6b6432bd
    dc776fc6998be663cfa16867d54d6094cb43d8a42a61df5ee8e1493fb8cd31df26084f3a9627927ff0e216ea7cba2dc7
    8e4a829e49c72ad4c3abfae6f0fc69414ed782e9b17e3e74f2102fb5432e803a";
