//! What the schemes' cryptogram versions want (docs/payment/emv.md, "What the schemes want").

use clap::ValueEnum;

/// A cryptogram version number of a scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Cvn {
    /// Visa's version 10
    #[value(name = "visa-10")]
    Visa10,
    /// Visa's version 14
    #[value(name = "visa-14")]
    Visa14,
    /// Visa's version 18
    #[value(name = "visa-18")]
    Visa18,
    /// Visa's version 22 (hexadecimal)
    #[value(name = "visa-22")]
    Visa22,
    /// Mastercard's M/Chip, version 16 (without counters)
    #[value(name = "mchip-16")]
    Mchip16,
    /// Mastercard's M/Chip, version 17 (with counters)
    #[value(name = "mchip-17")]
    Mchip17,
    /// Mastercard's M/Chip, version 20 (without counters)
    #[value(name = "mchip-20")]
    Mchip20,
    /// Mastercard's M/Chip, version 21 (with counters)
    #[value(name = "mchip-21")]
    Mchip21,
    /// Interac's version 133
    #[value(name = "interac-133")]
    Interac133,
    /// EMV's common core definitions
    Ccd,
}

/// How a card's key comes of the issuer's [EMV Book 2, A1.4].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CardOption {
    /// Of the last 16 digits of account and sequence number
    A,
    /// Of a hash of both, where the account has more than 16 digits
    B,
    /// That of AES
    C,
}

/// How a session's key comes of the card's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Session {
    /// There is none: the card's key makes cryptograms (Visa's static key)
    None,
    /// EMV's common session key of the counter
    Common,
    /// Mastercard's (SKD), of counter and unpredictable number
    Mastercard,
    /// The common session key of the 8 bytes that --diversifier has
    Value,
    /// Visa's for scripts, of the counter
    VisaScript,
    /// The tree of EMV 4.1 (EMV2000)
    Tree,
}

impl Session {
    /// The code of CKM_VHSM_EMV_... .
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Common => 1,
            Self::Mastercard => 2,
            Self::Value => 3,
            Self::VisaScript => 4,
            Self::Tree => 5,
        }
    }
}

/// What a cryptogram version wants.
#[derive(Clone, Copy)]
pub(super) struct Scheme {
    pub(super) option: CardOption,
    /// Of the cryptogram.
    pub(super) session: Session,
    /// Of the cryptogram: 1 zeros, 2 80 and zeros.
    pub(super) padding: u8,
    /// The method of the ARPC; `None` where both are taken.
    pub(super) arpc: Option<u8>,
    /// Of the ARPC; `None` where it is that of the cryptogram.
    pub(super) arpc_session: Option<Session>,
}

impl Scheme {
    /// What holds if nothing is said.
    const PLAIN: Self = Self {
        option: CardOption::A,
        session: Session::Common,
        padding: 2,
        arpc: None,
        arpc_session: None,
    };

    pub(super) const fn of(cvn: Option<Cvn>) -> Self {
        let Some(cvn) = cvn else {
            return Self::PLAIN;
        };
        let (option, session, padding, arpc) = match cvn {
            Cvn::Visa10 => (CardOption::A, Session::None, 1, 1),
            Cvn::Visa14 => (CardOption::B, Session::Tree, 2, 1),
            Cvn::Visa18 | Cvn::Visa22 | Cvn::Ccd => (CardOption::B, Session::Common, 2, 2),
            Cvn::Mchip16 | Cvn::Mchip17 | Cvn::Interac133 => (CardOption::A, Session::Mastercard, 2, 1),
            Cvn::Mchip20 | Cvn::Mchip21 => (CardOption::A, Session::Common, 2, 1),
        };
        Self {
            option,
            session,
            padding,
            arpc: Some(arpc),
            arpc_session: match cvn {
                Cvn::Mchip16 | Cvn::Mchip17 => Some(Session::None),
                _ => None,
            },
        }
    }
}
