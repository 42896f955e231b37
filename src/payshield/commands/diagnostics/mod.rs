//! Diagnostics: what the server is and how it does.

mod chain;
mod health;
mod network;

use std::time::Duration;

use crate::payshield::activities::Activity;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::command::{CommandSpec, LmkKinds};
use crate::payshield::fields::Fields;
use crate::payshield::refusal::Refusal;

const HEALTH: Activity = Activity::always("health.host");

/// A row of this group: they use no key.
const ROW: CommandSpec = CommandSpec {
    lmks: LmkKinds::None,
    ..CommandSpec::NONE
};

/// The rows.
pub static ROWS: &[CommandSpec] = &[
    CommandSpec {
        code: "NC",
        response: "ND",
        name: "Perform diagnostics",
        request: "[%nn]",
        reply: "LMK check value 16H; firmware number 9",
        handler: perform_diagnostics,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "NO",
        response: "NP",
        name: "HSM status",
        request: "mode 2n",
        reply: "00: buffer 1n; Ethernet 1n; sockets 2n; firmware number 9; reserved 1n; reserved 4n. 01: PCI HSM compliance 1n; \
                reserved 10n",
        handler: status,
        ..ROW
    },
    CommandSpec {
        code: "B2",
        response: "B3",
        name: "Echo",
        request: "length 4H; data",
        reply: "data",
        errors: &[
            ("80", "there is less data than the length says"),
            ("15", "there is more"),
        ],
        handler: echo,
        ..ROW
    },
    CommandSpec {
        code: "NI",
        response: "NJ",
        name: "Return network information",
        request: "network interface 1; Ethernet statistics 1n",
        reply: "records 4n; {protocol 1n; local port 4H; remote address 8H; remote port 4H; state 1n; seconds 8H}; [bytes \
                sent 16H; bytes received 16H; nine counters 8H each]",
        handler: network::information,
        ..ROW
    },
    CommandSpec {
        code: "J2",
        response: "J3",
        name: "Get HSM loading",
        reply: "serial number 12; start date 6n; time 6n; end date 6n; time 6n; current date 6n; time 6n; seconds 10n; ten \
                times {from percent 3n; to percent 3n; seconds 10n; `,`}",
        handler: health::loading,
        ..ROW
    },
    CommandSpec {
        code: "J4",
        response: "J5",
        name: "Get host command volumes",
        reply: "serial number 12; start date 6n; time 6n; end date 6n; time 6n; current date 6n; time 6n; seconds 10n; \
                {command 2; transactions 12n}",
        handler: health::volumes,
        ..ROW
    },
    CommandSpec {
        code: "J6",
        response: "J7",
        name: "Reset utilisation statistics",
        handler: health::reset_statistics,
        ..ROW
    },
    CommandSpec {
        code: "J8",
        response: "J9",
        name: "Get health check accumulated counts",
        reply: "serial number 12; start date 6n; time 6n; end date 6n; time 6n; current date 6n; time 6n; reboots 10n; \
                tampers 10n; PIN verification limits passed per minute 7n; per hour 5n; PIN attacks 8n",
        handler: health::counts,
        ..ROW
    },
    CommandSpec {
        code: "JI",
        response: "JJ",
        name: "Reset health check accumulated counts",
        activities: &[HEALTH],
        handler: health::reset_counts,
        ..ROW
    },
    CommandSpec {
        code: "JK",
        response: "JL",
        name: "Get instantaneous health check status",
        reply: "serial number 12; date 6n; time 6n; console, manager, two host links, async, FICON 1n each; tamper 1n; LMKs \
                2n; test LMKs 2n; old LMKs 2n; {LMK 2n; authorised 1n; activities 2n; scheme 1; algorithm 1n; status 1; \
                comment 15; X'14'}; X'14'; fraud detection exceeded 1n; PIN attacks exceeded 1n",
        handler: health::instantaneous,
        ..ROW
    },
    CommandSpec {
        code: "RA",
        response: "RB",
        name: "Cancel authorised activities",
        reply: "activities that were cancelled 3n",
        handler: cancel_activities,
        ..ROW
    },
    CommandSpec {
        code: "NK",
        response: "NL",
        name: "Command chaining",
        request: "header flag 1n; commands 2n; {length 4n; command}",
        reply: "responses 2n; {length 4n; response}",
        errors: &[
            ("52", "no command, too many, or a chain in a chain"),
            ("15", "a length is wrong"),
            ("80", "of a command in it: its response finds no room"),
        ],
        handler: chain::chain,
        ..ROW
    },
    CommandSpec {
        code: "LG",
        response: "LH",
        name: "Set HSM response delay",
        request: "milliseconds 3n",
        handler: delay,
        ..ROW
    },
];

fn perform_diagnostics(call: &mut Call<'_>) -> Result<(), Refusal> {
    call.end()?;
    let lmk = call.lmk()?;
    call.reply.hex("LMK check value", &call.host.check_value(lmk));
    call.reply
        .field("firmware number", call.host.settings().firmware.as_bytes());
    Ok(())
}

/// What the one digit of the buffer says: 32 KB.
const BUFFER_32K: &[u8] = b"3";
const SOCKETS_MAX: usize = 99;

fn status(call: &mut Call<'_>) -> Result<(), Refusal> {
    let mode = call.fields.array::<2>("mode")?;
    call.end()?;
    let settings = call.host.settings();
    match &mode {
        b"00" => {
            call.reply.field("buffer", BUFFER_32K);
            call.reply.field("Ethernet", b"1");
            let sockets = settings.connections_max.min(SOCKETS_MAX);
            call.reply.number("sockets", sockets, 2);
            call.reply.field("firmware number", settings.firmware.as_bytes());
            call.reply.field("reserved", b"0");
            call.reply.field("reserved", b"0000");
            Ok(())
        }
        b"01" => {
            // A program is no device that PCI has approved, whatever it does.
            let separates = call.host.lmks().current().all(|lmk| lmk.separates_002);
            let compliance: &[u8] = if separates { b"2" } else { b"0" };
            call.reply.field("PCI HSM compliance", compliance);
            call.reply.field("reserved", &[b'0'; 10]);
            Ok(())
        }
        _ => Err(Fields::wrong("mode")),
    }
}

fn echo(call: &mut Call<'_>) -> Result<(), Refusal> {
    let length = call.fields.hex_number("length", 4)?;
    let data = call.fields.secret("data", length);
    let data = data.map_err(|refused| refused.recode(ErrorCode::INPUT_DATA, ErrorCode::DATA_LENGTH))?;
    call.end()?;
    call.reply.secret("data", data);
    Ok(())
}

fn cancel_activities(call: &mut Call<'_>) -> Result<(), Refusal> {
    call.end()?;
    let count = call.host.authorised().cancel();
    log::warn!("payshield: RA cancelled {count} authorised activities");
    call.reply.number("activities", count.min(999), 3);
    Ok(())
}

fn delay(call: &mut Call<'_>) -> Result<(), Refusal> {
    let milliseconds = call.fields.number("milliseconds", 3)?;
    call.end()?;
    let milliseconds = u64::try_from(milliseconds).unwrap_or(0);
    call.reply.delay(Duration::from_millis(milliseconds));
    Ok(())
}
