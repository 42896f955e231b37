//! `vhsm payment arqc`: cryptograms of chip cards, and the issuer's answers.

mod form;
mod schemes;

use clap::Args;
use serde_json::json;

use self::form::{Source, Transaction, fixed};
use self::schemes::{CardOption, Cvn, Scheme, Session};
use super::bench_key::{BenchKey, Cipher, KeyOption, TestKey};
use super::shown::Shown;
use super::values::{hexadecimal, upper_hexadecimal};
use crate::admin::context::Context;
use crate::admin::failure::{Failure, Outcome};
use crate::admin::output::{self, Output};
use crate::ck::*;
use crate::error::{Error, PaymentFault};

/// `vhsm payment arqc`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm payment arqc --clear-test-key 0123456789ABCDEFFEDCBA9876543210 --cvn visa-18 --pan 1234567890123456 --atc 001C 0000000040000000000000000124800004800001241911050152BF45851800001C06011203A0B800 --csu 00000000
      An HSM's answer: the cryptogram 7A788EA6B8A3E733, the ARPC 9AF514C1.
  vhsm payment arqc --key imk-ac --cvn mchip-16 --pan 1234567890123456 --atc 001C --un ABCDEF12 00000000999900000000000001248000000000012420990600ABCDEF121800001CA00003220000 --check 24CCF3DEE3158C70 --arc 0010
      Whether the cryptogram is right, and the ARPC for it, under the issuer's key on the token.
  vhsm payment arqc --clear-test-key 0123456789ABCDEFFEDCBA9876543210 --cvn visa-10 --pan 1234567890123456 --keys 0000000040000000000000000124800004800001241911050152BF45851800001C03A06010
      The card's key, too, from the issuer's.")]
pub(in crate::admin) struct ArqcArguments {
    #[command(flatten)]
    key: KeyOption,
    /// What the cryptogram is made of, in hexadecimal: the values that the scheme puts together, in its order
    #[arg(value_name = "DATA")]
    data: String,
    /// The cryptogram version, which says how keys are derived, what is padded how, and which ARPC there is
    #[arg(long, value_enum)]
    cvn: Option<Cvn>,
    #[command(flatten)]
    transaction: Transaction,
    /// How the card's key comes of the issuer's [default: by --cvn, else a]
    #[arg(long, value_enum)]
    option: Option<CardOption>,
    /// How the session's key comes of the card's [default: by --cvn, else common]
    #[arg(long, value_enum)]
    session: Option<Session>,
    /// The padding: 1 (zeros) or 2 (80 and zeros) [default: by --cvn, else 2; AES has its own]
    #[arg(long, value_name = "METHOD", value_parser = clap::value_parser!(u8).range(1..=2))]
    padding: Option<u8>,
    /// A test key with --key-is card or session is of AES
    #[arg(long)]
    aes: bool,
    /// Check this cryptogram, in hexadecimal, instead of making one
    #[arg(long, value_name = "HEX")]
    check: Option<String>,
    /// Make the ARPC of method 1 with this response code, 4 hexadecimal digits
    #[arg(long, value_name = "HEX", conflicts_with = "csu")]
    arc: Option<String>,
    /// Make the ARPC of method 2 with this card status update, 8 hexadecimal digits
    #[arg(long, value_name = "HEX")]
    csu: Option<String>,
    /// Proprietary authentication data of method 2, up to 8 bytes in hexadecimal
    #[arg(long, value_name = "HEX", requires = "csu")]
    proprietary: Option<String>,
    /// How the ARPC's session key comes of the card's [default: by --cvn, else as the cryptogram's]
    #[arg(long, value_enum, value_name = "SESSION")]
    arpc_session: Option<Session>,
    /// Show the card's and the session's key, too
    #[arg(long)]
    keys: bool,
}

/// Bytes of a cryptogram.
const LENGTH: u8 = 8;

