//! Messages under the published variant TEST LMK, with what is answered, and messages of anybody's.

use clap::ValueEnum;

use crate::payshield::envelope::{HEADER_MAX, MESSAGE_MAX};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Command {
    /// Verify an interchange PIN by its PVV
    Ec,
    /// Translate a PIN block from TPK to ZPK
    Ca,
    /// Generate a CVV
    Cw,
    /// Generate a MAC of 64 bytes, ISO 9797-1 algorithm 3
    M6,
    /// Generate a key
    A0,
    /// Verify an ARQC
    Kq,
    /// All of these in turn
    Mixed,
}

impl Command {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ec => "ec",
            Self::Ca => "ca",
            Self::Cw => "cw",
            Self::M6 => "m6",
            Self::A0 => "a0",
            Self::Kq => "kq",
            Self::Mixed => "mixed",
        }
    }
}

/// A request behind its header, and what is behind the header of its answer.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    /// With the length before it and room for the header.
    pub(super) request: Vec<u8>,
    /// Bytes of the header.
    pub(super) header: usize,
    pub(super) answer: Answer,
}

/// What is right behind the header of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answer {
    /// What it begins with, and how many bytes it has.
    Known(&'static [u8], usize),
    /// The response code; it has gone well, or the value that was verified is wrong.
    Code([u8; 2]),
}

impl Answer {
    /// Whether an answer without its header is this one.
    pub(super) fn is(&self, answer: &[u8]) -> bool {
        match self {
            Self::Known(begins, length) => answer.len() == *length && answer.starts_with(begins),
            Self::Code(code) => answer
                .strip_prefix(code)
                .is_some_and(|rest| rest.starts_with(b"00") || rest.starts_with(b"01")),
        }
    }
}

/// A message without its header, as the command line has it.
#[derive(Clone, Debug)]
pub(super) struct Message {
    text: String,
    code: [u8; 2],
}

impl std::str::FromStr for Message {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let code = text
            .as_bytes()
            .first_chunk()
            .ok_or("a message begins with a command of two characters")?;
        if !code.iter().all(u8::is_ascii_alphanumeric) {
            return Err("a command is two letters or digits");
        }
        if text.len() + HEADER_MAX > MESSAGE_MAX {
            return Err("a message has at most 32 KB");
        }
        Ok(Self {
            code: *code,
            text: text.to_owned(),
        })
    }
}

impl Message {
    /// Its command.
    pub(super) fn name(&self) -> String {
        String::from_utf8_lossy(&self.code).to_lowercase()
    }

    /// It, with zeros as header.
    pub(super) fn sample(&self, header_length: usize) -> Sample {
        let [first, second] = self.code;
        sample(
            header_length,
            self.text.as_bytes(),
            Answer::Code([first, second + 1]),
        )
    }
}

// EC and KQ are published messages, the keys of the others are 0123456789ABCDEFFEDCBA9876543210 in the published forms;
// PIN block and MAC were computed with the Python package `cryptography`, the CVV is published.
const EC: &[u8] =
    b"ECU1EF828AA8F6B80EB83E19FBC373F3A85X367930344805B1FAD6146EF4ED7502B391DDDA0A7C12CFAA0155000002532114402";
const CA: &[u8] =
    b"CAU1750CDFB0757D3B3994430636DBB281BU063A0E7C0F2124E56192A4510F395ED712A568D934702254810101500000253211";
const CW: &[u8] = b"CWU9B4934384B19946B040CD702B4D581454123456789012345;8701101";
const M6: &[u8] =
    b"M601131003U7AD0BB2A32ADE115807C3572FC302BA50080000102030405060708090A0B0C0D0E0F1011121314151617\
18191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F";
const A0: &[u8] = b"A00001U";
const KQ: &[u8] = b"KQ00U7475636CC30B93B493CF5EA53799EBCC\x23\x45\x67\x89\x01\x23\x45\x00\x00\x01\xAA\xBB\xCC\xDD28\
\x00\x00\x00\x01\x23\x00\x00\x00\x00\x00\x00\x00\x08\x26\x00\x00\x00\x00\x00\x08\x26\x20\x08\x01\x26\x00\xAA\xBB\xCC\xDD\
\x58\x00\x00\x01\x00\x00\x00\x00\x00\x00;dK\xD9\xA0Q4\xE3w";

fn sample(header: usize, request: &[u8], answer: Answer) -> Sample {
    let whole = header + request.len();
    let mut message = u16::try_from(whole).unwrap_or(u16::MAX).to_be_bytes().to_vec();
    message.resize(2 + header, b'0');
    message.extend_from_slice(request);
    Sample {
        request: message,
        header,
        answer,
    }
}

/// The messages of a command, with zeros as headers.
pub(super) fn of(command: Command, header_length: usize) -> Vec<Sample> {
    let sample = |command: Command| {
        let (request, begins, length): (_, &[u8], _) = match command {
            Command::Ca => (CA, b"CB0004A568D9347022548101", 24),
            Command::Cw => (CW, b"CX00561", 7),
            Command::M6 => (M6, b"M7002B4A22947789F3D0", 20),
            Command::A0 => (A0, b"A100U", 43),
            Command::Kq => (KQ, b"KR00", 4),
            Command::Ec | Command::Mixed => (EC, b"ED00", 4),
        };
        sample(header_length, request, Answer::Known(begins, length))
    };
    let all = [
        Command::Ec,
        Command::Ca,
        Command::Cw,
        Command::M6,
        Command::A0,
        Command::Kq,
    ];
    match command {
        Command::Mixed => all.map(sample).to_vec(),
        one => vec![sample(one)],
    }
}
