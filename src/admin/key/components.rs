//! `vhsm key components`: a new key that custodians note in components, and a key from the components that they enter.

use clap::{Args, Subcommand};
use zeroize::Zeroizing;

use super::kcv::Method;
use super::report;
use super::transfer::expected;
use super::under::explained;
use super::words::{Chosen, Exportability, KeyKind, UsageOption, Words};
use crate::admin::ceremony::{
    COMPONENTS_MAX, Custody, Dialogue, Entered, EntryOption, Form, GIVEN_UP_REMEDY, Opened, Place, Template,
    upper_hexadecimal,
};
use crate::admin::context::Context;
use crate::admin::failure::{Failure, Outcome};
use crate::admin::output::Output;
use crate::ck::*;
use crate::error::Error;
use crate::secret::SecretBytes;

/// Length in bytes of the check values on sheets.
const CHECK_VALUE_LEN: u8 = 3;

/// `vhsm key components`
#[derive(Clone, Debug, Subcommand)]
pub(in crate::admin) enum ComponentsCommand {
    /// Make a new key, and show each custodian a component of it
    #[command(after_help = "\
Examples:
  vhsm key components split --usage 52 --label zmk --exportability N --custodians 3
      Three random components are made and shown, one after the other, each to its own custodian, who notes it. Their
      exclusive or becomes the key \"zmk\" when the last one is done. payShield: GC, FK.

This makes a NEW key. Nothing is taken apart: a key that is there cannot be split by this command, and the module refuses it
(CKM_VHSM_COMPONENTS_SPLIT is off unless the configuration enables it). If a custodian gives up, there is no key, and what was
noted is worthless.")]
    Split(CeremonyArguments),
    /// Put a key together from the components that custodians enter
    #[command(after_help = "\
Examples:
  vhsm key components combine --usage 52 --label zmk --custodians 3 --check 08D7B4
      Each custodian enters a component, hidden, and compares its check value with the sheet; then all compare that of the
      key, the exclusive or. Nothing is stored before. payShield: FK.

Components have odd parity where the key is one of DES. --entry-file has, line by line, what would be typed: components, and
`yes` behind each check value.")]
    Combine(CombineArguments),
}

/// `vhsm key components split`
#[derive(Clone, Debug, Args)]
pub(in crate::admin) struct CeremonyArguments {
    #[command(flatten)]
    usage: UsageOption,
    #[command(flatten)]
    kind: KeyKind,
    #[command(flatten)]
    words: Words,
    /// The key's label
    #[arg(short, long)]
    label: String,
    /// How many custodians have a component
    #[arg(long, visible_alias = "components", value_name = "N",
        value_parser = clap::value_parser!(u8).range(2..=i64::from(COMPONENTS_MAX)))]
    custodians: u8,
    /// How the check values on the sheets are made [default: the first 6 digits of a block of zeros, encrypted]
    #[arg(long, value_enum, value_name = "METHOD")]
    kcv: Option<Method>,
    #[command(flatten)]
    entry: EntryOption,
    #[command(flatten)]
    place: Place,
}

/// `vhsm key components combine`
#[derive(Clone, Debug, Args)]
pub(in crate::admin) struct CombineArguments {
    #[command(flatten)]
    ceremony: CeremonyArguments,
    /// The check value that the key must have, 6 digits
    #[arg(long, value_name = "HEX")]
    check: Option<String>,
}

/// Does what the command says.
pub(super) fn run(command: &ComponentsCommand, context: &Context) -> Outcome {
    match command {
        ComponentsCommand::Split(arguments) => split(arguments, context),
        ComponentsCommand::Combine(arguments) => combine(arguments, context),
    }
}

impl CeremonyArguments {
    fn exportability(&self) -> Exportability {
        self.words.exportability.unwrap_or(Exportability::N)
    }

    /// What a component is, but for its value.
    fn component(&self, chosen: &Chosen, number: u8) -> Template {
        let template = self.words.template(Some(self.usage.usage));
        let template = chosen.with_algorithm(self.exportability().template(template));
        template
            .number(CKA_CLASS, CKO_SECRET_KEY.0)
            .number(CKA_KEY_TYPE, chosen.key_type.0)
            .flag(CKA_SENSITIVE, true)
            .bytes(CKA_VHSM_KEY_VERSION, &[b'c', b'0'.saturating_add(number)])
    }

    /// A component of this value.
    fn enter(
        &self,
        opened: &Opened,
        chosen: &Chosen,
        number: u8,
        value: &SecretBytes,
    ) -> Result<Entered, Error> {
        let template = self.component(chosen, number).bytes(CKA_VALUE, value);
        let handle = opened.create(&template)?;
        let check_value = self.check_value(opened, handle)?;
        Ok(Entered { handle, check_value })
    }

    /// The check value of a component or the key, by the method that is asked for.
    fn check_value(&self, opened: &Opened, key: ObjectHandle) -> Result<String, Error> {
        match self.kcv {
            None => opened.check_value(key),
            Some(method) => method.check_value(opened, key, CHECK_VALUE_LEN),
        }
    }

