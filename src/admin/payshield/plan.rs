//! What the options and the configuration say together.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::check;
use super::options::{LmkPin, Place, ServeArguments, named_lmk, place};
use crate::admin::context::Context;
use crate::admin::failure::Failure;
use crate::config::{Config, Payshield, ZmkLength};
use crate::payshield::health::PinLimits;
use crate::payshield::settings::Settings;

/// What is served.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) listen: Vec<Place>,
    /// Nobody has said where to listen: `listen` is the default.
    pub(super) listens_by_default: bool,
    /// So many further ports, which `listen` has already.
    pub(super) lmk_ports: u8,
    pub(super) udp: bool,
    pub(super) lmks: Vec<(u8, String)>,
    pub(super) token: Option<String>,
    pub(super) pin_file: Option<PathBuf>,
    pub(super) settings: Settings,
    pub(super) tls: Option<TlsPlan>,
    pub(super) metrics: Option<SocketAddr>,
    /// None where the demonstration authorises from the beginning and no socket is named.
    pub(super) control: Option<PathBuf>,
}

/// What is served with TLS.
#[derive(Clone, Debug)]
pub(super) struct TlsPlan {
    pub(super) listen: Vec<Place>,
    pub(super) certificates: PathBuf,
    pub(super) key: String,
    pub(super) clients: Option<PathBuf>,
}

pub(super) fn wrong(why: impl std::fmt::Display) -> Failure {
    Failure::new(why.to_string(), "`vhsm payshield --help` shows the options")
}

/// The configuration of a server. A demonstration reads none but one that is named.
pub(super) fn configuration(arguments: &ServeArguments, context: &Context) -> Result<Payshield, Failure> {
    match arguments.demo && context.config.is_none() {
        true => Ok(Payshield::default()),
        false => Ok(context.config()?.payshield),
    }
}

/// The control socket that a configuration means.
pub(super) fn control_path(config: &Config) -> PathBuf {
    let named = config.payshield.control.clone();
    named.unwrap_or_else(|| config.data_dir.join(crate::payshield::control::NAME))
}

impl Plan {
    /// Puts options and configuration together.
    pub(super) fn new(arguments: &ServeArguments, context: &Context) -> Result<Self, Failure> {
        let said = configuration(arguments, context)?;
        check::test_switches(arguments, &said)?;
        let lmk_ports = arguments.lmk_ports.unwrap_or(said.lmk_ports);
        let listen = with_ports(&places(&arguments.listen, &said.listen)?, lmk_ports)?;
        let settings = settings(arguments, &said);
        check::settings(&settings)?;
        let lmks = match arguments.lmk.is_empty() && !arguments.demo {
            true => said
                .lmk
                .iter()
                .map(|text| named_lmk(text))
                .collect::<Result<_, _>>(),
            false => Ok(arguments.lmk.clone()),
        };
        let metrics = said.metrics.as_deref().and_then(|text| text.parse().ok());
        let control = match (&arguments.control, arguments.demo) {
            (Some(path), _) => Some(path.clone()),
            (None, true) => said.control.clone(),
            (None, false) => Some(control_path(&context.config()?)),
        };
        Ok(Self {
            udp: arguments.udp || said.udp,
            lmks: lmks.map_err(wrong)?,
            settings,
            listens_by_default: arguments.listen.is_empty() && said.listen == Payshield::default().listen,
            lmk_ports,
            tls: tls(arguments, &said)?,
            metrics: arguments.metrics.or(metrics),
            token: said.token,
            pin_file: said.pin_file,
            listen,
            control,
        })
    }
}

impl Plan {
    /// Where to listen beside the sockets at these addresses, which a service manager has opened: at what somebody has
    /// said, and at the ports of LMKs. A port that is open already is none of them, whatever its address.
    ///
    /// # Errors
    /// Ports that there are not.
    pub(super) fn beside(&self, open: &[SocketAddr]) -> Result<Vec<Place>, Failure> {
        let mut listen = self.listen.clone();
        if let (true, Some(first)) = (self.listens_by_default, open.first()) {
            let first = Place {
                address: *first,
                lmk: None,
            };
            listen = with_ports(&[first], self.lmk_ports)?;
        }
        let is_open = |place: &Place| open.iter().any(|open| open.port() == place.address.port());
        listen.retain(|place| !is_open(place));
        Ok(listen)
    }

    /// The LMK of messages that come to a port.
    pub(super) fn lmk_of_port(&self, port: u16) -> Option<u8> {
        self.listen.iter().find(|place| place.address.port() == port)?.lmk
    }