/// What is to be done, with all that --cvn says.
struct Plan<'a> {
    arguments: &'a ArqcArguments,
    option: CardOption,
    session: Session,
    padding: u8,
}

impl ArqcArguments {
    fn plan(&self) -> Result<Plan<'_>, Failure> {
        let scheme = Scheme::of(self.cvn);
        let method = match (&self.arc, &self.csu) {
            (Some(_), _) => Some(1),
            (None, Some(_)) => Some(2),
            (None, None) => None,
        };
        if let (Some(wanted), Some(asked)) = (scheme.arpc, method)
            && wanted != asked
        {
            let (option, length) = if wanted == 1 { ("--arc", 4) } else { ("--csu", 8) };
            let what = format!("the ARPC of this cryptogram version is that of method {wanted}");
            return Err(Failure::new(
                what,
                format!("give {option} with {length} hexadecimal digits"),
            ));
        }
        Ok(Plan {
            arguments: self,
            option: self.option.unwrap_or(scheme.option),
            session: self.session.unwrap_or(scheme.session),
            padding: self.padding.unwrap_or(scheme.padding),
        })
    }

    fn arpc_session(&self, session: Session) -> Session {
        let of_scheme = Scheme::of(self.cvn).arpc_session;
        self.arpc_session.or(of_scheme).unwrap_or(session)
    }
}

impl Plan<'_> {
    fn open(&self, context: &Context) -> Result<BenchKey, Failure> {
        let source = self.arguments.transaction.key_is;
        let aes = match source {
            Source::Issuer => self.option == CardOption::C,
            Source::Card | Source::Session => self.arguments.aes,
        };
        let cipher = if aes { Cipher::Aes } else { Cipher::Des };
        let key = TestKey::new(KeyUsage::EMV_APPLICATION_CRYPTOGRAMS, cipher);
        self.arguments.key.open_as(context, &key)
    }

    /// The given key as one that derives the key of this session, or works itself: what a test key is, it is both.
    fn suited(&self, key: &BenchKey, session: Session) -> Result<BenchKey, Failure> {
        let works = self.arguments.transaction.works_itself(session);
        Ok(key.in_mode(if works { b'C' } else { b'X' })?)
    }

    /// The keys on the way, from the first that is derived.
    fn keys(&self, key: &BenchKey) -> Result<Vec<Shown>, Failure> {
        let transaction = &self.arguments.transaction;
        let mut keys = vec![];
        if transaction.key_is == Source::Issuer {
            let form = transaction.parameter(self.option, Session::None, [0, 0])?;
            let card = key.derive(CKM_VHSM_EMV_CARD_KEY, &form).map_err(of_form)?;
            keys.push(Shown::of("card key", &card)?);
        }
        if transaction.key_is != Source::Session && self.session != Session::None {
            let form = transaction.parameter(self.option, self.session, [0, 0])?;
            let session = key.derive(CKM_VHSM_EMV_SESSION_KEY, &form).map_err(of_form)?;
            keys.push(Shown::of("session key", &session)?);
        }
        Ok(keys)
    }

    /// The cryptogram, made or found right.
    fn cryptogram(&self, key: &BenchKey, data: &[u8]) -> Result<Vec<u8>, Failure> {
        let padding = if key.key_type()? == CKK_AES {
            0
        } else {
            self.padding
        };
        let transaction = &self.arguments.transaction;
        let form = transaction.parameter(self.option, self.session, [padding, LENGTH])?;
        let key = self.suited(key, self.session)?;
        let Some(check) = &self.arguments.check else {
            return key.sign(CKM_VHSM_EMV_AC, &form, data).map_err(of_form);
        };
        let given = fixed::<8>("--check", Some(check), "")?;
        match key
            .verify(CKM_VHSM_EMV_AC, &form, data, &given)
            .map_err(of_form)?
        {
            true => Ok(given.into()),
            false => {
                let remedy = "the key, the card, the data or the cryptogram is another one";
                Err(Failure::new("the cryptogram is wrong", remedy))
            }
        }
    }

    /// The ARPC, if one is asked for.
    fn arpc(&self, key: &BenchKey, cryptogram: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        let (id, length, behind) = match (&self.arguments.arc, &self.arguments.csu) {
            (Some(code), _) => (
                CKM_VHSM_EMV_ARPC1,
                8,
                fixed::<2>("--arc", Some(code), "")?.to_vec(),
            ),
            (None, Some(update)) => {
                let update = fixed::<4>("--csu", Some(update), "")?;
                let proprietary = self.arguments.proprietary.as_deref().unwrap_or_default();
                let proprietary = hexadecimal("--proprietary", proprietary)?;
                if proprietary.len() > 8 {
                    let what = format!("--proprietary has {} bytes", proprietary.len());
                    return Err(Failure::new(what, "give up to 16 hexadecimal digits"));
                }
                (CKM_VHSM_EMV_ARPC2, 4, [&update[..], &proprietary].concat())
            }
            (None, None) => return Ok(None),
        };
        let session = self.arguments.arpc_session(self.session);
        let form = self
            .arguments
            .transaction
            .parameter(self.option, session, [0, length])?;
        let data = [cryptogram, &behind].concat();
        let key = self.suited(key, session)?;
        key.sign(id, &form, &data).map(Some).map_err(of_form)
    }
}

