//! `vhsm payshield`: serves until it is told to stop.

use std::sync::Arc;

use log::LevelFilter;
use tokio::net::{TcpListener, UdpSocket};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::check;
use super::options::{Place, ServeArguments};
use super::plan::Plan;
use super::printer::Printer;
use super::secure::Secured;
use super::throwaway::Throwaway;
use super::told;
use crate::admin::context::Context;
use crate::admin::failure::{Failure, Outcome};
use crate::admin::output::{self, Output};
use crate::admin::uri::Uri;
use crate::config::{Origin, ServiceManager};
use crate::crypto::keep_keys_in_the_vault;
use crate::logging::{self, Target};
use crate::os::{dumps, inherited};
use crate::payshield::authorised::Authorised;
use crate::payshield::control::Control;
use crate::payshield::demo::Demo;
use crate::payshield::host::Host;
use crate::payshield::metrics;
use crate::payshield::refusal::Refusal;
use crate::payshield::server::{self, Endpoint, Socket};
use crate::payshield::settings::MECHANISMS;

impl From<Refusal> for Failure {
    fn from(refused: Refusal) -> Self {
        Self::new(refused.reason, "")
    }
}

/// The server on its token; a demonstration's directory goes with it.
fn host(
    arguments: &ServeArguments,
    plan: &Plan,
    context: &Context,
) -> Result<(Host, Option<Throwaway>), Failure> {
    let settings = plan.settings.clone();
    if arguments.demo {
        let home = Throwaway::new().map_err(|error| {
            let remedy = "make room in the directory for temporary files, or name another in $TMPDIR";
            Failure::new(format!("no directory for the throwaway token: {error}"), remedy)
        })?;
        keep_keys_in_the_vault();
        let demo = Demo {
            any_parity: arguments.skip_parity,
            pythales: arguments.pythales_lmk.as_ref().map(|key| key.0.clone()),
        };
        return Ok((demo.host(&home.token(), settings)?, Some(home)));
    }
    let module = Arc::new(context.module_beside_log(&MECHANISMS)?);
    let token = arguments.token.clone().or_named(plan.token.as_deref());
    let slot = token.choose(&module, &Uri::default())?.slot;
    let pin = arguments.pin.clone().or_file(plan.pin_file.as_deref()).read()?;
    let authorised = (settings, Authorised::default());
    Ok((Host::new(module, slot, &pin, &plan.lmks, authorised)?, None))
}

/// Starts the log. A server whose configuration says nothing of one has warnings on the standard error. Gives whether
/// errors are there.
fn start_log(arguments: &ServeArguments, context: &Context) -> Result<bool, Failure> {
    let mut settings = logging::Settings {
        target: Target::Stderr,
        level: LevelFilter::Warn,
        file: None,
    };
    if !arguments.demo || context.config.is_some() {
        let config = context.config()?;
        let is_said = |key| config.origin(key) != Origin::Default;
        if is_said("log.level") {
            settings.level = config.log.level;
        }
        if is_said("log.target") {
            settings = config.log;
        }
    }
    logging::start(&settings);
    Ok(settings.target == Target::Stderr && settings.level >= LevelFilter::Error)
}

/// Serves.
pub(super) fn serve(arguments: &ServeArguments, context: &Context) -> Outcome {
    let without_cores = dumps::forbid();
    if context.output == Output::Json {
        return Err(Failure::usage(
            "the server says for people alone what it does",
            "leave --json out; --metrics, `vhsm --json payshield authorise status` and `vhsm --json payshield commands` are for machines",
        ));
    }
    let plan = Plan::new(arguments, context)?;
    let tells_errors = start_log(arguments, context)?;
    if !without_cores {
        log::warn!("payshield: a core file could have PINs of messages in it");
    }
    let (mut host, home) = host(arguments, &plan, context)?;
    check::lmks(&host, &plan)?;
    let printer = Printer::start()?;
    if arguments.trace {
        let printer = printer.clone();
        host.trace_to(Box::new(move |text| printer.print(text)));
    }
    let host = Arc::new(host);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(format!("no threads for the server: {error}"), ""))?;
    let server = Server {
        arguments,
        context,
        manager: ServiceManager::of_process(),
        host: Arc::clone(&host),
        tells_errors,
        printer: printer.clone(),
    };
    let served = runtime.block_on(server.run(&plan));
    drop(runtime);
    printer.finish();
    if let Some(home) = home {
        host.module().shutdown();
        drop(home);
    }
    served
}

/// The signals that the server heeds.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }
}

struct Server<'a> {
    arguments: &'a ServeArguments,
    context: &'a Context,
    manager: ServiceManager,
    host: Arc<Host>,
    /// Whether errors are on the standard error.
    tells_errors: bool,
    /// What is told while it serves.
    printer: Printer,
}

