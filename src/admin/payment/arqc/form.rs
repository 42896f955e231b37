//! The parameter that the mechanisms of chip cards have in common, from what the user says of card and transaction.

use clap::{Args, ValueEnum};

use super::schemes::{CardOption, Session};
use crate::admin::failure::Failure;
use crate::admin::payment::values::bytes_of;

/// What the given key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Source {
    /// The issuer's master key
    Issuer,
    /// A card's master key
    Card,
    /// The key that makes cryptograms: a session's, or that of a card that works without sessions
    Session,
}

/// Card and transaction.
#[derive(Clone, Debug, Args)]
pub(super) struct Transaction {
    /// What the key is
    #[arg(long, value_enum, value_name = "KIND", default_value = "issuer")]
    pub(super) key_is: Source,
    /// The account number, 12 to 19 digits; with an issuer's key
    #[arg(long, value_name = "PAN")]
    pan: Option<String>,
    /// The account's sequence number, 2 digits
    #[arg(long, value_name = "PSN", default_value = "00")]
    psn: String,
    /// The counter of transactions (ATC), 4 hexadecimal digits
    #[arg(long, value_name = "HEX")]
    atc: Option<String>,
    /// The unpredictable number, 8 hexadecimal digits; for Mastercard's session key
    #[arg(long, value_name = "HEX")]
    un: Option<String>,
    /// What the session key is derived of, 16 hexadecimal digits; with --session value
    #[arg(long, value_name = "HEX")]
    diversifier: Option<String>,
    /// Levels of the tree of session keys
    #[arg(long, value_name = "NUMBER", default_value_t = 8)]
    height: u8,
    /// Keys below each key of the tree
    #[arg(long, value_name = "NUMBER", default_value_t = 4)]
    branches: u8,
    /// What stands in the place of a key above the tree, 32 hexadecimal digits
    #[arg(long, value_name = "HEX", default_value = "00000000000000000000000000000000")]
    iv: String,
}

/// Bytes of an option in hexadecimal, of this length.
pub(super) fn fixed<const N: usize>(option: &str, text: Option<&str>, why: &str) -> Result<[u8; N], Failure> {
    let remedy = format!("give {} hexadecimal digits", 2 * N);
    let Some(text) = text else {
        return Err(Failure::new(format!("{option} is missing: {why}"), remedy));
    };
    let bytes =
        bytes_of(text).map_err(|_| Failure::new(format!("{option} is not hexadecimal"), remedy.as_str()))?;
    let length = bytes.len();
    bytes
        .try_into()
        .map_err(|_| Failure::new(format!("{option} has {length} bytes"), remedy))
}

impl Transaction {
    /// Account and sequence number as in the tags 5A and 5F34.
    fn card(&self) -> Result<Vec<u8>, Failure> {
        let remedy = "give 12 to 19 decimal digits";
        let Some(pan) = &self.pan else {
            let what = "--pan is missing: a card's key is derived of it";
            return Err(Failure::new(
                what,
                "give it, or say with --key-is card that the key is a card's",
            ));
        };
        let pan = pan.replace(char::is_whitespace, "");
        if !pan.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(Failure::new("--pan has other characters than digits", remedy));
        }
        if !(12..=19).contains(&pan.len()) {
            return Err(Failure::new(format!("--pan has {} digits", pan.len()), remedy));
        }
        if self.psn.len() != 2 || !self.psn.bytes().all(|digit| digit.is_ascii_digit()) {
            let what = format!("--psn {:?} is no sequence number", self.psn);
            return Err(Failure::new(what, "give 2 decimal digits, 00 for none"));
        }
        bytes_of(&format!("{pan:F<20}{}", self.psn)).map_err(|why| Failure::new(why, remedy))
    }

    /// Whether the given key makes values by itself: a session's, or a card's that works without sessions.
    pub(super) fn works_itself(&self, session: Session) -> bool {
        match self.key_is {
            Source::Session => true,
            Source::Card => session == Session::None,
            Source::Issuer => false,
        }
    }

    /// The parameter: the key, how the session's key comes of it, and the mechanism's option and length.
    pub(super) fn parameter(
        &self,
        card: CardOption,
        session: Session,
        [option, length]: [u8; 2],
    ) -> Result<Vec<u8>, Failure> {
        let source = match (self.key_is, card) {
            _ if self.works_itself(session) => b'S',
            (Source::Issuer, CardOption::A) => b'A',
            (Source::Issuer, CardOption::B) => b'B',
            (Source::Issuer, CardOption::C) => b'C',
            (Source::Card | Source::Session, _) => b'M',
        };
        let session = match self.key_is {
            Source::Session => Session::None,
            _ => session,
        };
        let mut form = vec![1, source, session.code(), option, length];
        if self.key_is == Source::Issuer {
            form.extend(self.card()?);
        }
        form.extend(self.of_session(session)?);
        Ok(form)
    }

    fn of_session(&self, session: Session) -> Result<Vec<u8>, Failure> {
        let atc = || {
            fixed::<2>(
                "--atc",
                self.atc.as_deref(),
                "the session's key is derived of the counter",
            )
        };
        Ok(match session {
            Session::None => vec![],
            Session::Common | Session::VisaScript => atc()?.into(),
            Session::Mastercard => {
                let why = "Mastercard's session key is derived of the unpredictable number, too";
                let number = fixed::<4>("--un", self.un.as_deref(), why)?;
                [&atc()?[..], &number].concat()
            }
            Session::Value => {
                let why = "--session value derives of it";
                fixed::<8>("--diversifier", self.diversifier.as_deref(), why)?.into()
            }
            Session::Tree => {
                let iv = fixed::<16>("--iv", Some(&self.iv), "")?;
                [&atc()?[..], &[self.height, self.branches], &iv].concat()
            }
        })
    }
}
