//! What the process's environment says about files. The one place that reads environment variables.

use std::ffi::OsString;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::{SYSTEM_DATA_DIR, SYSTEM_FILE};
use crate::error::{Error, Reason, Result};

/// A configuration longer than this is not one, in bytes.
const FILE_SIZE_MAX: u64 = 1 << 20;

/// Who names a configuration file: errors say where the name can be mended.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Naming {
    /// `$VHSM_CONF`.
    #[default]
    Variable,
    /// `vhsm --config`.
    Option,
}

impl Naming {
    /// What helps if the named file is not there.
    fn mend(self) -> &'static str {
        match self {
            Self::Variable => "mend or unset the environment variable VHSM_CONF that names it",
            Self::Option => "mend or leave out the option --config that names it",
        }
    }

    /// How to name another file.
    fn name_another(self) -> &'static str {
        match self {
            Self::Variable => "name another file in the environment variable VHSM_CONF",
            Self::Option => "name another file with the option --config",
        }
    }
}

/// The variables that count, and the home directory.
#[derive(Clone, Debug, Default)]
pub(super) struct Environment {
    /// The file that is to be read, wherever others are.
    pub(super) named_file: Option<PathBuf>,
    /// Who names it.
    pub(super) naming: Naming,
    /// `$XDG_CONFIG_HOME`.
    pub(super) config_home: Option<PathBuf>,
    /// `$XDG_DATA_HOME`.
    pub(super) data_home: Option<PathBuf>,
    /// `$CREDENTIALS_DIRECTORY` of systemd.
    pub(super) credentials: Option<PathBuf>,
    /// `$HOME`, else the password database's word: web servers clear the environment.
    pub(super) home: Option<PathBuf>,
    /// The file for all users.
    pub(super) system_file: Option<PathBuf>,
}

impl Environment {
    /// What holds for this process.
    pub(super) fn of_process() -> Self {
        Self {
            named_file: variable("VHSM_CONF").map(PathBuf::from),
            naming: Naming::Variable,
            config_home: absolute(variable("XDG_CONFIG_HOME")),
            data_home: absolute(variable("XDG_DATA_HOME")),
            credentials: absolute(variable("CREDENTIALS_DIRECTORY")),
            // A service's account often has `/` or a directory that does not exist: that is no home.
            home: std::env::home_dir().filter(|home| home.parent().is_some() && home.is_dir()),
            system_file: Some(SYSTEM_FILE.into()),
        }
    }

    /// The default data directory.
    pub(super) fn data_dir(&self) -> PathBuf {
        match (&self.data_home, &self.home) {
            (Some(data_home), _) => data_home.join("vhsm"),
            (None, Some(home)) => home.join(".local/share/vhsm"),
            (None, None) => SYSTEM_DATA_DIR.into(),
        }
    }

    /// The root key that a service manager hands over, if it does.
    pub(super) fn root_key_credential(&self) -> Option<PathBuf> {
        let path = self.credentials.as_ref()?.join("vhsm-root-key");
        path.exists().then_some(path)
    }

    /// The first configuration there is, with its text.
    pub(super) fn find_file(&self) -> Result<Option<(PathBuf, String)>> {
        if let Some(path) = &self.named_file {
            return match read_text(path, self.naming)? {
                Some(text) => Ok(Some((path.clone(), text))),
                None => {
                    let what = format!("{}: there is no such file", path.display());
                    Err(Error::Configuration(Reason::new(what, self.naming.mend())))
                }
            };
        }
        for path in self.places() {
            if let Some(text) = read_text(&path, self.naming)? {
                return Ok(Some((path, text)));
            }
        }
        Ok(None)
    }

    fn places(&self) -> Vec<PathBuf> {
        let of_config_home = self
            .config_home
            .as_ref()
            .map(|directory| directory.join("vhsm/vhsm.toml"));
        let of_home = self.home.as_ref().map(|home| home.join(".config/vhsm/vhsm.toml"));
        of_config_home
            .into_iter()
            .chain(of_home)
            .chain(self.system_file.clone())
            .collect()
    }
}

/// A variable that is set and not empty.
#[allow(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the environment"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The XDG directories must be absolute; others are to be ignored. [XDG Base Directory 0.8]
fn absolute(value: Option<OsString>) -> Option<PathBuf> {
    value.map(PathBuf::from).filter(|path| path.is_absolute())
}

/// The file's text; `None` if there is no such file.
fn read_text(path: &Path, naming: Naming) -> Result<Option<String>> {
    let refuse = |why: Reason| Error::Configuration(why.after(format_args!("{}: ", path.display())));
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(refuse(unreadable(&error, naming))),
    };
    let mut bytes = Vec::new();
    file.take(FILE_SIZE_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| refuse(unreadable(&error, naming)))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > FILE_SIZE_MAX {
        return Err(refuse(
            "the file is longer than 1 MiB, which no configuration is".into(),
        ));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(error) => {
            let good = error
                .as_bytes()
                .get(..error.utf8_error().valid_up_to())
                .unwrap_or_default();
            let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
            let what = format!("{}, line {line}: not UTF-8 text", path.display());
            Err(Error::Configuration(Reason::new(what, "save the file as UTF-8")))
        }
    }
}

fn unreadable(error: &std::io::Error, naming: Naming) -> Reason {
    let remedy = format!(
        "give this process the right to read it, or {}",
        naming.name_another()
    );
    Reason::new(format_args!("the configuration cannot be read ({error})"), remedy)
}