impl Server<'_> {
    async fn run(&self, plan: &Plan) -> Outcome {
        // Before anybody is told that the server is there, and sends one.
        let signals = Signals::new()?;
        told::warn(self.arguments)?;
        told::lmks(&self.host)?;
        told::descriptors(plan.settings.connections_max)?;
        let (endpoints, secured) = self.endpoints(plan).await?;
        let mut beside = tokio::task::JoinSet::new();
        if let Some(address) = plan.metrics {
            let listener = bound(address, TcpListener::bind(address).await)?;
            let address = listener.local_addr().unwrap_or(address);
            output::text(&format!("metrics at http://{address}/metrics"))?;
            beside.spawn(metrics::serve(Arc::clone(&self.host), listener));
        }
        if let Some(path) = &plan.control {
            let control = Control::bind(path).map_err(|error| {
                let remedy = "name another socket with --control";
                Failure::new(format!("{}: {error}", path.display()), remedy)
            })?;
            let host = Arc::clone(&self.host);
            beside.spawn(async move { control.serve(host).await });
        }
        told::try_it(self.arguments, &self.host, &endpoints)?;
        let (stop, stopped) = watch::channel(false);
        let serving = server::serve(Arc::clone(&self.host), endpoints, stopped);
        self.manager.notify("READY=1");
        let ((), told) = tokio::join!(serving, self.heed(signals, plan, (stop, secured)));
        // The socket's file goes with its task.
        beside.shutdown().await;
        told
    }

    async fn endpoints(&self, plan: &Plan) -> Result<(Vec<Endpoint>, Option<Secured>), Failure> {
        let mut endpoints = Vec::new();
        for (listener, lmk) in self.sockets(plan).await? {
            if let Ok(address) = listener.local_addr() {
                output::text(&format!("listening on {address}{}", told::of_lmk(lmk)))?;
            }
            let socket = Socket::Tcp(listener);
            endpoints.push(Endpoint { socket, lmk });
        }
        for Place { address, lmk } in plan.listen.iter().filter(|_| plan.udp) {
            let socket = bound(*address, UdpSocket::bind(address).await)?;
            let address = socket.local_addr().unwrap_or(*address);
            output::text(&format!("listening on {address} with UDP{}", told::of_lmk(*lmk)))?;
            endpoints.push(Endpoint {
                socket: Socket::Udp(socket),
                lmk: *lmk,
            });
        }
        let Some(secure) = &plan.tls else {
            return Ok((endpoints, None));
        };
        let secured = Secured::new(&self.host, secure)?;
        for Place { address, lmk } in &secure.listen {
            let listener = bound(*address, TcpListener::bind(address).await)?;
            let address = listener.local_addr().unwrap_or(*address);
            output::text(&format!("listening on {address} with TLS{}", told::of_lmk(*lmk)))?;
            endpoints.push(Endpoint {
                socket: Socket::Tls(listener, secured.tls()),
                lmk: *lmk,
            });
        }
        Ok((endpoints, Some(secured)))
    }

    /// The sockets that the service manager opened, and those of the plan beside them.
    async fn sockets(&self, plan: &Plan) -> Result<Vec<(TcpListener, Option<u8>)>, Failure> {
        let (mut sockets, mut open) = (Vec::new(), Vec::new());
        for listener in inherited::listeners(self.manager.sockets()) {
            listener.set_nonblocking(true)?;
            let listener = TcpListener::from_std(listener)?;
            let address = listener.local_addr()?;
            open.push(address);
            sockets.push((listener, plan.lmk_of_port(address.port())));
        }
        for Place { address, lmk } in plan.beside(&open)? {
            sockets.push((bound(address, TcpListener::bind(address).await)?, lmk));
        }
        Ok(sockets)
    }

    /// Reads everything anew at SIGHUP; stops the server at SIGINT and SIGTERM.
    async fn heed(
        &self,
        mut signals: Signals,
        plan: &Plan,
        (stop, secured): (watch::Sender<bool>, Option<Secured>),
    ) -> Outcome {
        loop {
            tokio::select! {
                _ = signals.interrupt.recv() => break,
                _ = signals.terminate.recv() => break,
                _ = signals.hangup.recv() => {
                    self.manager.notify("RELOADING=1");
                    let told = match self.reload(plan, secured.as_ref()) {
                        Ok(kept) if kept.is_empty() => "read the configuration anew".to_owned(),
                        Ok(kept) => {
                            let kept = kept.join(", ");
                            log::warn!("payshield: changed, and as before until the next start: {kept}");
                            format!("read the configuration anew; changed, and as before until the next start: {kept}")
                        }
                        Err(failure) => {
                            log::error!("payshield: everything stays as it was: {failure}");
                            match self.tells_errors {
                                true => "everything stays as it was".to_owned(),
                                false => format!("everything stays as it was: {failure}"),
                            }
                        }
                    };
                    self.printer.print(&told);
                    self.manager.notify("READY=1");
                }
            }
        }
        self.manager.notify("STOPPING=1");
        // Nobody waits where the server has ended.
        let _ended = stop.send(true);
        Ok(())
    }

    /// Gives the keys that have changed and stay what they were.
    fn reload(&self, before: &Plan, secured: Option<&Secured>) -> Result<Vec<&'static str>, Failure> {
        let plan = Plan::new(self.arguments, self.context)?;
        let kept = before.kept_until_restart(&plan);
        if let (Some(secured), Some(secure)) = (secured, &plan.tls) {
            secured.reload(&self.host, secure)?;
        }
        self.host.reload(plan.settings);
        Ok(kept)
    }
}

fn bound<T>(address: std::net::SocketAddr, bound: std::io::Result<T>) -> Result<T, Failure> {
    bound.map_err(|error| {
        Failure::new(
            format!("{address} cannot be listened on: {error}"),
            "give another address with --listen, --tls-listen or --metrics",
        )
    })
}
