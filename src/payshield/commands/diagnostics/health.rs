//! J2 to JK: how busy the server is, and how it does.

use std::time::Duration;

use crate::os::clock;
use crate::payshield::call::Call;
use crate::payshield::lmks::{Lmk, LmkKind};
use crate::payshield::refusal::Refusal;
use crate::payshield::reply::Reply;

/// Date and time in UTC: YYMMDD and hhmmss.
fn moment(reply: &mut Reply, date: &'static str, time: &'static str, at: Duration) {
    let ((year, month, day), second) = (clock::day(at), at.as_secs() % 86_400);
    let two = |number: u64| usize::try_from(number % 100).unwrap_or(0);
    for part in [year, month, day] {
        reply.number(date, two(part), 2);
    }
    for part in [second / 3600, second / 60 % 60, second % 60] {
        reply.number(time, two(part), 2);
    }
}

/// What stands before every count: whose it is, from when to when, and now.
fn period(call: &mut Call<'_>, since: Duration) -> Duration {
    let now = clock::since_epoch();
    let serial = call.host.serial_number();
    call.reply.field("serial number", &serial);
    moment(&mut call.reply, "start date", "start time", since);
    moment(&mut call.reply, "end date", "end time", now);
    moment(&mut call.reply, "current date", "current time", now);
    now.saturating_sub(since)
}

fn number(call: &mut Call<'_>, name: &'static str, number: u64, length: usize) {
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    call.reply.number(name, number, length);
}

pub(super) fn loading(call: &mut Call<'_>) -> Result<(), Refusal> {
    call.end()?;
    let (since, loads) = call.host.health().loads();
    let seconds = period(call, since).as_secs();
    number(call, "seconds", seconds, 10);
    for (from, count) in (0_usize..).step_by(10).zip(loads) {
        call.reply.number("from percent", from, 3);
        call.reply.number("to percent", from + 10, 3);
        number(call, "seconds", count, 10);
        call.reply.field("delimiter", b",");
    }
    Ok(())
}

pub(super) fn volumes(call: &mut Call<'_>) -> Result<(), Refusal> {
    call.end()?;
    let (since, _) = call.host.health().loads();
    let seconds = period(call, since).as_secs();
    number(call, "seconds", seconds, 10);
    let host = call.host;
    for entry in host.commands().filter(|entry| entry.volume.recent() != 0) {
        call.reply.field("command", entry.spec.code.as_bytes());
        number(call, "transactions", entry.volume.recent(), 12);
    }
    Ok(())
}

pub(super) fn reset_statistics(call: &mut Call<'_>) -> Result<(), Refusal> {
    call.end()?;
    call.host.health().reset_statistics();
    call.host.commands().for_each(|entry| entry.volume.reset());
    Ok(())
}

pub(super) fn counts(call: &mut Call<'_>) -> Result<(), Refusal> {
    call.end()?;
    let (since, counts) = call.host.health().counts();
    period(call, since);
    // A server that counts has started once, and nothing of it can be opened.
    number(call, "reboots", 1, 10);
    number(call, "tampers", 0, 10);
    number(call, "PIN limit per minute", counts.minutes.into(), 7);
    number(call, "PIN limit per hour", counts.hours.into(), 5);
    number(call, "PIN attacks", counts.attacks.into(), 8);
    Ok(())
}

pub(super) fn reset_counts(call: &mut Call<'_>) -> Result<(), Refusal> {
    call.end()?;
    call.authorised(super::HEALTH.name)?;
    call.host.health().reset_counts();
    Ok(())
}

/// Check values of the published TEST LMKs.
const TEST_CHECK_VALUES: [&[u8; 3]; 3] = [b"\x39\x7b\x0b", b"\x8e\x0e\xc0", b"\x9d\x04\xa0"];
const COMMENT: usize = 15;
const DELIMITER: &[u8] = b"\x14";

fn is_test(lmk: &Lmk) -> bool {
    let begins = |value: &&[u8; 3]| lmk.check_value.starts_with(*value);
    TEST_CHECK_VALUES.iter().any(begins) || lmk.label.contains("TEST")
}

fn describe(call: &mut Call<'_>, lmk: &Lmk) {
    let activities = call.host.authorised().list().len();
    let authorised: &[u8] = if activities != 0 { b"1" } else { b"0" };
    let (scheme, algorithm): (&[u8], &[u8]) = match lmk.kind {
        LmkKind::Variant => (b"V", b"0"),
        LmkKind::KeyBlockDes => (b"K", b"1"),
        LmkKind::KeyBlockAes => (b"K", b"2"),
    };
    let mut comment = [b' '; COMMENT];
    let printable = lmk.label.bytes().filter(|byte| (b' '..=b'~').contains(byte));
    comment
        .iter_mut()
        .zip(printable)
        .for_each(|(place, byte)| *place = byte);
    let reply = &mut call.reply;
    reply.number("LMK", usize::from(lmk.id), 2);
    reply.field("authorised", authorised);
    reply.number("activities", activities.min(99), 2);
    reply.field("scheme", scheme);
    reply.field("algorithm", algorithm);
    reply.field("status", if is_test(lmk) { b"T" } else { b"L" });
    reply.field("comment", &comment);
    reply.field("delimiter", DELIMITER);
}

pub(super) fn instantaneous(call: &mut Call<'_>) -> Result<(), Refusal> {
    call.end()?;
    let host = call.host;
    let serial = host.serial_number();
    call.reply.field("serial number", &serial);
    moment(&mut call.reply, "date", "time", clock::since_epoch());
    for (name, state) in [
        ("console", b"0"),
        ("manager", b"0"),
        ("host link 1", b"1"),
        ("host link 2", b"0"),
        ("async", b"0"),
        ("FICON", b"0"),
        ("tamper", b"1"),
    ] {
        call.reply.field(name, state);
    }
    let tests = host.lmks().current().filter(|lmk| is_test(lmk)).count();
    call.reply.number("LMKs", host.lmks().current().count(), 2);
    call.reply.number("test LMKs", tests, 2);
    call.reply.number("old LMKs", host.lmks().old_ones().count(), 2);
    for lmk in host.lmks().current() {
        describe(call, lmk);
    }
    call.reply.field("end of the LMKs", DELIMITER);
    let flag = |is: bool| if is { b"1" } else { b"0" };
    let (_, counts) = host.health().counts();
    call.reply
        .field("fraud detection exceeded", flag(counts.attacks != 0));
    call.reply
        .field("PIN attacks exceeded", flag(host.health().is_locked()));
    Ok(())
}
