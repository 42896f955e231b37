//! Checks, and a line for each that says how it ended: the result, its name and why, with tabs between them.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub type Work = Result<(), Box<dyn Error>>;

/// Runs one check.
pub fn check(name: &str, work: impl FnOnce() -> Work) {
    let why = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => String::new(),
        Ok(Err(error)) => error.to_string(),
        Err(panic) => panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string()))
            .unwrap_or("it panicked".into()),
    };
    let result = if why.is_empty() { "passed" } else { "failed" };
    println!("{result}\t{name}\t{}", why.replace(['\n', '\t'], " "));
}

/// Says that all checks have run.
pub fn end() {
    println!("end\t\t");
}

pub fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
