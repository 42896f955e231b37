//! [`Custody`]: custodians enter the components of a key in turn.

use super::{Dialogue, Opened};
use crate::admin::failure::Failure;
use crate::ck::{CKA_VALUE, ObjectHandle};
use crate::error::{Error, PaymentFault};
use crate::secret::SecretBytes;

/// Most components of a key.
pub(in crate::admin) const COMPONENTS_MAX: u8 = 9;

/// How a component is entered.
#[derive(Clone, Copy)]
pub(in crate::admin) struct Form {
    /// Length in bytes of what is entered in one line.
    pub(in crate::admin) line_len: usize,
    /// How many lines there are.
    pub(in crate::admin) lines: usize,
}

/// A component that was entered.
pub(in crate::admin) struct Entered {
    /// The session object that it became.
    pub(in crate::admin) handle: ObjectHandle,
    /// Its check value.
    pub(in crate::admin) check_value: String,
}

/// Who enters what.
pub(in crate::admin) struct Custody {
    /// How many custodians there are.
    pub(in crate::admin) count: u8,
    /// What each of them enters.
    pub(in crate::admin) form: Form,
}

impl Custody {
    /// Asks all custodians in turn. `make` makes a session object of a component, by its number; what it refuses because
    /// of the component's value is said, and asked for again.
    ///
    /// # Errors
    /// Given up; what `make` refuses for another reason.
    pub(in crate::admin) fn gather(
        &self,
        opened: &Opened,
        dialogue: &mut Dialogue,
        make: impl Fn(u8, &SecretBytes) -> Result<Entered, Error>,
    ) -> Result<Vec<Entered>, Failure> {
        let mut components: Vec<Entered> = Vec::new();
        for number in 1..=self.count {
            dialogue.say(&format!(
                "Custodian {number} of {}: enter your component. It is not shown; `quit` gives up, and nothing is stored.",
                self.count
            ))?;
            loop {
                let value = self.component(dialogue)?;
                let entered = match make(number, &value) {
                    Ok(entered) => entered,
                    Err(error) if is_about_the_value(&error) => {
                        dialogue.say(&format!("Not taken: {error}. Again, please."))?;
                        continue;
                    }
                    Err(error) => return Err(error.into()),
                };
                let question = format!(
                    "Check value of component {number}: {}. Is it that of the sheet?",
                    entered.check_value
                );
                if dialogue.agrees(&question, &entered.check_value)? {
                    components.push(entered);
                    break;
                }
                opened.destroy(entered.handle)?;
                dialogue.say("The component is dropped. Again, please.")?;
            }
        }
        Ok(components)
    }

    /// One component, line by line.
    fn component(&self, dialogue: &mut Dialogue) -> Result<SecretBytes, Failure> {
        let Form { line_len, lines } = self.form;
        let mut value = SecretBytes::zeros(line_len.saturating_mul(lines));
        for (at, part) in value.as_mut().chunks_mut(line_len.max(1)).enumerate() {
            let digits = line_len.saturating_mul(2);
            let which = match lines {
                1 => String::new(),
                _ => format!(", pair {:02}-{:02}", 2 * at, 2 * at + 1),
            };
            let question = format!("  {digits} hexadecimal digits{which}");
            loop {
                let typed = dialogue.hidden(&question)?;
                match read(&typed, part) {
                    Ok(()) => break,
                    Err(why) => dialogue.say(&format!("Not taken: {why}. Again, please."))?,
                }
            }
        }
        Ok(value)
    }
}

/// Whether a module's refusal is about the digits that a custodian entered.
fn is_about_the_value(error: &Error) -> bool {
    match error {
        Error::PaymentKey(fault, _) => matches!(
            fault,
            PaymentFault::Parity | PaymentFault::AllZero | PaymentFault::Masquerades | PaymentFault::Weak
        ),
        Error::AttributeValueInvalid { attribute, .. } => *attribute == CKA_VALUE,
        _ => false,
    }
}

/// Writes the bytes that hexadecimal digits stand for; blanks, colons and dashes between them are passed over. The error
/// tells no character.
fn read(typed: &[u8], out: &mut [u8]) -> Result<(), String> {
    let wanted = out.len().saturating_mul(2);
    let mut digits = SecretBytes::zeros(wanted);
    let mut count = 0_usize;
    for byte in typed.trim_ascii() {
        let digit = match byte {
            b' ' | b':' | b'-' => continue,
            b'0'..=b'9' => byte - b'0',
            b'A'..=b'F' => byte - b'A' + 10,
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return Err(format!("digit {} is not hexadecimal", count + 1)),
        };
        if let Some(place) = digits.as_mut().get_mut(count) {
            *place = digit;
        }
        count += 1;
    }
    if count != wanted {
        return Err(format!("these are {count} digits and not {wanted}"));
    }
    let (pairs, _) = digits.as_chunks::<2>();
    for (byte, [high, low]) in out.iter_mut().zip(pairs) {
        *byte = high << 4 | low;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_with_what_stands_between_them_and_refused_without_telling_them() {
        let mut out = [0; 4];
        read(b" 01-23:45 aB\r", &mut out).unwrap();
        assert_eq!(out, [0x01, 0x23, 0x45, 0xab]);
        let refused = |typed: &[u8]| read(typed, &mut [0; 4]).unwrap_err();
        assert_eq!(refused(b"0123456"), "these are 7 digits and not 8");
        assert_eq!(refused(b"012345678"), "these are 9 digits and not 8");
        assert_eq!(refused(b"01 2g4567"), "digit 4 is not hexadecimal");
    }
}
