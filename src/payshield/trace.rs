//! [`Trace`]: fields as they were read and written, for who watches a server; secrets are never in it.

use std::net::SocketAddr;

use super::code::ErrorCode;
use super::command::CommandSpec;
use super::envelope::CODE_BYTES;
use super::fields::Fields;
use super::shown_block;
use crate::logging;

/// How a field is shown in a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shown {
    /// As it is.
    Plain,
    /// Never: what it holds would help who reads the trace.
    Masked,
    /// A card number as PCI DSS 3.4.1 lets it be shown: its first six and its last four digits.
    CardNumber,
    /// The last three digits: an account number lacks the check digit of its card number, whose last four those are with
    /// it, and its first digits may be others than the card number's.
    Account,
    /// A card number's last digits and a sequence number, two digits in a byte: the last four, and the number.
    CardDigits,
    /// A key: as it is, a key block as far as it can be one. One without a tag has its length only: what a message of another
    /// command has there (the account and the PIN of BG's in MC) cannot be told from it.
    Key,
}

/// A field as a trace has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Traced {
    /// The name in the command's table.
    pub name: &'static str,
    /// What stood there, or how long it was.
    pub text: String,
    /// What is shown of it where another field may stand in its place, if that is less.
    pub unsure: Option<String>,
    /// What is shown of it in any message that is refused, if that is less.
    pub refused: Option<String>,
}

/// The list of traced fields; none is kept unless somebody reads them.
#[derive(Clone, Debug, Default)]
pub struct Trace(Option<Vec<Traced>>);

impl Trace {
    /// A trace that keeps fields, or one that keeps none.
    #[must_use]
    pub fn new(kept: bool) -> Self {
        Self(kept.then(Vec::new))
    }

    /// The same without its fields.
    #[must_use]
    pub fn emptied(&self) -> Self {
        Self::new(self.0.is_some())
    }

    /// The fields.
    #[must_use]
    pub fn fields(&self) -> &[Traced] {
        self.0.as_deref().unwrap_or_default()
    }

    /// Adds a field.
    pub fn add(&mut self, name: &'static str, bytes: &[u8], shown: Shown) {
        if let Some(fields) = &mut self.0 {
            fields.push(Traced {
                name,
                text: text_of(bytes, shown),
                unsure: unsure(bytes, shown),
                refused: refused(bytes, shown),
            });
        }
    }
}

/// Text of a field: its characters, X'hex' if it has others, its length alone if it is secret.
fn text_of(bytes: &[u8], shown: Shown) -> String {
    match shown {
        Shown::Plain => plain(bytes),
        Shown::Masked => masked(bytes),
        Shown::Key if matches!(bytes, [b'S' | b'R', ..]) => shown_block::text(bytes),
        Shown::Key if bytes.first().is_some_and(u8::is_ascii_hexdigit) => masked(bytes),
        Shown::Key => plain(bytes),
        // Another field may stand there.
        Shown::CardNumber | Shown::Account if !bytes.iter().all(u8::is_ascii_digit) => masked(bytes),
        Shown::CardNumber if bytes.len() >= CARD_NUMBER_MIN => starred(bytes, 6, 4),
        Shown::CardNumber | Shown::Account => starred(bytes, 0, 3),
        // Two digits of the sequence number are behind the four.
        Shown::CardDigits => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            match digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'F')) {
                true => format!("X'{}'", starred(digits.as_bytes(), 0, 6)),
                false => masked(bytes),
            }
        }
    }
}

/// What a field shows of a message that was not read as a whole: of keys tag or header, and what is too short to have much of
/// a card number.
fn unsure(bytes: &[u8], shown: Shown) -> Option<String> {
    match (shown, bytes) {
        (Shown::Key, [b'S' | b'R', ..]) => Some(shown_block::header(bytes)),
        (Shown::Key, [tag, rest @ ..]) if !tag.is_ascii_hexdigit() && rest.len() >= LONG => {
            Some(format!("{} and {}", char::from(*tag), masked(rest)))
        }
        (Shown::Key | Shown::Plain, _) if bytes.len() >= LONG => Some(masked(bytes)),
        _ => None,
    }
}

/// What a field shows of a message that was refused, though it has the form of its command: it may be another command's, and
/// what is mere digits, or has as many as an account number, may be an account or a PIN.
fn refused(bytes: &[u8], shown: Shown) -> Option<String> {
    let row = ACCOUNT_DIGITS.min(bytes.len());
    let has_row = || bytes.windows(row).any(|row| row.iter().all(u8::is_ascii_digit));
    (shown == Shown::Plain && row >= LONG && has_row()).then(|| masked(bytes))
}

/// Characters from which on a field may have most of a card number.
const LONG: usize = 8;
/// Digits of an account number.
const ACCOUNT_DIGITS: usize = 12;

fn masked(bytes: &[u8]) -> String {
    format!("{} characters, not shown", bytes.len())
}

/// A shorter one would have too few digits between those that are shown.
const CARD_NUMBER_MIN: usize = 15;

/// The first and the last characters, and stars for what is between them.
fn starred(bytes: &[u8], first: usize, last: usize) -> String {
    let hidden = first..bytes.len().saturating_sub(last);
    let shown = bytes.iter().enumerate();
    let shown: Vec<u8> = shown
        .map(|(at, byte)| if hidden.contains(&at) { b'*' } else { *byte })
        .collect();
    plain(&shown)
}

