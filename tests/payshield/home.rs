//! A store with a token for servers that are no demonstrations: the TEST LMKs and a private key of TLS.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;
use vhsm::attribute::RawAttribute;
use vhsm::ck::{sys, *};
use vhsm::config::Config;
use vhsm::module::Module;
use vhsm::payment::lmk::test_keys::{TEST_AES, TEST_VARIANT};
use vhsm::payshield::call::{attribute, flag};

/// The directory of a store, which goes with the value.
pub struct Home {
    directory: TempDir,
    slot: SlotId,
}

const READ_WRITE: u64 = sys::CKF_SERIAL_SESSION | sys::CKF_RW_SESSION;

/// The private key of certificates/server.pem.
const SERVER_KEY: &str = "8747de562a298ee187a966d2026b1d2a0d50b45929db9bfb3e66c35233dfc6ce";
const P256: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";

fn bytes(digits: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(digit).collect()
}

impl Home {
    /// Makes the token `payments` with the PIN 123456.
    pub fn new() -> Self {
        let mut home = Self {
            directory: tempfile::tempdir().unwrap(),
            slot: SlotId(0),
        };
        home.configure("");
        std::fs::write(home.path("pin"), "123456\n").unwrap();
        let module = home.module();
        let mut label = [b' '; 32];
        label[..8].copy_from_slice(b"payments");
        home.slot = module.create_token(b"12345678", &label).unwrap();
        let session = module.open_session(home.slot, READ_WRITE).unwrap();
        module.login(session, UserType::So, b"12345678").unwrap();
        module.init_pin(session, b"123456").unwrap();
        module.shutdown();
        home.load_lmk(*b"00", "old", TEST_VARIANT);
        home.load_lmk(*b"05", "new", TEST_AES);
        home.create(&[
            attribute(CKA_CLASS, &CKO_PRIVATE_KEY.0.to_ne_bytes()),
            attribute(CKA_KEY_TYPE, &CKK_EC.0.to_ne_bytes()),
            attribute(CKA_LABEL, b"tls"),
            attribute(CKA_EC_PARAMS, P256),
            attribute(CKA_VALUE, &bytes(SERVER_KEY)),
            flag(CKA_TOKEN, true),
        ]);
        home
    }

    fn module(&self) -> Module {
        Module::new(Config::from_file(&self.path("vhsm.toml")).unwrap()).unwrap()
    }

    /// Creates an object of the token, as another program does.
    fn create(&self, template: &[RawAttribute]) {
        let module = self.module();
        let session = module.open_session(self.slot, READ_WRITE).unwrap();
        module.login(session, UserType::User, b"123456").unwrap();
        module.create_object(session, template).unwrap();
        module.shutdown();
    }

    /// Loads a local master key, as another program does.
    pub fn load_lmk(&self, id: [u8; 2], label: &str, value: &str) {
        self.create(&[
            attribute(CKA_CLASS, &CKO_SECRET_KEY.0.to_ne_bytes()),
            attribute(CKA_KEY_TYPE, &CKK_VHSM_LMK.0.to_ne_bytes()),
            attribute(CKA_LABEL, label.as_bytes()),
            attribute(CKA_VALUE, &bytes(value)),
            attribute(CKA_VHSM_LMK_ID, &id),
            flag(CKA_TOKEN, true),
        ]);
    }

    /// A file of the directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes the configuration anew with these lines in `[payshield]`.
    pub fn configure(&self, payshield: &str) {
        let text = format!(
            "data_dir = {:?}\n[pin]\nargon2_memory_kib = 64\nargon2_iterations = 1\n[payshield]\n\
             listen = [\"127.0.0.1:0\"]\ntoken = \"payments\"\npin_file = {:?}\n{payshield}\n",
            self.path("data"),
            self.path("pin")
        );
        std::fs::write(self.path("vhsm.toml"), text).unwrap();
    }

    /// Appends to the configuration: other sections.
    pub fn configure_more(&self, text: &str) {
        let configured = std::fs::read_to_string(self.path("vhsm.toml")).unwrap();
        std::fs::write(self.path("vhsm.toml"), format!("{configured}{text}")).unwrap();
    }

    /// A log of this configuration with all refusals.
    pub fn configure_log(&self) {
        let log = self.path("log");
        self.configure_more(&format!(
            "[log]\ntarget = \"file\"\nlevel = \"info\"\nfile = {log:?}\n"
        ));
    }

    /// What the log has.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap()
    }

    /// `vhsm payshield` on this configuration.
    pub fn command(&self, words: &[&str]) -> Command {
        self.program(&[&["payshield"], words].concat())
    }

    /// `vhsm` on this configuration.
    pub fn program(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vhsm"));
        command.arg("--config").arg(self.path("vhsm.toml")).args(words);
        command
    }
}
