//! Configuration text: it is refused by an error that names the file, or shown so that reading it again gives the
//! same settings.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use vhsm::config::Config;
use vhsm::error::Error;

static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("vhsm-fuzz-{}.toml", std::process::id())));

fn read(text: &[u8]) -> Result<Config, Error> {
    std::fs::write(&*FILE, text).unwrap();
    Config::from_file(&FILE)
}

/// The settings without where they stand.
fn settings(config: &Config) -> Vec<String> {
    let shown = config.to_toml();
    let lines = shown
        .lines()
        .map(|line| line.rsplit_once(" # ").map_or(line, |(setting, _)| setting));
    lines.map(str::to_owned).collect()
}

fuzz_target!(|text: &[u8]| {
    match read(text) {
        Ok(config) => {
            let again = read(config.to_toml().as_bytes());
            let again = again.unwrap_or_else(|error| panic!("{error}\n{}", config.to_toml()));
            assert_eq!(settings(&again), settings(&config));
        }
        Err(Error::Configuration(why)) => assert!(why.contains(&*FILE.to_string_lossy()), "{why}"),
        Err(other) => panic!("{other}"),
    }
});
