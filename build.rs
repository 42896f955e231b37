//! Link arguments of `libvhsm.so`.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a build script speaks to cargo through its environment and standard output"
)]

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libvhsm.so");
        // aws-lc registers a thread destructor: unloading would leave it dangling.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
