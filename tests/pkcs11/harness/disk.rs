//! The disk under the store: one that takes no more, modes that hold for root, bytes that must not be there.

use super::{data_dir, home, process};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles a C file of `tests/c` with these arguments of `cc`.
pub fn cc(name: &str, arguments: &[&str]) -> PathBuf {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/c")
        .join(name)
        .with_extension("c");
    let program = home().join(name);
    let status = Command::new("cc")
        .args(["-std=gnu11", "-O1", "-Wall"])
        .args(arguments)
        .arg("-o")
        .arg(&program)
        .arg(source)
        .arg("-ldl")
        .status()
        .unwrap();
    assert!(status.success(), "{name}.c compiles");
    program
}

/// A process of this test whose writes below its directory pass through `tests/c/disk.c`.
pub fn process_on_a_disk(role: &str) -> Command {
    let mut command = process(role);
    command
        .env("LD_PRELOAD", cc("disk", &["-shared", "-fPIC"]))
        .env("VHSM_TEST_DISK", home());
    command
}

/// What the preloaded disk can be asked, in a process that [`process_on_a_disk`] made.
pub struct Disk(libloading::os::unix::Library);

impl Disk {
    pub fn here() -> Self {
        Self(libloading::os::unix::Library::this())
    }

    /// Every write is refused with this error from now on; 0 ends that.
    pub fn refuse(&self, error: i32) {
        // SAFETY: the symbol has this type in `disk.c`.
        unsafe { self.0.get::<unsafe extern "C" fn(i32)>(b"disk_refuse").unwrap()(error) }
    }

    /// Making a file last takes so much longer.
    pub fn delay(&self, microseconds: i32) {
        // SAFETY: as above.
        unsafe { self.0.get::<unsafe extern "C" fn(i32)>(b"disk_delay").unwrap()(microseconds) }
    }

    /// Files that were written and not made to last since.
    pub fn unsynced(&self) -> i32 {
        // SAFETY: as above.
        unsafe {
            self.0
                .get::<unsafe extern "C" fn() -> i32>(b"disk_unsynced")
                .unwrap()()
        }
    }

    /// How often files were made to last.
    pub fn syncs(&self) -> i64 {
        // SAFETY: as above.
        unsafe {
            self.0
                .get::<unsafe extern "C" fn() -> i64>(b"disk_syncs")
                .unwrap()()
        }
    }
}

/// From now on modes hold for this thread and those that it starts, also if it is root's.
pub fn obey_modes() {
    /// CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH [capabilities(7)].
    const OVERRIDES: u32 = 1 << 1 | 1 << 2;
    const VERSION_3: u32 = 0x2008_0522;
    let mut header = [VERSION_3, 0];
    let mut sets = [0_u32; 6];
    // SAFETY: the layouts of cap_user_header_t and of two cap_user_data_t; both outlive the calls.
    let changed = unsafe {
        assert_eq!(
            libc::syscall(libc::SYS_capget, header.as_mut_ptr(), sets.as_mut_ptr()),
            0
        );
        sets[0] &= !OVERRIDES; // effective
        libc::syscall(libc::SYS_capset, header.as_mut_ptr(), sets.as_mut_ptr())
    };
    assert_eq!(changed, 0, "a process may always give up rights");
}

/// Every file below a directory.
pub fn files(directory: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push(path);
        }
    }
    all
}

/// The files of the data directory that have these bytes in them or in their names.
pub fn files_with(bytes: &[u8]) -> Vec<PathBuf> {
    let has = |text: &[u8]| text.windows(bytes.len()).any(|part| part == bytes);
    let mut all = files(&data_dir());
    all.retain(|path| has(path.as_os_str().as_bytes()) || has(&std::fs::read(path).unwrap()));
    all
}
