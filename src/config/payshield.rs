//! `[payshield]`: the host-command server.

use std::path::PathBuf;

/// `[payshield]`: what `vhsm payshield` does without options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payshield {
    /// Addresses that are listened on, each with the LMK of its messages or the default one.
    pub listen: Vec<String>,
    /// So many further ports, one for each LMK from 00 on, above the first address's; 0 is none.
    pub lmk_ports: u8,
    /// Listen for datagrams on the same addresses, too.
    pub udp: bool,
    /// The token, by label or serial number.
    pub token: Option<String>,
    /// The file whose first line is the user PIN.
    pub pin_file: Option<PathBuf>,
    /// `NN=OBJECT-LABEL`: which objects are the LMKs; every one of the token by its own identifier if there is none.
    pub lmk: Vec<String>,
    /// Bytes of the header before each command.
    pub header_length: u8,
    /// Messages are in EBCDIC.
    pub ebcdic: bool,
    /// What NC and NO tell as the firmware's number.
    pub firmware: String,
    /// Untagged ZMKs are single keys.
    pub zmk_length: ZmkLength,
    /// How long what LA loads is.
    pub user_storage_length: UserStorageLength,
    /// Digits of a PIN under a variant LMK.
    pub pin_length_max: usize,
    /// Decimalisation tables may come in the clear.
    pub clear_tables: bool,
    /// PIN blocks are translated as ISO 9564-1 and PCI have it only.
    pub restrict_pin_blocks: bool,
    /// Switches for tests are taken on the command line.
    pub test_switches: bool,
    /// Commands that answer 68.
    pub disabled: Vec<String>,
    /// Commands that answer 67.
    pub unlicensed: Vec<String>,
    /// PIN block formats that answer 69.
    pub disabled_formats: Vec<String>,
    /// Wrong PINs within a minute that are too many; 0 is no limit.
    pub pin_failures_minute: u32,
    /// Wrong PINs within an hour that are too many; 0 is no limit.
    pub pin_failures_hour: u32,
    /// Times that a limit was passed, after which PINs are not checked any more; 0 is never.
    pub pin_attacks: u32,
    /// Keys of messages that are kept.
    pub cached_keys: usize,
    /// Most connections at a time.
    pub connections_max: usize,
    /// Seconds of silence after which a connection is closed.
    pub idle_timeout_s: u64,
    /// Addresses of TLS.
    pub tls_listen: Vec<String>,
    /// The certificate chain of TLS, PEM.
    pub tls_cert: Option<PathBuf>,
    /// The private key of TLS: a PEM file or a pkcs11: URI.
    pub tls_key: Option<String>,
    /// Who signs the certificates that clients of TLS must have, PEM.
    pub tls_client_ca: Option<PathBuf>,
    /// The address of the metrics.
    pub metrics: Option<String>,
    /// The socket of `vhsm payshield authorise`.
    pub control: Option<PathBuf>,
}

/// How long a ZMK without a tag is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZmkLength {
    /// 16 hexadecimal digits.
    Single,
    /// 32 hexadecimal digits.
    Double,
}

/// How long what user storage has at an index is: payShield's setting "User storage key length".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserStorageLength {
    /// Blocks of 16 hexadecimal digits.
    Single,
    /// Blocks of 32.
    Double,
    /// Blocks of 48.
    Triple,
    /// Data of any length, key blocks among them.
    Variable,
}

impl UserStorageLength {
    /// Digits of a block; none if data have any length.
    #[must_use]
    pub const fn digits(self) -> Option<usize> {
        match self {
            Self::Single => Some(16),
            Self::Double => Some(32),
            Self::Triple => Some(48),
            Self::Variable => None,
        }
    }
}

impl Default for Payshield {
    fn default() -> Self {
        Self {
            listen: vec!["127.0.0.1:1500".into()],
            lmk_ports: 0,
            udp: false,
            token: None,
            pin_file: None,
            lmk: Vec::new(),
            header_length: 4,
            ebcdic: false,
            firmware: "0007-E000".into(),
            zmk_length: ZmkLength::Double,
            user_storage_length: UserStorageLength::Single,
            pin_length_max: 12,
            clear_tables: false,
            restrict_pin_blocks: true,
            test_switches: true,
            disabled: Vec::new(),
            unlicensed: Vec::new(),
            disabled_formats: Vec::new(),
            pin_failures_minute: 0,
            pin_failures_hour: 0,
            pin_attacks: 0,
            cached_keys: 4096,
            connections_max: 1024,
            idle_timeout_s: 86_400,
            tls_listen: Vec::new(),
            tls_cert: None,
            tls_key: None,
            tls_client_ca: None,
            metrics: None,
            control: None,
        }
    }
}
