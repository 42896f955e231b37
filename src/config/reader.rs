//! From a file's text to settings. Knows no key by name but in the checks across keys at the end.

use std::ops::Range;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::environment::Environment;
use super::keys::{Key, Setting, keys};
use super::nearest::nearest;
use super::{Config, Origin};
use crate::error::{Error, Reason, Result};
use crate::logging::Target;

/// Puts everything that the text says into the configuration.
pub(super) fn read(config: &mut Config, path: &Path, text: &str, environment: &Environment) -> Result<()> {
    let file = File {
        path,
        text,
        environment,
    };
    let document = DeTable::parse(text).map_err(|error| {
        let why = error.message().trim().replace('\n', "; ");
        file.refuse(
            error.span().unwrap_or_default(),
            Reason::new(
                format_args!("not TOML: {why}"),
                "write each name once, as `name = value` under its [section]; `vhsm config show` prints a whole file",
            ),
        )
    })?;
    for (name, value) in document.get_ref() {
        match value.get_ref() {
            DeValue::Table(table) => {
                // Keys above all sections have the section "", which no file can open.
                let section = |key: &Key| !key.section.is_empty() && key.section == name.get_ref();
                if !keys().any(section) {
                    return Err(file.refuse(name.span(), unknown_section(name.get_ref(), table)));
                }
                for (key, value) in table {
                    file.put(
                        config,
                        name.get_ref(),
                        (key.get_ref(), key.span()),
                        value.get_ref(),
                    )?;
                }
            }
            other => file.put(config, "", (name.get_ref(), name.span()), other)?,
        }
    }
    check_across_keys(config)
}

struct File<'a> {
    path: &'a Path,
    text: &'a str,
    environment: &'a Environment,
}

impl File<'_> {
    fn put(
        &self,
        config: &mut Config,
        section: &str,
        name: (&str, Range<usize>),
        value: &DeValue<'_>,
    ) -> Result<()> {
        let (name, span) = name;
        let key = keys()
            .find(|key| key.section == section && key.name == name)
            .ok_or_else(|| self.refuse(span.clone(), unknown_key(section, name)))?;
        let put = self.setting(value).and_then(|setting| (key.put)(config, setting));
        put.map_err(|why| self.refuse(span.clone(), why.after(format_args!("`{}` ", key.path()))))?;
        config
            .origins
            .insert(key.path(), Origin::Line(self.line(span.start)));
        Ok(())
    }

    fn setting(&self, value: &DeValue<'_>) -> std::result::Result<Setting, Reason> {
        Ok(match value {
            DeValue::String(text) => Setting::Text(self.with_home(text)?),
            DeValue::Integer(number) => match u64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Setting::Number(number),
                Err(_) => Setting::OtherNumber(number.to_string()),
            },
            DeValue::Boolean(switch) => Setting::Switch(*switch),
            DeValue::Array(list) => Setting::List(
                list.iter()
                    .map(|item| item.get_ref().as_str().map(str::to_owned))
                    .collect::<Option<_>>()
                    .ok_or_else(|| {
                        Reason::new(
                            "is a list of something else than texts",
                            "put each name in quotes",
                        )
                    })?,
            ),
            DeValue::Float(_) => {
                return Err(Reason::new(
                    "is a fraction, which no key takes",
                    "give a whole number",
                ));
            }
            DeValue::Datetime(_) => return Err("is a date, which no key takes".into()),
            DeValue::Table(_) => return Err(Reason::new("is a table, which no key takes", "give one value")),
        })
    }

    fn with_home(&self, text: &str) -> std::result::Result<String, Reason> {
        let Some(rest) = text.strip_prefix("~/") else {
            return Ok(text.to_owned());
        };
        match self.environment.home.as_ref().map(|home| home.join(rest)) {
            Some(path) => path
                .into_os_string()
                .into_string()
                .map_err(|_| "leads to a home that is not UTF-8".into()),
            None => Err(Reason::new(
                "begins with ~/, but this user has no home directory",
                "give the whole path",
            )),
        }
    }

    fn refuse(&self, span: Range<usize>, why: Reason) -> Error {
        let line = self.line(span.start);
        Error::Configuration(why.after(format_args!("{}, line {line}: ", self.path.display())))
    }

    fn line(&self, at: usize) -> usize {
        self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
    }
}

