//! [`ErrorCode`]: the two characters that every answer has behind its command [Thales payShield, error codes].

use std::fmt;

/// An error code of a host command. Codes that mean something else in one command stand beside it there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorCode(pub [u8; 2]);

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        impl ErrorCode {
            $($(#[$doc])* #[doc = concat!("`", $code, "`: ", $text, ".")] pub const $name: Self = Self(two($code));)*
        }

        /// Every general code with what it says.
        pub const CODES: &[(ErrorCode, &str)] = &[$((ErrorCode::$name, $text)),*];
    };
}

const fn two(text: &str) -> [u8; 2] {
    match text.as_bytes() {
        [first, second] => [*first, *second],
        _ => *b"41",
    }
}

codes! {
    OK = "00", "no error";
    VERIFICATION_FAILED = "01", "verification failure, or the parity of an imported key was wrong";
    KEY_LENGTH_WARNING = "02", "the key has an inappropriate length for the algorithm";
    NUMBER = "03", "a number is out of range";
    KEY_TYPE_CODE = "04", "invalid key type code";
    LENGTH_FLAG = "05", "invalid key length flag or hash identifier";
    SOURCE_PARITY = "10", "source key parity error";
    DESTINATION_PARITY = "11", "destination key parity error, or the key is all zeros";
    USER_STORAGE = "12", "the contents of user storage are not available";
    LMK = "13", "invalid LMK identifier, or master key parity error";
    PIN_UNDER_LMK = "14", "a PIN encrypted under the LMK is invalid";
    INPUT_DATA = "15", "invalid input data: invalid format, invalid characters, or not enough data";
    NOT_AUTHORISED = "17", "the HSM is not in the authorised state, or not authorised for this operation";
    DIEBOLD_TABLE = "19", "the specified Diebold table is invalid";
    PIN_BLOCK = "20", "the PIN block does not contain valid values";
    INDEX = "21", "invalid index value";
    ACCOUNT = "22", "invalid account number";
    PIN_BLOCK_FORMAT = "23", "invalid PIN block format code, or not allowed in this operation";
    PIN_LENGTH = "24", "the PIN is fewer than 4 or more than 12 digits long";
    DECIMALISATION_TABLE = "25", "decimalisation table error";
    KEY_SCHEME = "26", "invalid key scheme";
    KEY_LENGTH = "27", "incompatible key length";
    KEY_TYPE = "28", "invalid key type";
    NOT_PERMITTED = "29", "the key may not be used in this function";
    REFERENCE_NUMBER = "30", "invalid reference number";
    AES_NOT_LICENSED = "32", "AES is not licensed";
    KEY_CHANGE_STORAGE = "33", "the LMK key change storage is corrupted";
    MESSAGE_FORMAT = "35", "illegal message format";
    INTERNAL = "41", "internal hardware or software error";
    RSA_GENERATION = "43", "RSA key generation error";
    MIGRATION_OLD = "44", "migration error: the old LMK";
    MIGRATION_NEW = "45", "migration error: the new LMK";
    STRONGER_LMK = "48", "a stronger LMK is required to protect the key";
    RSA_PRIVATE_KEY = "49", "private key error";
    FRAUD = "39", "fraud detection: too many PINs were wrong";
    TOO_MANY = "52", "invalid number of commands";
    LICENCE = "67", "the command is not licensed";
    DISABLED = "68", "the command has been disabled";
    PIN_BLOCK_FORMAT_DISABLED = "69", "the PIN block format has been disabled";
    DIGEST_INFO = "74", "invalid syntax of a digest with its algorithm";
    MASQUERADES = "75", "a single length key masquerades as a double or triple length key";
    RSA_KEY_LENGTH = "76", "RSA key length error";
    RSA_CLEAR_DATA = "77", "clear data block error";
    RSA_KEY_TYPE = "78", "private key length error or key type";
    HASH_IDENTIFIER = "79", "hash algorithm object identifier error";
    DATA_LENGTH = "80", "data length error";
    CERTIFICATE_HEADER = "81", "invalid certificate header, or a PIN length mismatch";
    CHECK_VALUE_LENGTH = "82", "invalid check value length";
    KEY_BLOCK_FORMAT = "83", "key block format error";
    KEY_BLOCK_CHECK_VALUE = "84", "key block check value error";
    OAEP_MASK = "85", "invalid OAEP mask generation function";
    EXCLUDED_PIN = "86", "the PIN is in the excluded PIN table, or an invalid OAEP hash";
    OAEP_PARAMETER = "87", "OAEP parameter error";
    LMK_SCHEME = "A1", "incompatible LMK schemes";
    LMK_IDENTIFIERS = "A2", "incompatible LMK identifiers";
    KEY_BLOCK_LMK = "A3", "incompatible key block LMK identifier";
    KEY_BLOCK_AUTHENTICATION = "A4", "key block authentication failure";
    KEY_BLOCK_LENGTH = "A5", "incompatible key length in a key block";
    KEY_USAGE = "A6", "invalid key usage";
    ALGORITHM = "A7", "invalid algorithm";
    MODE_OF_USE = "A8", "invalid mode of use";
    KEY_VERSION = "A9", "invalid key version number";
    EXPORTABILITY = "AA", "invalid export field";
    OPTIONAL_BLOCKS = "AB", "invalid number of optional blocks";
    OPTIONAL_BLOCK = "AC", "optional header block error";
    KEY_STATUS = "AD", "key status optional block error";
    START_DATE = "AE", "invalid start date and time, or not yet valid";
    END_DATE = "AF", "invalid end date and time, or expired";
    ENCRYPTION_MODE = "B0", "invalid encryption mode";
    AUTHENTICATION_MODE = "B1", "invalid authentication mode";
    KEY_BLOCK = "B2", "miscellaneous key block error";
    OPTIONAL_BLOCK_COUNT = "B3", "invalid number of optional blocks in a key block";
    OPTIONAL_BLOCK_DATA = "B4", "optional block data error";
    COMPONENTS = "B5", "incompatible components";
    COMPONENT_STATUS = "B6", "incompatible key status optional blocks";
    CHANGE_FIELD = "B7", "invalid change field";
    OLD_VALUE = "B8", "invalid old value";
    NEW_VALUE = "B9", "invalid new value";
    NO_STATUS = "BA", "there is no key status in the key block";
    WRAPPING_KEY = "BB", "invalid wrapping key: weaker than what it protects";
    REPEATED_BLOCK = "BC", "repeated optional block";
    KEY_TYPES = "BD", "incompatible key types";
    KEY_BLOCK_HEADER = "BE", "invalid key block header identifier";
    CURVE = "D2", "invalid curve reference";
    ENCODING = "D3", "invalid key encoding";
    COMMAND_VERSION = "E0", "invalid command version number";
}

impl ErrorCode {
    /// What the code says, where it means what it generally means.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        let known = CODES.iter().find(|(code, _)| *code == self);
        known.map_or("an error of this command", |(_, text)| text)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ErrorCode({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_there_once() {
        for (at, (code, _)) in CODES.iter().enumerate() {
            let again = CODES.iter().skip(at + 1).any(|(other, _)| other == code);
            assert!(!again, "{code}");
        }
    }
}
