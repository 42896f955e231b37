//! `vhsm payshield`: serves until it is told to stop.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::demo::{self, Demo};
use crate::admin::choose::TokenOption;
use crate::admin::context::Context;
use crate::admin::failure::{Failure, Outcome};
use crate::admin::output;
use crate::admin::secrets::UserPin;
use crate::admin::uri::Uri;
use crate::payshield::authorised::Authorised;
use crate::payshield::host::Host;
use crate::payshield::refusal::Refusal;
use crate::payshield::server;
use crate::payshield::settings::Settings;

/// Mechanisms that are off by default and that host commands need.
pub(super) const MECHANISMS: [&str; 1] = ["CKM_VHSM_ISO9797_CHAINED_MAC"];

/// What a device does beyond that, each with a risk that its page names: on in demonstrations, and elsewhere where the
/// configuration says so.
pub(super) const DEMO_MECHANISMS: [&str; 6] = [
    "CKM_VHSM_KEY_CHECK_VALUE_WHOLE",
    "CKM_VHSM_VARIANT_LMK_PLAIN_COMPONENT",
    "CKM_VHSM_VARIANT_LMK_FROM_BLOCK",
    "CKM_VHSM_X9_17_ANY_PARITY",
    "CKM_VHSM_PIN_REVEAL",
    "CKM_VHSM_PIN_TRANSLATE_ANY",
];

/// How long a ZMK without a tag is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ZmkLength {
    /// 16 hexadecimal digits, as older devices have them
    Single,
    /// 32 hexadecimal digits
    Double,
}

/// What a PIN "under the LMK" is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LmkPin {
    /// Encrypted digits
    Encrypted,
    /// FOR TESTS ONLY: a zero and the digits in the clear, as some simulators have it
    Plain,
}

/// Options of the server.
#[derive(Clone, Debug, Args)]
pub(super) struct ServeArguments {
    /// Serve a throwaway token with the published TEST LMKs, everything authorised: for tests, never for real keys
    #[arg(long, conflicts_with_all = ["token", "lmk"])]
    demo: bool,
    /// Listen on this address; again for further ones
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:1500")]
    listen: Vec<SocketAddr>,
    /// Use this object as the LMK with this identifier; again for further ones [default: every LMK of the token by its own]
    #[arg(long, value_name = "NN=OBJECT-LABEL", value_parser = named_lmk)]
    lmk: Vec<(u8, String)>,
    /// Bytes of the header before each command
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(..=255))]
    header_length: u8,
    /// Length of a ZMK that has no key scheme
    #[arg(long, value_enum, default_value = "double")]
    zmk_length: ZmkLength,
    /// What a PIN under the LMK is
    #[arg(long, value_enum, default_value = "encrypted")]
    lmk_pin: LmkPin,
    /// Digits of the longest PIN under an LMK of DES, 4 to 12 [default: 12, of plain ones 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(4..=12))]
    pin_length: Option<u8>,
    /// Print each request and response field by field; secrets are masked
    #[arg(long)]
    trace: bool,
    /// FOR TESTS ONLY: answer every check as if it had gone well
    #[arg(long)]
    approve_all: bool,
    /// FOR TESTS ONLY: take keys of any parity; with --demo only
    #[arg(long, requires = "demo")]
    skip_parity: bool,
    #[command(flatten)]
    token: TokenOption,
    #[command(flatten)]
    pin: UserPin,
}

fn named_lmk(text: &str) -> Result<(u8, String), String> {
    let parts = text.split_once('=');
    let named = parts.and_then(|(id, label)| match id.len() {
        2 => Some((id.parse().ok()?, label.to_owned())),
        _ => None,
    });
    named.ok_or_else(|| "an LMK is named as 00=LABEL".to_owned())
}

impl From<Refusal> for Failure {
    fn from(refused: Refusal) -> Self {
        Self::new(refused.reason, "")
    }
}

impl ServeArguments {
    fn settings(&self) -> Settings {
        Settings {
            header_length: usize::from(self.header_length),
            approve_all: self.approve_all,
            clear_tables: self.demo,
            single_zmks: self.zmk_length == ZmkLength::Single,
            plain_lmk_pins: self.lmk_pin == LmkPin::Plain,
            pin_length_max: usize::from(self.pin_length.unwrap_or(match self.lmk_pin {
                LmkPin::Plain => 4,
                LmkPin::Encrypted => 12,
            })),
            trace: self.trace,
            ..Settings::default()
        }
    }

    fn host(&self, context: &Context) -> Result<(Host, Option<Demo>), Failure> {
        let settings = self.settings();
        if self.demo {
            let demo = demo::make(self.skip_parity)?;
            let module = Arc::clone(&demo.module);
            let host = Host::new(
                module,
                demo.slot,
                demo::USER_PIN,
                &[],
                (settings, Authorised::everything()),
            )?;
            return Ok((host, Some(demo)));
        }
        let module = Arc::new(context.module_with(&MECHANISMS)?);
        let slot = self.token.choose(&module, &Uri::default())?.slot;
        let pin = self.pin.read()?;
        Ok((
            Host::new(module, slot, &pin, &self.lmk, (settings, Authorised::default()))?,
            None,
        ))
    }
}

/// Serves.
pub(super) fn serve(arguments: &ServeArguments, context: &Context) -> Outcome {
    let (mut host, demo) = arguments.host(context)?;
    if arguments.trace {
        host.trace_to(Box::new(|text| {
            // Who does not read the trace any more loses it.
            let _lost = output::text(text);
        }));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(format!("no threads for the server: {error}"), ""))?;
    let served = runtime.block_on(listen_and_serve(arguments, Arc::new(host)));
    drop(runtime);
    if let Some(demo) = demo {
        demo.module.shutdown();
        drop(demo.home);
    }
    served
}

async fn listen_and_serve(arguments: &ServeArguments, host: Arc<Host>) -> Outcome {
    let mut listeners = Vec::new();
    for address in &arguments.listen {
        let listener = TcpListener::bind(address).await.map_err(|error| {
            Failure::new(
                format!("{address} cannot be listened on: {error}"),
                "give another address with --listen",
            )
        })?;
        let address = listener.local_addr().unwrap_or(*address);
        listeners.push((listener, None));
        output::text(&format!("listening on {address}"))?;
    }
    for lmk in host.lmks().current() {
        let check = crate::payshield::key_field::check_digits(&lmk.check_value);
        let check = String::from_utf8_lossy(&check).into_owned();
        output::text(&format!(
            "LMK {:02} {:?} {:?}, check value {check}",
            lmk.id, lmk.kind, lmk.label
        ))?;
    }
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        wait_for_signal().await;
        // Nobody waits where the server has ended.
        let _ended = stop.send(true);
    });
    server::serve(host, listeners, stopped).await;
    Ok(())
}

/// SIGINT or SIGTERM.
async fn wait_for_signal() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        log::error!("payshield: signals cannot be waited for; only SIGKILL ends the server");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