fn check_across_keys(config: &Config) -> Result<()> {
    let Config { pin, log, .. } = config;
    if pin.length_min > pin.length_max {
        let why = format!(
            "is {}, less than `length_min`, {}",
            pin.length_max, pin.length_min
        );
        return Err(config.refuse("pin.length_max", why));
    }
    let memory_min_kib = 8 * pin.argon2_parallelism;
    if pin.argon2_memory_kib < memory_min_kib {
        let why = format!(
            "is {}, which needs `argon2_memory_kib` of at least {memory_min_kib}",
            pin.argon2_parallelism
        );
        return Err(config.refuse("pin.argon2_parallelism", why));
    }
    if log.target == Target::File && log.file.is_none() {
        let remedy = "add `file = \"/path/of/the.log\"` to [log]";
        let why = Reason::new("is \"file\", but no file is named", remedy);
        return Err(config.refuse("log.target", why));
    }
    Ok(())
}

fn unknown_section(name: &str, table: &DeTable<'_>) -> Reason {
    if name.is_empty() {
        let remedy = "remove its line, and write keys that have no section above all sections";
        return Reason::new("a section without a name", remedy);
    }
    if let Some(key) = keys().find(|key| key.name == name) {
        return format!("`{name}` is a key{}, not a section", of_section(key)).into();
    }
    let what = format!("unknown section `[{name}]`");
    let longer = || sections().into_iter().find(|section| name.starts_with(section));
    match nearest(name, sections().into_iter()).or_else(longer) {
        Some(section) => Reason::new(what, format_args!("did you mean `[{section}]`?")),
        None if table.is_empty() => Reason::new(what, "remove it"),
        None => Reason::new(
            what,
            format_args!("remove it, or use one of {}", in_brackets(&sections())),
        ),
    }
}

/// Every section once.
fn sections() -> Vec<&'static str> {
    let mut sections: Vec<_> = keys().map(|key| key.section).collect();
    sections.retain(|section| !section.is_empty());
    sections.dedup();
    sections
}

fn in_brackets(sections: &[&str]) -> String {
    let sections: Vec<String> = sections.iter().map(|section| format!("[{section}]")).collect();
    sections.join(", ")
}

fn unknown_key(section: &str, name: &str) -> Reason {
    let above = section.is_empty();
    let path = if above {
        name.to_owned()
    } else {
        format!("{section}.{name}")
    };
    if above && sections().contains(&name) {
        let remedy = format!("write `[{name}]` on a line of its own and its keys below");
        return Reason::new(format_args!("`{name}` is a section"), remedy);
    }
    let what = format!("unknown key `{path}`");
    let siblings = keys().filter(|key| key.section == section).map(|key| key.name);
    if let Some(right) = nearest(name, siblings.clone()) {
        return Reason::new(what, format_args!("did you mean `{right}`?"));
    }
    if let Some(key) = keys().find(|key| key.name == name) {
        return Reason::new(what, format_args!("`{name}` is a key{}", of_section(key)));
    }
    let names: Vec<String> = siblings.map(|key| format!("`{key}`")).collect();
    let names = names.join(", ");
    let remedy = match above {
        true => format!("there are {names}, and the sections {}", in_brackets(&sections())),
        false => format!("there are {names}"),
    };
    Reason::new(what, remedy)
}

fn of_section(key: &Key) -> String {
    if key.section.is_empty() {
        " above all sections".into()
    } else {
        format!(" of `[{}]`", key.section)
    }
}
