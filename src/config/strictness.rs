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
    /// Keys of even parity, with equal parts, or all zeros do not come in.
    Refuse,
    /// Those with equal parts do.
    EqualParts,
    /// They do, but for those of zeros.
    Accept,
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
