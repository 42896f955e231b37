//! A worker: the process in which one module is loaded and measured, on requests of the parent.

use std::collections::HashMap;
use std::io::{self, BufRead, Stdout};
use std::path::PathBuf;
use std::time::Instant;

use super::bare_keys::Bare;
use super::job::{self, Job};
use super::keys::{self, Keys};
use super::protocol::{Reply, Request, Subject, parse, send};
use super::rows::{self, Place, Row, Work};
use super::table::KeyKind;
use super::token::{self, TokenChoice};
use super::{bare, measure};
use crate::ck::{ObjectHandle, SlotId};
use crate::client::{Library, Session, Template};

/// What the parent tells a worker.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct WorkerArguments {
    /// The module; none measures the bare primitives.
    #[arg(long)]
    module: Option<PathBuf>,
    #[command(flatten)]
    choice: TokenChoice,
    /// The user's PIN.
    #[arg(long, env = super::PIN_VARIABLE, hide_env_values = true)]
    pin: Option<String>,
    /// Keys are session objects.
    #[arg(long)]
    session_keys: bool,
    /// Numbers of token objects, as the parent has them.
    #[arg(long, value_delimiter = ',')]
    objects: Vec<usize>,
}

/// Who is measured in this process.
enum Target {
    Module(Box<Fixture>),
    Bare(Bare),
}

/// An open token with the keys that rows have asked for so far.
struct Fixture {
    library: Library,
    slot: SlotId,
    session: Session,
    place: Place,
    keys: HashMap<KeyKind, Result<Keys, String>>,
    /// What searches among many look for; `None` until the token was filled first.
    numbered: Option<Vec<ObjectHandle>>,
    other: Vec<ObjectHandle>,
}

/// Answers requests until the parent says `Quit` or goes away.
pub(super) fn run(arguments: &WorkerArguments) -> io::Result<()> {
    let mut out = io::stdout();
    let (mut target, subject) = match open(arguments) {
        Ok(opened) => opened,
        Err(why) => return send(&mut out, &Reply::Refused(why)),
    };
    send(&mut out, &Reply::Ready(subject))?;
    let rows = rows::all(&arguments.objects);
    for line in io::stdin().lock().lines() {
        let reply = match parse(&line?) {
            Some(Request::Sample {
                row,
                threads,
                seconds,
            }) => target.sample(&rows, &row, threads, seconds).map(Reply::Sample),
            Some(Request::Populate(count)) => target.populate(count, &mut out),
            Some(Request::Quit) => break,
            None => Err("this is not a request".into()),
        };
        send(&mut out, &reply.unwrap_or_else(Reply::Refused))?;
    }
    if let Target::Module(fixture) = target
        && arguments.choice.is_given()
    {
        fixture.clear();
    }
    Ok(())
}

fn open(arguments: &WorkerArguments) -> Result<(Target, Subject), String> {
    let Some(path) = &arguments.module else {
        return Ok((Target::Bare(Bare::default()), Subject::default()));
    };
    let loaded = Library::load(path).and_then(|library| library.initialize().map(|()| library));
    let library = loaded.map_err(|e| e.to_string())?;
    let info = library.info().map_err(|e| e.to_string())?;
    let pin = arguments.pin.as_deref().unwrap_or(token::OWN_PIN);
    let (slot, session) = token::open(library, &arguments.choice, pin.as_bytes())?;
    let subject = Subject {
        description: format!("{}, {}", info.manufacturer, info.description),
        version: format!("{}.{}", info.version.0, info.version.1),
        slot: slot.0,
    };
    let place = if arguments.session_keys {
        Place::Session
    } else {
        Place::Token
    };
    let (keys, numbered, other) = (HashMap::new(), None, Vec::new());
    let fixture = Fixture {
        library,
        slot,
        session,
        place,
        keys,
        numbered,
        other,
    };
    Ok((Target::Module(Box::new(fixture)), subject))
}

