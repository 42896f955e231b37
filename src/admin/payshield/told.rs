//! What the server says when it starts.

use std::net::SocketAddr;

use super::options::{LmkPin, ServeArguments};
use crate::admin::failure::Outcome;
use crate::admin::output;
use crate::os::descriptors;
use crate::payshield::control;
use crate::payshield::hex::hex_digits;
use crate::payshield::host::Host;
use crate::payshield::lmks::LmkKind;
use crate::payshield::metrics;
use crate::payshield::server::{Endpoint, Socket};

/// Says loudly what is for tests only.
pub(super) fn warn(arguments: &ServeArguments) -> Outcome {
    if arguments.demo {
        output::text(
            "DEMONSTRATION: a throwaway token with published LMKs, on which everything but diag is authorised. Never give it \
             real keys, PINs or card numbers.",
        )?;
    }
    for (is, what) in [
        (
            arguments.approve_all,
            "--approve-all: every check but those of CU and DU is answered as if it had gone well",
        ),
        (
            arguments.skip_parity,
            "--skip-parity: keys of any parity are taken",
        ),
        (
            arguments.pythales_lmk.is_some(),
            "--pythales-lmk: one key without variants stands for the LMK; keys of any parity are taken",
        ),
        (
            arguments.lmk_pin == LmkPin::Plain,
            "--lmk-pin plain: PINs under the LMK are in the clear",
        ),
    ] {
        if is {
            log::warn!("payshield: {what}");
            output::text(&format!("FOR TESTS ONLY, {what}"))?;
        }
    }
    Ok(())
}

/// Descriptors of the process itself: files of the store, sockets that listen, the runtime's.
const OWN_DESCRIPTORS: usize = 128;

/// Makes room for the descriptors of all connections, and says so where the system has too few.
pub(super) fn descriptors(connections_max: usize) -> Outcome {
    let beside = metrics::AT_A_TIME + control::AT_A_TIME + OWN_DESCRIPTORS;
    let wanted = u64::try_from(connections_max.saturating_add(beside)).unwrap_or(u64::MAX);
    let has = descriptors::raise(wanted);
    if has >= wanted {
        return Ok(());
    }
    let what = format!(
        "{connections_max} connections (payshield.connections_max) need {wanted} open files, and the system lets \
         this process have {has}: raise the hard limit (ulimit -Hn, LimitNOFILE of systemd), or lower the number"
    );
    log::warn!("payshield: {what}");
    Ok(output::text(&format!("WARNING: {what}"))?)
}

/// Lists the local master keys with their check values; warns if there is none that keys are used under.
pub(super) fn lmks(host: &Host) -> Outcome {
    if host.lmks().current().next().is_none() {
        let what = match host.lmks().old_ones().next() {
            Some(_) => "all local master keys that are served are old ones, for migration only",
            None => "the token has no local master key",
        };
        let what = format!("{what}: what works under a current one answers 13 (`vhsm lmk list`)");
        log::warn!("payshield: {what}");
        output::text(&format!("WARNING: {what}"))?;
    }
    for lmk in host.lmks().current() {
        let kind = match lmk.kind {
            LmkKind::Variant => "variant",
            LmkKind::KeyBlockDes => "key block, 3DES",
            LmkKind::KeyBlockAes => "key block, AES-256",
        };
        let check = host.check_value(lmk);
        let check = hex_digits(check.get(..3).unwrap_or_default());
        let default = if lmk.id == host.lmks().default_id() {
            ", the default"
        } else {
            ""
        };
        let separation = match (lmk.kind, lmk.separates_002) {
            (LmkKind::Variant, true) => ", key type 002 separated",
            (LmkKind::Variant, false) => ", key type 002 not separated",
            _ => "",
        };
        output::text(&format!(
            "LMK {:02}  {:<18}  check value {}  {:?}{default}{separation}",
            lmk.id,
            kind,
            String::from_utf8_lossy(&check),
            lmk.label
        ))?;
    }
    Ok(())
}

/// ` for LMK 01` where messages are.
pub(super) fn of_lmk(lmk: Option<u8>) -> String {
    lmk.map_or_else(String::new, |lmk| format!(" for LMK {lmk:02}"))
}

fn address(endpoint: &Endpoint) -> Option<SocketAddr> {
    match &endpoint.socket {
        Socket::Tcp(listener) => listener.local_addr().ok(),
        Socket::Tls(..) | Socket::Udp(_) => None,
    }
}

/// A line that asks a demonstration for its diagnostics.
pub(super) fn try_it(arguments: &ServeArguments, host: &Host, endpoints: &[Endpoint]) -> Outcome {
    let first = endpoints.iter().find_map(address);
    let (Some(address), true) = (first, arguments.demo) else {
        return Ok(());
    };
    let settings = host.settings();
    if settings.ebcdic {
        return Ok(());
    }
    let header = "0".repeat(settings.header_length);
    let length = settings.header_length + 2;
    let (ip, port) = (address.ip(), address.port());
    Ok(output::text(&format!(
        "try it: printf '\\{:03o}\\{:03o}{header}NC' | nc -w 1 {ip} {port} | cat -v",
        length / 256,
        length % 256
    ))?)
}