fn plain(bytes: &[u8]) -> String {
    match bytes.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        true => String::from_utf8_lossy(bytes).into_owned(),
        false => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            format!("X'{digits}'")
        }
    }
}

/// A command's code for people. What does not begin with a letter is no code of a host command, but data where a code is
/// expected (a header of another length): it is not shown.
#[must_use]
pub fn code_text(code: [u8; CODE_BYTES]) -> String {
    match code.first().is_some_and(u8::is_ascii_alphabetic) {
        true => code.escape_ascii().to_string(),
        false => "??".to_owned(),
    }
}

/// Whether fields may have stood in each other's places: in a message that was refused before its end was read, or with a
/// code that says so of a key or of the whole.
fn is_unsure(error: ErrorCode, ended: bool) -> bool {
    const OF_FORM: &[ErrorCode] = &[
        ErrorCode::INPUT_DATA,
        ErrorCode::KEY_BLOCK_AUTHENTICATION,
        ErrorCode::KEY_BLOCK_LENGTH,
        ErrorCode::OPTIONAL_BLOCKS,
        ErrorCode::OPTIONAL_BLOCK,
    ];
    !ended || OF_FORM.contains(&error)
}

/// A request for people: when, from whom, the command, its fields, and how much of it was not read.
#[must_use]
pub fn request(
    peer: Option<SocketAddr>,
    (command, name): ([u8; CODE_BYTES], &str),
    fields: &Fields<'_>,
    error: ErrorCode,
) -> String {
    let mut text = head(peer, '>', &format!("{} {name}", code_text(command)));
    let doubt = match error {
        ErrorCode::OK => Doubt::None,
        error if is_unsure(error, fields.trailer().is_some()) => Doubt::OfForm,
        _ => Doubt::OfCommand,
    };
    list(&mut text, fields.traced(), doubt);
    let left = fields.rest().len();
    if left != 0 {
        text.push_str(&format!("\n    not read: {left} characters"));
    }
    text
}

/// A response for people: when, to whom, its code, the error code with its meaning, its fields.
#[must_use]
pub fn response(
    peer: Option<SocketAddr>,
    (response, error): ([u8; CODE_BYTES], ErrorCode),
    spec: Option<&CommandSpec>,
    fields: &[Traced],
) -> String {
    let own = spec.and_then(|spec| spec.errors.iter().find(|(code, _)| code.as_bytes() == error.0));
    let meaning = own.map_or_else(|| error.meaning(), |(_, meaning)| meaning);
    let what = format!("{} {error} {meaning}", response.escape_ascii());
    let mut text = head(peer, '<', &what);
    list(&mut text, fields, Doubt::None);
    text
}

fn head(peer: Option<SocketAddr>, direction: char, what: &str) -> String {
    let peer = peer.map_or_else(|| "-".to_owned(), |peer| peer.to_string());
    format!("{} {peer} {direction} {what}", logging::now())
}

/// Whether fields may be others than they are taken for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Doubt {
    None,
    /// The message may be another command's.
    OfCommand,
    /// Fields may have stood in each other's places.
    OfForm,
}

fn list(text: &mut String, fields: &[Traced], doubt: Doubt) {
    let width = fields.iter().map(|field| field.name.len()).max().unwrap_or(0);
    for field in fields {
        let less = match doubt {
            Doubt::None => &None,
            Doubt::OfCommand => &field.refused,
            Doubt::OfForm => &field.unsure,
        };
        let shown = less.as_ref().unwrap_or(&field.text);
        text.push_str(&format!("\n    {:<width$}  {shown}", field.name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_cards_are_not_whole_in_a_trace() {
        for (bytes, shown, text) in [
            (&b"4123456789012345"[..], Shown::CardNumber, "412345******2345"),
            (b"412345678901", Shown::CardNumber, "*********901"),
            (b"345678901234", Shown::Account, "*********234"),
            (b"12", Shown::Account, "12"),
            (b"", Shown::Account, ""),
            (b"1234FFFFFFFF", Shown::Account, "12 characters, not shown"),
            (b"U123456789012345", Shown::CardNumber, "16 characters, not shown"),
            (
                b"\x23\x45\x67\x89\x01\x23\x45\x01",
                Shown::CardDigits,
                "X'**********234501'",
            ),
            (b"\x12\xab", Shown::CardDigits, "2 characters, not shown"),
            (b"4123", Shown::Masked, "4 characters, not shown"),
            (b"3330089604118166", Shown::Key, "16 characters, not shown"),
            (b"ZA330089604118166", Shown::Key, "ZA330089604118166"),
            (b"K001", Shown::Key, "K001"),
        ] {
            assert_eq!(text_of(bytes, shown), text);
        }
    }

    #[test]
    fn digits_of_refused_messages_may_be_those_of_accounts() {
        for (bytes, hidden) in [
            (&b"33300896"[..], true),
            (b"3330089", false),
            (b"3330089A", false),
            (b"FF333008960411FF", true),
            (b"FF33300896041FFF", false),
            (b"", false),
        ] {
            assert_eq!(refused(bytes, Shown::Plain).is_some(), hidden, "{bytes:?}");
            assert_eq!(refused(bytes, Shown::Key), None);
        }
    }
}
