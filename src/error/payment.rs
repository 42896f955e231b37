//! [`PaymentFault`] and [`PinFault`]: why a payment mechanism refuses, told apart by vendor return values.

/// What is wrong with a payment key. Each has a vendor return value, and a standard one for programs that know no
/// other (`strictness.return_values = "standard"`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PaymentFault {
    /// CKA_VHSM_KEY_USAGE, or a general key where a payment key belongs.
    Usage,
    /// CKA_VHSM_MODE_OF_USE.
    ModeOfUse,
    /// CKA_VHSM_KEY_ALGORITHM.
    Algorithm,
    /// CKA_VHSM_EXPORTABILITY.
    NotExportable,
    /// A byte of even parity.
    Parity,
    /// All zeros.
    AllZero,
    /// Halves that are the same.
    Masquerades,
    /// A part that is a weak or semi-weak key of DES.
    Weak,
    /// CKA_END_DATE, or the date of a key block.
    Expired,
    /// CKA_START_DATE, or the date of a key block.
    NotYetValid,
    /// The status in a key block.
    Status,
    /// Another local master key, or none of this form.
    LmkId,
    /// A key type code that does not go with the usage.
    TypeCode,
}

impl std::fmt::Display for PaymentFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Usage => "the key's payment usage does not allow this",
            Self::ModeOfUse => "the key's mode of use does not allow this",
            Self::Algorithm => "the key is for another algorithm",
            Self::NotExportable => "the key may not leave so",
            Self::Parity => "the key's parity is not odd",
            Self::AllZero => "the key, or two of its components together, are all zeros",
            Self::Masquerades => "the key is a shorter one that looks like a longer one",
            Self::Weak => "the key has a weak part",
            Self::Expired => "the key is no longer valid",
            Self::NotYetValid => "the key is not valid yet",
            Self::Status => "the key's status does not allow this",
            Self::LmkId => "the local master key is another one",
            Self::TypeCode => "the key type code does not allow this",
        })
    }
}

/// What is wrong with the header of a key block whose MAC is right, or which says not where it ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HeaderFault {
    /// Other characters than letters and digits in the usage.
    Usage,
    /// Another character in the algorithm.
    Algorithm,
    /// There is no such mode of use.
    ModeOfUse,
    /// Other characters in the key's version.
    KeyVersion,
    /// Other than E, N and S.
    Exportability,
    /// The number of optional blocks is none.
    Count,
    /// An optional block of another form than its identifier promises, or longer than what is there.
    Optional,
    /// An optional block comes twice.
    Repeated,
}

impl std::fmt::Display for HeaderFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Usage => "the usage in its header is none",
            Self::Algorithm => "the algorithm in its header is none",
            Self::ModeOfUse => "the mode of use in its header is none",
            Self::KeyVersion => "the key version in its header is none",
            Self::Exportability => "the exportability in its header is none",
            Self::Count => "the number of optional blocks in its header is none",
            Self::Optional => "an optional block in its header is not of its form",
            Self::Repeated => "an optional block in its header comes twice",
        })
    }
}

/// What is wrong with a PIN or what comes with it. Values as for [`PaymentFault`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PinFault {
    /// The deciphered block is none of its format, for whatever reason: wrong key, wrong account, damage.
    Block,
    /// A PIN under a local master key is none, for whatever reason, as a block.
    UnderLmk,
    /// The format does not go with the key, or with the other format of a translation.
    Format,
    /// Other than 4 to 12 digits, or than the format has room for.
    Length,
    /// The PIN is one that must not be.
    Excluded,
    /// A decimalisation table that would tell the PIN, or that is not the key's.
    Table,
    /// The PIN that a change begins with is not the customer's.
    Incorrect,
}

impl std::fmt::Display for PinFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Block => "the PIN block is not valid",
            Self::UnderLmk => "the PIN under the local master key is not valid",
            Self::Format => "the PIN block format is not allowed",
            Self::Length => "the PIN has a wrong length",
            Self::Excluded => "the PIN is excluded",
            Self::Table => "the decimalisation table is not allowed",
            Self::Incorrect => "the PIN is not correct",
        })
    }
}
