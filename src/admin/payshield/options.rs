//! The options of `vhsm payshield`. What is not given is what the configuration says.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use zeroize::Zeroizing;

use crate::admin::choose::TokenOption;
use crate::admin::secrets::UserPin;
use crate::config::ZmkLength;
use crate::payshield::hex::unhex;

/// How long a ZMK without a tag is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ZmkLengthOption {
    /// 16 hexadecimal digits, as older devices have them
    Single,
    /// 32 hexadecimal digits
    Double,
}

impl From<ZmkLengthOption> for ZmkLength {
    fn from(option: ZmkLengthOption) -> Self {
        match option {
            ZmkLengthOption::Single => Self::Single,
            ZmkLengthOption::Double => Self::Double,
        }
    }
}

/// What a PIN "under the LMK" is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LmkPin {
    /// Encrypted digits
    Encrypted,
    /// FOR TESTS ONLY: in the clear, a digit that says how many are missing to --pin-length, the PIN and as many zeros
    Plain,
}

/// An address, and the LMK of messages that come there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) address: SocketAddr,
    pub(super) lmk: Option<u8>,
}

/// The one key of pythales.
#[derive(Clone)]
pub(super) struct PythalesKey(pub(super) Zeroizing<[u8; 16]>);

impl std::fmt::Debug for PythalesKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }
}

/// Options of the server. Those that name no default have that of the configuration.
#[derive(Clone, Debug, Args)]
pub(super) struct ServeArguments {
    /// Serve a throwaway token with the published TEST LMKs, everything but diag authorised: for tests, never for real keys.
    /// Reads no configuration but that of --config, not that of $VHSM_CONF either
    #[arg(long, conflicts_with_all = ["token", "slot", "pin_file", "lmk"])]
    pub(super) demo: bool,
    /// Listen on this address [default: payshield.listen, 127.0.0.1:1500]; again for further ones, each with the LMK of
    /// messages without %nn that come there
    #[arg(long, value_name = "ADDR:PORT[=NN]", value_parser = place)]
    pub(super) listen: Vec<Place>,
    /// Listen on so many further ports: messages to the first one above the first address are for LMK 00, those to the
    /// next one for LMK 01, and so on
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(..=100))]
    pub(super) lmk_ports: Option<u8>,
    /// Answer datagrams of UDP on the same addresses, too
    #[arg(long)]
    pub(super) udp: bool,
    /// Use this object as the LMK with this identifier; again for further ones [default: payshield.lmk, every LMK of the
    /// token by its own]
    #[arg(long, value_name = "NN=OBJECT-LABEL", value_parser = named_lmk)]
    pub(super) lmk: Vec<(u8, String)>,
    /// Bytes of the header before each command
    #[arg(long, value_name = "N")]
    pub(super) header_length: Option<u8>,
    /// Messages are in EBCDIC, code page 037
    #[arg(long)]
    pub(super) ebcdic: bool,
    /// Length of a ZMK that has no key scheme
    #[arg(long, value_enum)]
    pub(super) zmk_length: Option<ZmkLengthOption>,
    /// What a PIN under the LMK is; `plain` is refused where payshield.test_switches is false
    #[arg(long, value_enum, default_value = "encrypted")]
    pub(super) lmk_pin: LmkPin,
    /// Digits of the longest PIN under an LMK of DES, 4 to 12 [default: 12, of plain ones 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(4..=12))]
    pub(super) pin_length: Option<u8>,
    /// Answer 68 to these commands
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(super) disable: Vec<String>,
    /// Answer 67 to these commands
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(super) unlicensed: Vec<String>,
    /// Answer 69 to these PIN block formats
    #[arg(long, value_name = "NN", value_delimiter = ',')]
    pub(super) disable_format: Vec<String>,
    /// Most connections at a time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) connections: Option<u32>,
    /// Close a connection that is silent for so long
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) idle_timeout: Option<u64>,
    #[command(flatten)]
    pub(super) tls: TlsArguments,
    /// Show metrics in Prometheus' format at this address
    #[arg(long, value_name = "ADDR:PORT")]
    pub(super) metrics: Option<SocketAddr>,
    /// The socket of `vhsm payshield authorise` [default: payshield.control, payshield.sock in the data directory]
    #[arg(long, value_name = "FILE")]
    pub(super) control: Option<PathBuf>,
    /// Print each request and response field by field; secrets are masked
    #[arg(long)]
    pub(super) trace: bool,
    /// FOR TESTS ONLY: answer every check as if it had gone well, but for current PINs of CU and DU; refused where
    /// payshield.test_switches is false
    #[arg(long)]
    pub(super) approve_all: bool,
    /// FOR TESTS ONLY: take keys of any parity; with --demo only
    #[arg(long, requires = "demo", conflicts_with_all = ["token", "slot", "pin_file", "lmk"])]
    pub(super) skip_parity: bool,
    /// FOR TESTS ONLY: one double key without variants stands for the LMK, as in pythales; keys have any parity; with
    /// --demo only
    #[arg(long, value_name = "HEX", requires = "demo", value_parser = pythales_key)]
    #[arg(conflicts_with_all = ["token", "slot", "pin_file", "lmk"])]
    pub(super) pythales_lmk: Option<PythalesKey>,
    #[command(flatten)]
    pub(super) token: TokenOption,
    #[command(flatten)]
    pub(super) pin: UserPin,
}

/// Options of TLS.
#[derive(Clone, Debug, Args)]
pub(super) struct TlsArguments {
    /// Listen on this address for TLS; again for further ones
    #[arg(long, value_name = "ADDR:PORT[=NN]", value_parser = place)]
    pub(super) tls_listen: Vec<Place>,
    /// The certificate chain of TLS, PEM
    #[arg(long, value_name = "FILE")]
    pub(super) tls_cert: Option<PathBuf>,
    /// The private key of TLS: a PEM file, or the pkcs11: URI of one in the token
    #[arg(long, value_name = "FILE|URI")]
    pub(super) tls_key: Option<String>,
    /// Let in only clients whose certificate one of these signed, PEM
    #[arg(long, value_name = "FILE")]
    pub(super) tls_client_ca: Option<PathBuf>,
}

/// Reads `ADDR:PORT` or `ADDR:PORT=NN`.
pub(super) fn place(text: &str) -> Result<Place, String> {
    let (address, lmk) = match text.split_once('=') {
        None => (text, None),
        Some((address, lmk)) => match (lmk.len(), lmk.parse()) {
            (2, Ok(lmk)) => (address, Some(lmk)),
            _ => return Err("an LMK's identifier has two digits".into()),
        },
    };
    let address = address
        .parse()
        .map_err(|_| "an address looks like 127.0.0.1:1500".to_owned())?;
    Ok(Place { address, lmk })
}

/// Reads `NN=LABEL`.
pub(super) fn named_lmk(text: &str) -> Result<(u8, String), String> {
    let parts = text.split_once('=');
    let named = parts.and_then(|(id, label)| match id.len() {
        2 => Some((id.parse().ok()?, label.to_owned())),
        _ => None,
    });
    named.ok_or_else(|| "an LMK is named as 00=LABEL".to_owned())
}

fn pythales_key(text: &str) -> Result<PythalesKey, String> {
    let mut key = Zeroizing::new([0; 16]);
    match unhex(text.as_bytes(), key.as_mut()) {
        true => Ok(PythalesKey(key)),
        false => Err("the key has 32 hexadecimal digits".into()),
    }
}
