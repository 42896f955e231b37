//! When the key of a Thales key block may be used: the optional blocks 00 (status), 03 and 04 (the first and the last hour)
//! [payShield, Thales key blocks, optional header blocks].

use super::optional::{Blocks, Builder, PADDING};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, PaymentFault, Result};
use crate::mechanism::payment_key::{day, is_wider};
use crate::os::clock::{self, Day};

const STATUS: &[u8; 2] = b"00";
const FIRST_HOUR: &[u8; 2] = b"03";
const LAST_HOUR: &[u8; 2] = b"04";

/// An hour in UTC.
type Hour = (Day, u64);

/// The last hour in which a key may be used: for who keeps a key that came in a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LastHour(Hour);

impl LastHour {
    /// What the optional blocks of a key say of it, if they do.
    #[must_use]
    pub fn of(optional: &[u8]) -> Option<Self> {
        Blocks::all(optional)?.find(LAST_HOUR).and_then(hour).map(Self)
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_over(self) -> bool {
        self.is_over_at(now())
    }

    fn is_over_at(self, hour: Hour) -> bool {
        hour > self.0
    }
}

/// The hour that it is.
fn now() -> Hour {
    let now = clock::since_epoch();
    (clock::day(now), now.as_secs() / 3600 % 24)
}

/// The dates that optional blocks tell, if the key may be used now.
#[derive(Debug, PartialEq)]
pub(super) struct Validity {
    first: Option<Hour>,
    last: Option<Hour>,
}

impl Validity {
    /// # Errors
    /// [`Error::PaymentKey`]: a status other than live and test, a date that there is not, the first hour yet to come, the
    /// last one over.
    pub(super) fn now(blocks: Blocks<'_>) -> Result<Self> {
        Self::at(blocks, now())
    }

    fn at(blocks: Blocks<'_>, now: Hour) -> Result<Self> {
        let refused = |fault, why| Err(Error::PaymentKey(fault, why));
        match blocks.find(STATUS) {
            None | Some(b"L" | b"T") => {}
            Some(b"E" | b"P" | b"R") => {
                let why = "the key block says that it is expired (E), pending (P) or revoked (R)";
                return refused(PaymentFault::Status, why);
            }
            Some(_) => {
                return refused(
                    PaymentFault::Status,
                    "a status is E, L, P, R or T (optional block 00)",
                );
            }
        }
        let told = |id, fault, why| match blocks.find(id).map(hour) {
            None => Ok(None),
            Some(Some(hour)) => Ok(Some(hour)),
            Some(None) => Err(Error::PaymentKey(fault, why)),
        };
        let why = "optional block 03 is YYYY:MM:DD:HH, an hour that there is";
        let first = told(FIRST_HOUR, PaymentFault::NotYetValid, why)?;
        let why = "optional block 04 is YYYY:MM:DD:HH, an hour that there is";
        let last = told(LAST_HOUR, PaymentFault::Expired, why)?;
        match (first, last) {
            (Some(first), _) if now < first => refused(
                PaymentFault::NotYetValid,
                "the first hour (optional block 03) is yet to come",
            ),
            (_, Some(last)) if now > last => {
                refused(PaymentFault::Expired, "the last hour (optional block 04) is over")
            }
            _ => Ok(Self { first, last }),
        }
    }