    /// The key, stored and shown.
    fn store(&self, opened: &Opened, components: &[Entered], to: Output) -> Outcome {
        let handles: Vec<_> = components.iter().map(|component| component.handle).collect();
        let template = self
            .words
            .with_version(Template::default())
            .flag(CKA_TOKEN, true)
            .bytes(CKA_LABEL, self.label.as_bytes());
        let key = opened.combine(&handles, &template).map_err(explained)?;
        let mut shown = report::of_key(opened, key)?;
        if let Some(method) = self.kcv {
            let value = self.check_value(opened, key)?;
            shown.push((format!("check value {}", method.name()), value));
        }
        report::print(&shown, to)
    }
}

fn combine(arguments: &CombineArguments, context: &Context) -> Outcome {
    let ceremony = &arguments.ceremony;
    let wanted = expected(arguments.check.as_deref())?.map(|value| upper_hexadecimal(&value));
    let chosen = ceremony.kind.choose()?;
    let mut dialogue = ceremony.entry.open()?;
    let opened = ceremony.place.open(context, None)?;
    opened.check_label_is_free(&ceremony.label)?;
    let custody = Custody {
        count: ceremony.custodians,
        form: Form {
            line_len: chosen.length,
            lines: 1,
        },
    };
    let entered = custody.gather(&opened, &mut dialogue, |number, value| {
        ceremony.enter(&opened, &chosen, number, value)
    })?;
    let handles: Vec<_> = entered.iter().map(|component| component.handle).collect();
    let tried = opened
        .combine(&handles, &Template::default())
        .map_err(explained)?;
    let check_value = ceremony.check_value(&opened, tried)?;
    if let Some(wanted) = wanted.filter(|wanted| *wanted != check_value) {
        return Err(Failure::new(
            format!("the check value of the key is {check_value} and not {wanted}"),
            "a component is another one than its custodian confirmed, or --check is; nothing was stored",
        ));
    }
    let question = format!(
        "Check value of the key {:?}: {check_value}. Is it right?",
        ceremony.label
    );
    if !dialogue.agrees(&question, &check_value)? {
        return Err(Failure::unconfirmed(
            format!("the check value of the key {:?} is not confirmed", ceremony.label),
            GIVEN_UP_REMEDY,
        ));
    }
    ceremony.store(&opened, &entered, context.output)
}

fn split(arguments: &CeremonyArguments, context: &Context) -> Outcome {
    if context.output == Output::Json {
        return Err(Failure::new(
            "components are shown to custodians, one after the other, and not as JSON",
            "leave --json out",
        ));
    }
    let chosen = arguments.kind.choose()?;
    let mut dialogue = arguments.entry.open()?;
    let opened = arguments.place.open(context, None)?;
    opened.check_label_is_free(&arguments.label)?;
    dialogue.say(WARNING)?;
    if !dialogue.shows_on_terminal() {
        dialogue.say("WARNING: the standard output is no terminal; components go to wherever it leads, and stay there.")?;
    }
    let mut components = Vec::new();
    for number in 1..=arguments.custodians {
        let value = random(&opened, &chosen)?;
        let component = arguments.enter(&opened, &chosen, number, &value)?;
        show(&mut dialogue, (number, arguments.custodians), &value, &component)?;
        components.push(component);
    }
    arguments.store(&opened, &components, context.output)
}

const WARNING: &str = "\
Each component is shown once, to its custodian alone, and cleared from the screen afterwards. A terminal that keeps more than
its screen (tmux, screen, a recording, a log) keeps the component: do not use one here.
The key is stored when the last custodian is done; `quit` gives up, and what was noted is worthless then.";

/// Shows a component to its custodian.
fn show(
    dialogue: &mut Dialogue,
    (number, count): (u8, u8),
    value: &SecretBytes,
    component: &Entered,
) -> Outcome {
    dialogue.wait(&format!(
        "Custodian {number} of {count}: when nobody else sees the screen, press Enter."
    ))?;
    let mut text = Zeroizing::new(String::with_capacity(
        value.len().saturating_mul(3).saturating_add(80),
    ));
    text.push_str("component    ");
    for (at, byte) in value.iter().enumerate() {
        if at % 2 == 0 && at > 0 {
            text.push(' ');
        }
        for digit in [byte >> 4, byte & 0x0f] {
            text.extend(char::from_digit(digit.into(), 16).map(|digit| digit.to_ascii_uppercase()));
        }
    }
    text.push_str("\ncheck value  ");
    text.push_str(&component.check_value);
    text.push('\n');
    dialogue.show(&text)?;
    let noted = dialogue.wait("Note both, and press Enter.");
    dialogue.clear()?;
    noted
}

/// A random value for a component, as the module makes keys of this kind.
fn random(opened: &Opened, chosen: &Chosen) -> Result<SecretBytes, Failure> {
    let template = chosen
        .with_length(Template::default())
        .flag(CKA_SENSITIVE, false)
        .flag(CKA_EXTRACTABLE, true);
    let key = opened.generate(chosen.generation, &[], &template)?;
    let told = opened.told(key, &[CKA_VALUE])?;
    opened.destroy(key)?;
    let value = told.bytes(CKA_VALUE).map(SecretBytes::from);
    value.ok_or_else(|| Error::Internal("a key without its value").into())
}
