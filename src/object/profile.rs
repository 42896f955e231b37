//! The CKO_PROFILE objects that every token shows [PKCS#11 3.2, 4.14; PKCS#11 Profiles 3.2, 5].

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;

/// The profiles that the module fulfils.
const PROFILES: &[(u64, &str)] = &[
    (sys::CKP_BASELINE_PROVIDER, "CKP_BASELINE_PROVIDER"),
    (sys::CKP_EXTENDED_PROVIDER, "CKP_EXTENDED_PROVIDER"),
    (sys::CKP_AUTHENTICATION_TOKEN, "CKP_AUTHENTICATION_TOKEN"),
    (
        sys::CKP_PUBLIC_CERTIFICATES_TOKEN,
        "CKP_PUBLIC_CERTIFICATES_TOKEN",
    ),
];

/// The attributes of the profile objects, the same on every token: public, and neither changed nor destroyed.
#[must_use]
pub fn objects() -> Vec<AttributeSet> {
    PROFILES
        .iter()
        .map(|(id, name)| {
            AttributeSet::from_iter([
                (CKA_CLASS, Value::Ulong(CKO_PROFILE.0)),
                (CKA_PROFILE_ID, Value::Ulong(*id)),
                (CKA_UNIQUE_ID, Value::bytes(name.as_bytes())),
                (CKA_LABEL, Value::bytes(&[])),
                (CKA_TOKEN, Value::Bool(true)),
                (CKA_PRIVATE, Value::Bool(false)),
                (CKA_MODIFIABLE, Value::Bool(false)),
                (CKA_COPYABLE, Value::Bool(false)),
                (CKA_DESTROYABLE, Value::Bool(false)),
            ])
        })
        .collect()
}