/// What the user can do about what a mechanism says.
fn of_form(error: Error) -> Failure {
    let remedy = match &error {
        Error::DataLenRange(_) => "give more of them: a cryptogram is never made of 8 bytes or fewer",
        Error::KeyTypeInconsistent { .. } => {
            "keys are of double-length DES or of AES; the ARPC of method 1, the tree and Visa's key for scripts of DES only"
        }
        Error::PaymentKey(PaymentFault::ModeOfUse, _) => {
            "--key-is says what the key is: an issuer's or a card's master key derives (X), a session's makes values (C)"
        }
        Error::MechanismParamInvalid(_) => {
            "--height is 2 to 16, --branches at least 2; AES has the sessions none, common and value, and --option c"
        }
        _ => return error.into(),
    };
    Failure::from(error).with_remedy(remedy)
}

/// `vhsm payment arqc`
pub(super) fn arqc(arguments: &ArqcArguments, context: &Context) -> Outcome {
    let plan = arguments.plan()?;
    let data = hexadecimal("DATA", &arguments.data)?;
    let key = plan.open(context)?;
    let keys = match arguments.keys {
        true => plan.keys(&key)?,
        false => vec![],
    };
    let cryptogram = plan.cryptogram(&key, &data)?;
    let arpc = plan.arpc(&key, &cryptogram)?.map(|arpc| upper_hexadecimal(&arpc));
    let cryptogram = upper_hexadecimal(&cryptogram);
    match context.output {
        Output::Json => {
            let mut value = json!({ "cryptogram": cryptogram, "arpc": arpc });
            if let (true, Some(members)) = (arguments.keys, value.as_object_mut()) {
                let keys: Vec<_> = keys.iter().map(Shown::json).collect();
                members.insert("keys".to_owned(), json!(keys));
            }
            if let (Some(_), Some(members)) = (&arguments.check, value.as_object_mut()) {
                members.insert("correct".to_owned(), json!(true));
            }
            output::json(&value)?;
        }
        Output::Text => {
            let word = if arguments.check.is_some() {
                " (correct)"
            } else {
                ""
            };
            let mut pairs: Vec<_> = keys.iter().flat_map(Shown::pairs).collect();
            pairs.push(("cryptogram".to_owned(), cryptogram + word));
            pairs.extend(arpc.map(|arpc| ("ARPC".to_owned(), arpc)));
            output::pairs(&pairs)?;
        }
    }
    Ok(())
}