impl Target {
    fn sample(&mut self, rows: &[Row], name: &str, threads: usize, seconds: f64) -> Result<f64, String> {
        let row = rows
            .iter()
            .find(|row| row.name == name)
            .ok_or("there is no such row")?;
        let work = row.work;
        let seconds = seconds * time_factor(work);
        match self {
            Self::Bare(bare) => {
                let keys = work.key().map(|kind| bare.keys(kind)).transpose()?;
                measure::sample(&|| bare::job(work, keys.as_ref()), threads, seconds, u64::MAX)
            }
            Self::Module(fixture) => {
                let keys = work.key().map(|kind| fixture.keys(kind)).transpose()?;
                let (library, slot) = (fixture.library, fixture.slot);
                let make = || -> Result<Job, String> {
                    job::job(work, library, slot, keys).map_err(|e| e.to_string())
                };
                measure::sample(&make, threads, seconds, operations_max(work))
            }
        }
    }

    fn populate(&mut self, count: usize, out: &mut Stdout) -> Result<Reply, String> {
        match self {
            Self::Bare(_) => Err("the bare primitives have no objects".into()),
            Self::Module(fixture) => fixture.populate(count, out),
        }
    }
}

impl Work {
    /// The key that the row works with.
    fn key(self) -> Option<KeyKind> {
        match self {
            Self::Sign(signing, _) | Self::Verify(signing, _) => Some(signing.key),
            Self::Encrypt(cipher, _) | Self::Decrypt(cipher, _) => Some(cipher.key),
            Self::Derive(derivation) => Some(derivation.key),
            Self::Payment(payment) => Some(KeyKind::Payment(payment)),
            Self::Attribute(kind, _) | Self::Encapsulate(kind, _) | Self::Decapsulate(kind, _) => Some(kind),
            _ => None,
        }
    }
}

/// RSA keys take times that differ by a factor of ten, so that many are needed.
fn time_factor(work: Work) -> f64 {
    if matches!(work, Work::Generate(KeyKind::Rsa(_))) {
        10.0
    } else {
        1.0
    }
}

/// Operations that leave objects until they are cleared up.
fn operations_max(work: Work) -> u64 {
    match work {
        Work::Create(Place::Token) | Work::Destroy(Place::Token) => 500,
        Work::Create(_) | Work::Destroy(_) | Work::Generate(_) => 2000,
        _ => u64::MAX,
    }
}

impl Fixture {
    /// The keys of a kind, generated when they are first asked for. A failure is remembered.
    fn keys(&mut self, kind: KeyKind) -> Result<Keys, String> {
        let (session, place, other) = (&self.session, self.place, &mut self.other);
        let make = || {
            let keys = keys::generate(session, kind, place).map_err(|e| e.to_string())?;
            other.extend([keys.private, keys.public]);
            Ok(keys)
        };
        self.keys.entry(kind).or_insert_with(make).clone()
    }

    /// Creates numbered objects until there are `count`, and those that a fresh process looks for.
    fn populate(&mut self, count: usize, out: &mut Stdout) -> Result<Reply, String> {
        let create = |template: &Template| self.session.create_object(template).map_err(|e| e.to_string());
        if self.numbered.is_none() {
            self.other.push(create(&keys::first_key())?);
            self.other.push(create(&keys::first_public())?);
        }
        let numbered = self.numbered.get_or_insert_default();
        let (first, start) = (numbered.len(), Instant::now());
        for number in first..count {
            numbered.push(create(&keys::numbered(number, Place::Token))?);
            if number % 500 == 0 {
                send(
                    out,
                    &Reply::Progress {
                        done: number,
                        total: count,
                    },
                )
                .map_err(|e| e.to_string())?;
            }
        }
        Ok(Reply::Populated(
            numbered.len().saturating_sub(first),
            start.elapsed().as_secs_f64(),
        ))
    }

    /// Destroys what the benchmark made, on a token that may outlive it.
    fn clear(self) {
        for object in self.numbered.into_iter().flatten().chain(self.other) {
            // A secret key stands there twice; its second removal fails, and nobody misses it.
            let _ = self.session.destroy_object(object);
        }
        let _ = self.session.close();
        let _ = self.library.finalize();
    }
}