    /// The keys that another plan has changed and that hold until the next start.
    pub(super) fn kept_until_restart(&self, other: &Self) -> Vec<&'static str> {
        let (ours, theirs) = (&self.settings, &other.settings);
        let tls = |plan: &Self| {
            plan.tls
                .as_ref()
                .map(|tls| tls.listen.clone())
                .unwrap_or_default()
        };
        let changes = [
            (
                self.listen != other.listen,
                "payshield.listen or payshield.lmk_ports",
            ),
            (self.udp != other.udp, "payshield.udp"),
            (tls(self) != tls(other), "payshield.tls_listen"),
            (self.lmks != other.lmks, "payshield.lmk"),
            (self.token != other.token, "payshield.token"),
            (self.pin_file != other.pin_file, "payshield.pin_file"),
            (self.metrics != other.metrics, "payshield.metrics"),
            (self.control != other.control, "payshield.control"),
            (ours.cached_keys != theirs.cached_keys, "payshield.cached_keys"),
            (
                ours.connections_max != theirs.connections_max,
                "payshield.connections_max",
            ),
        ];
        let changed = changes.into_iter().filter(|(is, _)| *is);
        changed.map(|(_, key)| key).collect()
    }
}

fn places(options: &[Place], said: &[String]) -> Result<Vec<Place>, Failure> {
    match options {
        [] => said.iter().map(|text| place(text).map_err(wrong)).collect(),
        options => Ok(options.to_vec()),
    }
}

/// The addresses, and those of the LMKs above the first one.
fn with_ports(places: &[Place], lmk_ports: u8) -> Result<Vec<Place>, Failure> {
    let mut listen = places.to_vec();
    let Some(first) = listen.first().copied() else {
        return Ok(listen);
    };
    for lmk in 0..lmk_ports {
        let port = first.address.port().checked_add(1 + u16::from(lmk));
        let port = port.ok_or_else(|| wrong("there are not so many ports above the first address"))?;
        listen.push(Place {
            address: SocketAddr::new(first.address.ip(), port),
            lmk: Some(lmk),
        });
    }
    Ok(listen)
}

fn settings(arguments: &ServeArguments, said: &Payshield) -> Settings {
    let chosen = |option: &[String], said: &[String]| match option {
        [] => said.to_vec(),
        option => option.to_vec(),
    };
    let zmk_length = arguments.zmk_length.map_or(said.zmk_length, ZmkLength::from);
    let connections = arguments
        .connections
        .and_then(|count| usize::try_from(count).ok());
    Settings {
        header_length: usize::from(arguments.header_length.unwrap_or(said.header_length)),
        ebcdic: arguments.ebcdic || said.ebcdic,
        firmware: said.firmware.clone(),
        single_zmks: zmk_length == ZmkLength::Single,
        user_storage_length: said.user_storage_length,
        plain_lmk_pins: arguments.lmk_pin == LmkPin::Plain,
        pin_length_max: pin_length(arguments, said),
        clear_tables: arguments.demo || said.clear_tables,
        restrict_pin_blocks: said.restrict_pin_blocks,
        approve_all: arguments.approve_all,
        disabled: chosen(&arguments.disable, &said.disabled),
        unlicensed: chosen(&arguments.unlicensed, &said.unlicensed),
        disabled_formats: chosen(&arguments.disable_format, &said.disabled_formats),
        pin_limits: PinLimits {
            per_minute: said.pin_failures_minute,
            per_hour: said.pin_failures_hour,
            attacks: said.pin_attacks,
        },
        cached_keys: said.cached_keys,
        connections_max: connections.unwrap_or(said.connections_max),
        idle_timeout: Duration::from_secs(arguments.idle_timeout.unwrap_or(said.idle_timeout_s)),
    }
}

/// Simulators that keep PINs in the clear have four digits.
fn pin_length(arguments: &ServeArguments, said: &Payshield) -> usize {
    match (arguments.pin_length, arguments.lmk_pin) {
        (Some(length), _) => usize::from(length),
        (None, LmkPin::Plain) => 4,
        (None, LmkPin::Encrypted) => said.pin_length_max,
    }
}

fn tls(arguments: &ServeArguments, said: &Payshield) -> Result<Option<TlsPlan>, Failure> {
    let options = &arguments.tls;
    let listen = places(&options.tls_listen, &said.tls_listen)?;
    if listen.is_empty() {
        return Ok(None);
    }
    let certificates = options.tls_cert.as_ref().or(said.tls_cert.as_ref());
    let key = options.tls_key.as_ref().or(said.tls_key.as_ref());
    let (Some(certificates), Some(key)) = (certificates, key) else {
        return Err(wrong(
            "TLS needs a certificate (--tls-cert) and its key (--tls-key)",
        ));
    };
    Ok(Some(TlsPlan {
        listen,
        certificates: certificates.clone(),
        key: key.clone(),
        clients: options
            .tls_client_ca
            .as_ref()
            .or(said.tls_client_ca.as_ref())
            .cloned(),
    }))
}
