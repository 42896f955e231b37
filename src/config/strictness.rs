//! `[strictness]` and `[payment]`: what differs from the letter of the standard, or from what devices ask of keys.

/// `[strictness]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strictness {
    /// What a usage flag is that a template leaves out.
    pub usage_defaults: UsageDefaults,
    /// How CKA_EC_POINT of Edwards and Montgomery keys is told.
    pub ec_point_encoding: EcPointEncoding,
    /// What the refusals of vendor mechanisms are answered with.
    pub return_values: ReturnValues,
    /// Accept the parameter string that NSS passes in `pReserved` of C_Initialize.
    pub nss_reserved: bool,
}

/// `[payment]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// What becomes of weak payment keys that come in.
    pub weak_keys: WeakKeys,
    /// Whether C_GetAttributeValue tells the values of payment keys.
    pub readable_keys: ReadableKeys,
    /// What says the usage of payment keys that come in without a header.
    pub headerless_keys: HeaderlessKeys,
    /// Under which local master keys a key counts as staying where it is.
    pub local_master_keys: LocalMasterKeys,
}

/// A word of `compat`: whose mechanisms answer under their own numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// Thales Luna.
    Luna,
    /// SafeNet ProtectToolkit-C.
    ProtectToolkit,
}

/// `payment.weak_keys`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeakKeys {
    /// Keys of even parity, with equal or weak parts, or all zeros do not come in.
    Refuse,
    /// Those with equal parts do.
    EqualParts,
    /// They do, but for those of zeros.
    Accept,
}

/// `payment.readable_keys`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadableKeys {
    /// The value of a payment key is never told.
    Refuse,
    /// It is told as that of any key, by CKA_SENSITIVE and CKA_EXTRACTABLE: for tests.
    Accept,
}

/// `payment.headerless_keys`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderlessKeys {
    /// The caller's template says what a key is that is unwrapped from a form without a header.
    Template,
    /// The unwrapping key's CKA_UNWRAP_TEMPLATE says it.
    Forced,
}

/// `payment.local_master_keys`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalMasterKeys {
    /// Under those that CKM_VHSM_LMK_GEN has made here, and those that the SO trusts.
    Trusted,
    /// Under all of them.
    Any,
}

/// `strictness.return_values`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnValues {
    /// Vendor mechanisms tell their reasons apart by vendor return values.
    Vendor,
    /// The standard's alone.
    Standard,
}

/// `strictness.ec_point_encoding`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EcPointEncoding {
    /// The bytes of RFC 8032 and RFC 7748, as PKCS#11 has it since 3.1.
    Raw,
    /// In a DER octet string, as points of other curves: what clients of PKCS#11 3.0 expect.
    Der,
}

/// `strictness.usage_defaults`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsageDefaults {
    /// TRUE for every use that the key type can do.
    AsKeyType,
    /// FALSE.
    Explicit,
}
