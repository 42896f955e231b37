//! Certificate types. Values come from `cryptoki-sys`; names are the standard's.

use super::CertificateType;

super::standard_names! { CertificateType:
    CKC_X_509,
    CKC_X_509_ATTR_CERT,
    CKC_WTLS,
    CKC_VENDOR_DEFINED,
}
