//! What options and configuration may not ask for.

use super::options::{LmkPin, Place, ServeArguments};
use super::plan::{Plan, wrong};
use crate::admin::failure::{Failure, Outcome};
use crate::config::Payshield;
use crate::payshield::commands;
use crate::payshield::host::Host;
use crate::payshield::settings::{CARD_FORMATS, PIN_BLOCK_FORMATS, Settings};

/// Refuses switches for tests where the configuration does.
pub(super) fn test_switches(arguments: &ServeArguments, said: &Payshield) -> Outcome {
    let switches = [
        (arguments.approve_all, "--approve-all"),
        (arguments.skip_parity, "--skip-parity"),
        (arguments.pythales_lmk.is_some(), "--pythales-lmk"),
        (arguments.lmk_pin == LmkPin::Plain, "--lmk-pin plain"),
    ];
    match switches.iter().find(|(is, _)| *is) {
        Some((_, name)) if !said.test_switches => Err(Failure::usage(
            format!("{name} is for tests, and the configuration takes no such switch"),
            "leave it out, or set payshield.test_switches",
        )),
        _ => Ok(()),
    }
}

/// Refuses what nobody could mean: commands and PIN block formats that there are not.
pub(super) fn settings(settings: &Settings) -> Outcome {
    for (list, key) in [
        (&settings.disabled, "--disable, payshield.disabled"),
        (&settings.unlicensed, "--unlicensed, payshield.unlicensed"),
    ] {
        let is_known = |code: &str| commands::all().any(|row| row.code.eq_ignore_ascii_case(code));
        if let Some(code) = list.iter().find(|code| !is_known(code)) {
            return Err(Failure::new(
                format!("{key}: there is no host command {code:?}"),
                "`vhsm payshield commands` lists those that there are",
            ));
        }
    }
    let formats = [&PIN_BLOCK_FORMATS[..], &CARD_FORMATS].concat();
    let unknown = |format: &&String| !formats.contains(&format.as_str());
    match settings.disabled_formats.iter().find(unknown) {
        Some(format) => Err(Failure::new(
            format!("--disable-format, payshield.disabled_formats: there is no PIN block format {format:?}"),
            format!("the formats are {}", formats.join(", ")),
        )),
        None => Ok(()),
    }
}

/// Refuses an address whose LMK the token does not have. Ports that are counted up may go beyond its LMKs.
pub(super) fn lmks(host: &Host, plan: &Plan) -> Outcome {
    let counted = plan.listen.len().saturating_sub(usize::from(plan.lmk_ports));
    let secure = plan.tls.iter().flat_map(|tls| &tls.listen);
    for Place { address, lmk } in plan.listen.iter().take(counted).chain(secure) {
        if let Some(lmk) = lmk.filter(|lmk| host.lmks().get(*lmk).is_err()) {
            return Err(wrong_lmk(lmk, *address));
        }
    }
    Ok(())
}

fn wrong_lmk(lmk: u8, address: std::net::SocketAddr) -> Failure {
    wrong(format!(
        "{address}={lmk:02}: the token has no LMK {lmk:02} (`vhsm lmk list` shows those that it has)"
    ))
}
