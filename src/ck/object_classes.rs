//! Object classes. Values come from `cryptoki-sys`; names are the standard's.

use super::ObjectClass;

super::standard_names! { ObjectClass:
    CKO_DATA,
    CKO_CERTIFICATE,
    CKO_PUBLIC_KEY,
    CKO_PRIVATE_KEY,
    CKO_SECRET_KEY,
    CKO_HW_FEATURE,
    CKO_DOMAIN_PARAMETERS,
    CKO_MECHANISM,
    CKO_OTP_KEY,
    CKO_PROFILE,
    CKO_VALIDATION,
    CKO_TRUST,
    CKO_VENDOR_DEFINED,
}