    /// Adds CKA_START_DATE and CKA_END_DATE to the attributes of the block's key.
    ///
    /// # Errors
    /// [`Error::TemplateInconsistent`] if the template has others.
    pub(super) fn add_to(&self, made: &mut AttributeSet, template: &AttributeSet) -> Result<()> {
        for (attribute, hour) in [(CKA_START_DATE, self.first), (CKA_END_DATE, self.last)] {
            let Some(((year, month, day), _)) = hour else {
                continue;
            };
            let date = Value::bytes(format!("{year:04}{month:02}{day:02}").as_bytes());
            if template.value(attribute).is_some_and(|told| *told != date) {
                let why = "the key block says otherwise";
                return Err(Error::TemplateInconsistent { attribute, why });
            }
            made.set(attribute, date);
        }
        Ok(())
    }
}

/// The optional blocks that are asked for of the block of a key, with its dates where its own blocks do not tell them: a key
/// comes back with its days. Status and hours that are asked for are no wider than the key's.
///
/// # Errors
/// [`Error::KeyNotWrappable`].
pub(super) fn asked_of(key: &AttributeSet, asked: Blocks<'_>) -> Result<Vec<u8>> {
    let kept = key.bytes(CKA_VHSM_OPTIONAL_BLOCKS).unwrap_or_default();
    let kept = Blocks::all(kept).ok_or(Error::KeyNotWrappable("CKA_VHSM_OPTIONAL_BLOCKS are none"))?;
    let is_other = |(own, asked)| own != asked;
    if kept.find(STATUS).zip(asked.find(STATUS)).is_some_and(is_other) {
        return Err(Error::KeyNotWrappable(
            "the key's status (optional block 00) is another one",
        ));
    }
    let mut text = asked.text().to_vec();
    for (id, date, at, why) in [
        (
            FIRST_HOUR,
            CKA_START_DATE,
            0,
            "optional block 03 is before the key's first hour",
        ),
        (
            LAST_HOUR,
            CKA_END_DATE,
            23,
            "optional block 04 is behind the key's last hour",
        ),
    ] {
        let is_wider = |one: Hour, own: Hour| is_wider(date, &one, &own);
        let told = kept.find(id).and_then(hour);
        let by_date = key.bytes(date).and_then(day).map(|day| (day, at));
        let own = match (told, by_date) {
            (Some(told), Some(by_date)) if is_wider(told, by_date) => Some(by_date),
            (told, by_date) => told.or(by_date),
        };
        let Some(own) = own else { continue };
        match asked.find(id) {
            Some(asked) if hour(asked).is_some_and(|asked| is_wider(asked, own)) => {
                return Err(Error::KeyNotWrappable(why));
            }
            Some(_) => {}
            None if told == Some(own) => {}
            None => {
                text.extend_from_slice(id);
                text.extend_from_slice(format!("11{}", written(own)).as_bytes());
            }
        }
    }
    Ok(text)
}

/// CKA_VHSM_OPTIONAL_BLOCKS of a key that is made of several: status and hours are those of all of them, or what the
/// template tells, which is no wider. All other blocks are the template's to say.
///
/// # Errors
/// [`Error::TemplateInconsistent`]; [`Error::PaymentKey`] for keys of which one has another status than the next.
pub(in crate::payment) fn of_all(keys: &[&AttributeSet], template: &mut AttributeSet) -> Result<()> {
    let text = |from: &AttributeSet| from.bytes(CKA_VHSM_OPTIONAL_BLOCKS).unwrap_or_default().to_vec();
    let refused = |why| {
        let attribute = CKA_VHSM_OPTIONAL_BLOCKS;
        Err(Error::TemplateInconsistent { attribute, why })
    };
    let texts: Vec<_> = keys.iter().map(|key| text(key)).collect();
    let told = text(template);
    let all: Option<Vec<_>> = texts.iter().map(|text| Blocks::all(text)).collect();
    let (Some(all), Some(told)) = (all, Blocks::all(&told)) else {
        return refused("the optional blocks are none");
    };
    let mut made = Builder::default();
    for block in told.iter().filter(|block| block.id != PADDING) {
        made.add(block);
    }
    let mut statuses = all.iter().filter_map(|blocks| blocks.find(STATUS));
    if let Some(status) = statuses.next() {
        if statuses.any(|other| other != status) {
            let why = "the keys have different statuses (optional block 00)";
            return Err(Error::PaymentKey(PaymentFault::Usage, why));
        }
        match told.find(STATUS) {
            Some(told) if told != status => {
                return refused("the keys have another status (optional block 00)");
            }
            Some(_) => {}
            None => made.push(STATUS, status)?,
        }
    }
    for (id, date) in [(FIRST_HOUR, CKA_START_DATE), (LAST_HOUR, CKA_END_DATE)] {
        let hours = all.iter().filter_map(|blocks| blocks.find(id).map(hour));
        let hours: Option<Vec<_>> = hours.collect();
        let Some(hours) = hours else {
            return refused("an hour in the optional blocks of a key is none");
        };
        let narrower = |one, other| if is_wider(date, &one, &other) { other } else { one };
        let Some(own) = hours.into_iter().reduce(narrower) else {
            continue;
        };
        match told.find(id).map(hour) {
            None => made.push(id, written(own).as_bytes())?,
            Some(Some(told)) if !is_wider(date, &told, &own) => {}
            Some(_) => return refused("the keys have other hours (optional blocks 03 and 04)"),
        }
    }
    match made.text() {
        [] => {}
        text => {
            template.set(CKA_VHSM_OPTIONAL_BLOCKS, Value::bytes(text));
        }
    }
    Ok(())
}

fn written(((year, month, day), hour): Hour) -> String {
    format!("{year:04}:{month:02}:{day:02}:{hour:02}")
}

/// `YYYY:MM:DD:HH`; `None` if there is no such hour.
fn hour(text: &[u8]) -> Option<Hour> {
    let mut numbers = text
        .split(|byte| *byte == b':')
        .zip([4, 2, 2, 2])
        .map(|(digits, length)| {
            let right = digits.len() == length && digits.iter().all(u8::is_ascii_digit);
            std::str::from_utf8(digits)
                .ok()
                .filter(|_| right)?
                .parse::<u64>()
                .ok()
        });
    let mut next = || numbers.next().flatten();
    let (year, month, day, hour) = (next()?, next()?, next()?, next()?);
    let day = (year, month, day);
    let there_is = text.len() == 13 && clock::is_day(day) && hour < 24;
    there_is.then_some((day, hour))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Hour = ((2026, 11, 27), 9);

    fn at_noon(text: &str) -> std::result::Result<Validity, PaymentFault> {
        match Validity::at(Blocks::all(text.as_bytes()).unwrap(), NOW) {
            Ok(validity) => Ok(validity),
            Err(Error::PaymentKey(fault, _)) => Err(fault),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn hours_are_compared() {
        for text in [
            "",
            "0005L",
            "0005T",
            "03112026:11:27:09",
            "04112026:11:27:09",
            "03112000:02:29:0004112028:02:29:23",
        ] {
            assert!(at_noon(text).is_ok(), "{text}");
        }
        assert_eq!(at_noon("03112026:11:27:10"), Err(PaymentFault::NotYetValid));
        assert_eq!(at_noon("04112026:11:27:08"), Err(PaymentFault::Expired));
        assert_eq!(at_noon("0404"), Err(PaymentFault::Expired));
    }

    #[test]
    fn a_last_hour_is_over_when_the_next_one_begins() {
        assert_eq!(LastHour::of(b"0005L"), None);
        assert_eq!(
            LastHour::of(b"04112026:11:27:08"),
            Some(LastHour(((2026, 11, 27), 8)))
        );
        assert!(LastHour::of(b"04112020:01:01:00").is_some_and(LastHour::is_over));
        let last = LastHour(((2026, 11, 27), 8));
        assert!(!last.is_over_at(((2026, 11, 27), 8)) && last.is_over_at(((2026, 11, 27), 9)));
        assert!(!LastHour::of(b"04119999:12:31:23").unwrap().is_over());
    }

    #[test]
    fn statuses_and_dates_have_their_form() {
        for text in ["0005E", "0005P", "0005R", "0005X", "0006LL"] {
            assert_eq!(at_noon(text), Err(PaymentFault::Status), "{text}");
        }
        for date in [
            "20XX:11:27:09",
            "2025:13:41:12",
            "2025:02:29:12",
            "2025:00:01:12",
            "2025:01:00:12",
            "2025:01:01:24",
            "2025-01-01-01",
            "02025:1:01:01",
        ] {
            assert_eq!(
                at_noon(&format!("0311{date}")),
                Err(PaymentFault::NotYetValid),
                "{date}"
            );
            assert_eq!(
                at_noon(&format!("0411{date}")),
                Err(PaymentFault::Expired),
                "{date}"
            );
        }
        assert_eq!(at_noon("03132025:01:01:01:0"), Err(PaymentFault::NotYetValid));
    }
}
