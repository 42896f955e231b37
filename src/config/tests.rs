use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

/// A home of its own for each test.
fn home() -> (tempfile::TempDir, Environment) {
    let directory = tempfile::tempdir().unwrap();
    let environment = Environment {
        home: Some(directory.path().into()),
        ..Environment::default()
    };
    (directory, environment)
}

fn load(text: &str) -> Result<Config> {
    let (directory, mut environment) = home();
    let path = directory.path().join("vhsm.toml");
    fs::write(&path, text).unwrap();
    environment.named_file = Some(path);
    Config::load_in(&environment)
}

/// The error without the directory before it.
fn refusal(text: &str) -> String {
    let Err(Error::Configuration(why)) = load(text) else {
        panic!("accepted: {text}")
    };
    why.split_once("vhsm.toml").unwrap().1.to_owned()
}

#[test]
fn no_configuration_is_needed() {
    let (directory, environment) = home();
    let config = Config::load_in(&environment).unwrap();
    assert_eq!(
        config,
        Config::in_data_dir(&directory.path().join(".local/share/vhsm"))
    );
    assert_eq!(config.file, None);
}

#[test]
fn without_a_home_the_data_is_in_var_lib() {
    let config = Config::load_in(&Environment::default()).unwrap();
    assert_eq!(config.data_dir, Path::new("/var/lib/vhsm"));
    assert_eq!(config.root_key_file, Path::new("/var/lib/vhsm/root.key"));
}

#[test]
fn the_data_home_comes_before_the_home() {
    let (_directory, mut environment) = home();
    environment.data_home = Some("/data".into());
    let config = Config::load_in(&environment).unwrap();
    assert_eq!(config.data_dir, Path::new("/data/vhsm"));
    assert_eq!(config.origin("data_dir"), Origin::Variable("XDG_DATA_HOME"));
}

#[test]
fn the_named_file_comes_before_the_config_home_and_that_before_the_home() {
    let (directory, mut environment) = home();
    let write = |place: &str, max: u64| {
        let path = directory.path().join(place);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("[sessions]\nmax = {max}\n")).unwrap();
        path
    };
    write(".config/vhsm/vhsm.toml", 1);
    assert_eq!(Config::load_in(&environment).unwrap().sessions.max, 1);
    write("xdg/vhsm/vhsm.toml", 2);
    environment.config_home = Some(directory.path().join("xdg"));
    assert_eq!(Config::load_in(&environment).unwrap().sessions.max, 2);
    environment.named_file = Some(write("mine.toml", 3));
    let config = Config::load_in(&environment).unwrap();
    assert_eq!((config.sessions.max, config.file), (3, environment.named_file));
}

#[test]
fn a_named_file_that_is_missing_is_an_error() {
    let (directory, mut environment) = home();
    environment.named_file = Some(directory.path().join("absent.toml"));
    let Err(Error::Configuration(why)) = Config::load_in(&environment) else {
        panic!("accepted")
    };
    assert!(
        why.contains("absent.toml: there is no such file") && why.contains("VHSM_CONF"),
        "{why}"
    );
}

#[test]
fn a_file_that_an_option_names_is_not_blamed_on_the_environment() {
    let (directory, mut environment) = home();
    environment.naming = Naming::Option;
    for name in ["absent.toml", ""] {
        environment.named_file = Some(directory.path().join(name));
        let Err(Error::Configuration(why)) = Config::load_in(&environment) else {
            panic!("accepted")
        };
        assert!(why.contains("--config") && !why.contains("VHSM_CONF"), "{why}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_and_not_passed_over() {
    let (directory, mut environment) = home();
    environment.named_file = Some(directory.path().into());
    let Err(Error::Configuration(why)) = Config::load_in(&environment) else {
        panic!("accepted")
    };
    assert!(why.contains("cannot be read"), "{why}");
}

#[test]
fn a_file_without_read_permission_is_an_error_and_not_passed_over() {
    let (directory, environment) = home();
    let path = directory.path().join(".config/vhsm/vhsm.toml");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        return; // the superuser reads everything
    }
    let Err(Error::Configuration(why)) = Config::load_in(&environment) else {
        panic!("accepted")
    };
    assert!(why.contains("cannot be read"), "{why}");
}

#[test]
fn the_root_key_is_the_configured_one_else_the_credential_else_in_the_data_directory() {
    let (directory, mut environment) = home();
    let credential = directory.path().join("vhsm-root-key");
    environment.credentials = Some(directory.path().into());
    let config = Config::load_in(&environment).unwrap();
    assert!(config.root_key_file.ends_with(".local/share/vhsm/root.key"));
    fs::write(&credential, [0; 32]).unwrap();
    let config = Config::load_in(&environment).unwrap();
    assert_eq!(config.root_key_file, credential);
    assert_eq!(
        config.origin("root_key_file"),
        Origin::Variable("CREDENTIALS_DIRECTORY")
    );
    let path = directory.path().join("vhsm.toml");
    fs::write(&path, "root_key_file = \"/mnt/key\"").unwrap();
    environment.named_file = Some(path);
    assert_eq!(
        Config::load_in(&environment).unwrap().root_key_file,
        Path::new("/mnt/key")
    );
}

#[test]
fn the_root_key_follows_the_data_directory() {
    let config = load("data_dir = \"/srv/hsm\"").unwrap();
    assert_eq!(config.root_key_file, Path::new("/srv/hsm/root.key"));
}

#[test]
fn a_leading_tilde_is_the_home() {
    let config = load("data_dir = \"~/tokens\"").unwrap();
    assert!(config.data_dir.is_absolute() && config.data_dir.ends_with("tokens"));
}

#[test]
fn every_key_is_read_and_its_line_is_known() {
    let text = r#"data_dir = "/d"
root_key_file = "/k"
policy = "modern"
compat = ["protecttoolkit", "luna"]
[slots]
free_slot = true
[pin]
length_min = 6
length_max = 12
failures_max_user = 3
failures_max_so = 5
argon2_memory_kib = 64
argon2_iterations = 1
argon2_parallelism = 2
[mechanisms]
deny = ["CKM_DES3_ECB"]
enable = ["CKM_ECDSA"]
[sessions]
max = 100
[store]
busy_timeout_ms = 5
[log]
target = "file"
level = "debug"
file = "/l"
[payment]
weak_keys = "accept"
readable_keys = "accept"
headerless_keys = "template"
local_master_keys = "any"
[strictness]
usage_defaults = "explicit"
ec_point_encoding = "der"
return_values = "standard"
nss_reserved = true
[payshield]
listen = ["127.0.0.1:1", "[::1]:2=05"]
lmk_ports = 3
udp = true
token = "t"
pin_file = "/p"
lmk = ["00=a", "01=b"]
header_length = 8
ebcdic = true
firmware = "1234-5678"
zmk_length = "single"
user_storage_length = "variable"
pin_length_max = 8
clear_tables = true
restrict_pin_blocks = false
test_switches = false
disabled = ["A8"]
unlicensed = ["B2"]
disabled_formats = ["05"]
pin_failures_minute = 1
pin_failures_hour = 2
pin_attacks = 3
cached_keys = 0
connections_max = 7
idle_timeout_s = 9
tls_listen = ["127.0.0.1:3"]
tls_cert = "/c"
tls_key = "pkcs11:object=k"
tls_client_ca = "/a"
metrics = "127.0.0.1:4"
control = "/s"
"#;
    let config = load(text).unwrap();
    let mut expected = Config::in_data_dir(Path::new("/d"));
    let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    expected.payshield = Payshield {
        listen: list(&["127.0.0.1:1", "[::1]:2=05"]),
        lmk_ports: 3,
        udp: true,
        token: Some("t".into()),
        pin_file: Some("/p".into()),
        lmk: list(&["00=a", "01=b"]),
        header_length: 8,
        ebcdic: true,
        firmware: "1234-5678".into(),
        zmk_length: ZmkLength::Single,
        user_storage_length: UserStorageLength::Variable,
        pin_length_max: 8,
        clear_tables: true,
        restrict_pin_blocks: false,
        test_switches: false,
        disabled: list(&["A8"]),
        unlicensed: list(&["B2"]),
        disabled_formats: list(&["05"]),
        pin_failures_minute: 1,
        pin_failures_hour: 2,
        pin_attacks: 3,
        cached_keys: 0,
        connections_max: 7,
        idle_timeout_s: 9,
        tls_listen: list(&["127.0.0.1:3"]),
        tls_cert: Some("/c".into()),
        tls_key: Some("pkcs11:object=k".into()),
        tls_client_ca: Some("/a".into()),
        metrics: Some("127.0.0.1:4".into()),
        control: Some("/s".into()),
    };
    expected.root_key_file = "/k".into();
    expected.slots.free_slot = true;
    expected.pin = Pin {
        length_min: 6,
        length_max: 12,
        failures_max_user: 3,
        failures_max_so: 5,
        argon2_memory_kib: 64,
        argon2_iterations: 1,
        argon2_parallelism: 2,
    };
    expected.policy = Policy::Modern;
    expected.mechanisms = Mechanisms {
        choice: Choice::Deny(vec!["CKM_DES3_ECB".into()]),
        enable: vec!["CKM_ECDSA".into()],
        compat: vec![Maker::ProtectToolkit, Maker::Luna],
    };
    expected.sessions.max = 100;
    expected.store.busy_timeout_ms = 5;
    expected.log = logging::Settings {
        target: logging::Target::File,
        level: log::LevelFilter::Debug,
        file: Some("/l".into()),
    };
    expected.payment = Payment {
        weak_keys: WeakKeys::Accept,
        readable_keys: ReadableKeys::Accept,
        headerless_keys: HeaderlessKeys::Template,
        local_master_keys: LocalMasterKeys::Any,
    };
    expected.strictness = Strictness {
        usage_defaults: UsageDefaults::Explicit,
        ec_point_encoding: EcPointEncoding::Der,
        return_values: ReturnValues::Standard,
        nss_reserved: true,
    };
    expected.file = config.file.clone();
    expected.origins = config.origins.clone();
    assert_eq!(config, expected);
    assert_eq!(config.origin("pin.length_max"), Origin::Line(9));
    for key in keys::keys().filter(|key| key.name != "allow") {
        assert_ne!(config.origin(&key.path()), Origin::Default, "{}", key.path());
    }
}

#[test]
fn values_of_the_host_command_server_have_their_forms() {
    for wrong in [
        "listen = [\"localhost\"]",
        "listen = \"127.0.0.1:1500\"",
        "listen = [\"127.0.0.1:1500=1\"]",
        "lmk = [\"0=label\"]",
        "lmk = [\"00=\"]",
        "firmware = \"1\"",
        "disabled = [\"A\"]",
        "disabled_formats = [\"5\"]",
        "pin_length_max = 13",
        "zmk_length = \"triple\"",
        "user_storage_length = \"V\"",
        "tls_key = \"key.pem\"",
        "metrics = \"9150\"",
        "token = \"\"",
        "connections_max = 0",
    ] {
        let why = refusal(&format!("[payshield]\n{wrong}\n"));
        assert!(why.starts_with(", line 2: `payshield."), "{wrong}: {why}");
        assert!(why.contains("give "), "{wrong}: {why}");
    }
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_one() {
    assert_eq!(
        refusal("\n\n[pin]\nlenght_min = 4\n"),
        ", line 4: unknown key `pin.lenght_min`; did you mean `length_min`?"
    );
    assert_eq!(
        refusal("datadir = \"/x\""),
        ", line 1: unknown key `datadir`; did you mean `data_dir`?"
    );
}

#[test]
fn a_key_in_the_wrong_section_is_sent_to_the_right_one() {
    assert_eq!(
        refusal("length_min = 4"),
        ", line 1: unknown key `length_min`; `length_min` is a key of `[pin]`"
    );
    assert_eq!(
        refusal("[pin]\ndata_dir = \"/x\""),
        ", line 2: unknown key `pin.data_dir`; `data_dir` is a key above all sections"
    );
}

#[test]
fn a_key_like_no_other_is_refused_with_the_list() {
    assert_eq!(
        refusal("[strictness]\nquux = 1"),
        ", line 2: unknown key `strictness.quux`; there are `usage_defaults`, `ec_point_encoding`, `return_values`, `nss_reserved`"
    );
}

#[test]
fn an_unknown_section_is_refused_with_the_nearest_one() {
    assert_eq!(
        refusal("[pins]\n"),
        ", line 1: unknown section `[pins]`; did you mean `[pin]`?"
    );
    assert!(
        refusal("\n[network]\nport = 1\n")
            .starts_with(", line 2: unknown section `[network]`; remove it, or use one of [slots], [pin]")
    );
    assert_eq!(
        refusal("\n[network]\n"),
        ", line 2: unknown section `[network]`; remove it"
    );
    assert_eq!(
        refusal("[data_dir]\n"),
        ", line 1: `data_dir` is a key above all sections, not a section"
    );
    assert!(refusal("pin = 4").contains("`pin` is a section"));
}

#[test]
fn a_section_without_a_name_is_refused_with_its_line() {
    let why = ", line 2: a section without a name; remove its line, and write keys that have no section above all \
               sections";
    assert_eq!(refusal("\n[\"\"]\n"), why);
    assert_eq!(refusal("\n[\"\"]\ndata_dir = \"/x\"\n"), why);
    assert_eq!(refusal("\n\"\".data_dir = \"/x\"\n"), why);
    assert!(refusal("\"\" = 1").starts_with(", line 1: unknown key ``; there are `data_dir`"));
    assert!(refusal("[[network]]\nport = 1").starts_with(", line 1: unknown key `network`"));
    assert!(refusal("[pin.network]\nport = 1").starts_with(", line 1: unknown key `pin.network`"));
}

#[test]
fn a_value_of_a_wrong_type_is_refused_with_the_right_one() {
    assert_eq!(
        refusal("[pin]\nlength_min = \"four\""),
        ", line 2: `pin.length_min` is not a number; give a whole number from 4 to 255"
    );
    assert!(refusal("[pin]\nlength_min = 4.5").contains("is a fraction"));
    assert!(refusal("[pin]\nlength_min = 1979-05-27").contains("is a date"));
    assert!(refusal("[pin]\nlength_min = { a = 1 }").contains("is a table"));
    assert!(refusal("[slots]\nfree_slot = \"yes\"").contains("give true or false"));
    assert!(refusal("[mechanisms]\nallow = \"CKM_ECDSA\"").contains("is not a list"));
    assert!(refusal("[mechanisms]\nallow = [1]").contains("list of something else"));
    assert!(refusal("data_dir = 1").contains("is not a path"));
}

#[test]
fn a_value_out_of_range_is_refused_with_the_range() {
    let why = ", line 2: `pin.length_min` is 3, which is out of range; give a whole number from 4 to 255";
    assert_eq!(refusal("[pin]\nlength_min = 3"), why);
    assert!(refusal("[pin]\nlength_max = 256").contains("4 to 255"));
    assert!(refusal("[pin]\nfailures_max_so = 0").contains("1 to 1000"));
    assert!(refusal("[sessions]\nmax = -1").contains("out of range"));
    assert!(refusal("[sessions]\nmax = 99999999999999999999").contains("out of range"));
}

#[test]
fn a_word_that_is_none_of_the_choices_is_refused_with_the_choices() {
    assert_eq!(
        refusal("[log]\ntarget = \"journal\""),
        ", line 2: `log.target` is \"journal\"; give one of \"none\", \"stderr\", \"syslog\", \"file\""
    );
    assert!(refusal("[strictness]\nusage_defaults = true").contains("\"as-key-type\", \"explicit\""));
}

#[test]
fn a_relative_path_is_refused() {
    assert!(refusal("data_dir = \"tokens\"").contains("begins with / or ~/"));
}

#[test]
fn a_path_is_refused_for_what_is_wrong_with_it() {
    assert_eq!(
        refusal("data_dir = \"\""),
        ", line 1: `data_dir` is empty; give a path that begins with / or ~/"
    );
    for home in ["~root/x", "~"] {
        let why = refusal(&format!("data_dir = \"{home}\""));
        assert!(
            why.contains("only ~/ stands for a home, which is this user's; give a path"),
            "{why}"
        );
    }
}

#[test]
fn a_number_that_is_none_for_any_key_is_refused_with_what_the_key_takes() {
    for number in ["-1", "99999999999999999999"] {
        let why = format!(
            ", line 2: `sessions.max` is {number}, which is out of range; give a whole number from 0 to 1000000000"
        );
        assert_eq!(refusal(&format!("[sessions]\nmax = {number}")), why);
    }
    assert!(refusal("[slots]\nfree_slot = -1").contains("give true or false"));
}

#[test]
fn a_top_level_key_like_no_other_is_refused_with_the_keys_and_the_sections() {
    assert_eq!(
        refusal("quux = 1"),
        ", line 1: unknown key `quux`; there are `data_dir`, `root_key_file`, `policy`, `compat`, and the sections [slots], \
         [pin], [mechanisms], [sessions], [store], [log], [payment], [strictness], [payshield]"
    );
    assert!(refusal("[logging]\nlevel = \"info\"").ends_with("did you mean `[log]`?"));
}

#[test]
fn a_log_file_that_nothing_is_written_to_is_doubted() {
    let doubts = |text| load(text).unwrap().doubts();
    let unused = doubts("[log]\nfile = \"/l\"");
    assert!(
        unused[0].to_string().contains("line 2: `log.file` is given"),
        "{unused:?}"
    );
    assert_eq!(
        unused[0].remedy(),
        Some("set `target = \"file\"` in [log], or remove the key")
    );
    assert_eq!(doubts("[log]\ntarget = \"file\"\nfile = \"/l\""), []);
    assert_eq!(doubts(""), []);
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    assert!(refusal("[pin]\nlength_max = 5\nlength_min = 6").starts_with(", line 2: `pin.length_max` is 5"));
    assert!(refusal("[pin]\nargon2_parallelism = 64\nargon2_memory_kib = 64").contains("of at least 512"));
    assert!(refusal("[log]\ntarget = \"file\"").contains("no file is named"));
    assert!(refusal("[mechanisms]\nallow = []\ndeny = []").contains("keep one of the two"));
}

#[test]
fn a_value_found_wrong_later_is_refused_with_its_line() {
    let config = load("\n[mechanisms]\ndeny = [\"CKM_ECDSA\"]\n").unwrap();
    let Error::Configuration(why) = config.refuse("mechanisms.deny", "is wrong") else {
        panic!("another error")
    };
    assert!(
        why.ends_with("vhsm.toml, line 3: `mechanisms.deny` is wrong"),
        "{why}"
    );
}

#[test]
fn what_is_not_a_mechanism_is_refused_with_the_nearest_one() {
    let why = ", line 2: `mechanisms.allow` names \"CKM_AES_CBS\", which is no mechanism of this module; \
               did you mean \"CKM_AES_CBC\"?";
    assert_eq!(
        refusal("[mechanisms]\nallow = [\"CKM_ECDSA\", \"CKM_AES_CBS\"]"),
        why
    );
    assert!(refusal("[mechanisms]\nallow = [\"something\"]").contains("`vhsm mechanisms` lists"));
}

#[test]
fn older_names_of_the_standard_are_names() {
    let config =
        load("[mechanisms]\ndeny = [\"CKM_ECDSA_KEY_PAIR_GEN\", \"CKM_SHA3_256_KEY_DERIVE\"]").unwrap();
    let Choice::Deny(names) = &config.mechanisms.choice else {
        panic!("no list");
    };
    assert_eq!(names, &["CKM_ECDSA_KEY_PAIR_GEN", "CKM_SHA3_256_KEY_DERIVE"]);
    let why = refusal("[mechanisms]\nenable = [\"CKM_ECDSA_KEY_PAIR_GENN\"]");
    assert!(why.ends_with("did you mean \"CKM_ECDSA_KEY_PAIR_GEN\"?"), "{why}");
}

#[test]
fn text_that_is_not_toml_is_refused_with_its_line() {
    assert!(refusal("[pin]\nlength_min 4\n").starts_with(", line 2: not TOML"));
    assert!(refusal("[pin]\n[pin]\n").starts_with(", line 2: not TOML"));
}

#[test]
fn text_that_is_not_utf8_is_refused_with_its_line() {
    let (directory, mut environment) = home();
    let path = directory.path().join("vhsm.toml");
    fs::write(&path, b"[pin]\n# caf\xe9\n").unwrap();
    environment.named_file = Some(path);
    let Err(Error::Configuration(why)) = Config::load_in(&environment) else {
        panic!("accepted")
    };
    assert!(why.contains("line 2: not UTF-8"), "{why}");
}

#[test]
fn a_file_that_is_no_configuration_by_its_length_is_refused() {
    assert!(refusal(&"#".repeat(2 << 20)).contains("longer than 1 MiB"));
}

#[test]
fn what_is_shown_can_be_read_in_again() {
    let text =
        "[mechanisms]\nallow = [\"CKM_ECDSA\"]\n[log]\ntarget = \"file\"\nfile = \"/a \\\"b\\\" \\u00e9\"\n";
    let config = load(text).unwrap();
    let shown = config.to_toml();
    assert!(shown.contains("allow = [\"CKM_ECDSA\"] # line 2"), "{shown}");
    assert!(shown.contains("length_min = 4 # default"), "{shown}");
    assert!(shown.contains("# deny is not set"), "{shown}");
    let again = load(&shown).unwrap();
    for key in keys::keys() {
        assert_eq!((key.value)(&config), (key.value)(&again), "{}", key.path());
    }
}

#[test]
fn the_example_configuration_is_the_defaults_and_has_every_key() {
    let text = include_str!("../../examples/vhsm.toml");
    let (directory, mut environment) = home();
    let path = directory.path().join("vhsm.toml");
    fs::write(&path, text).unwrap();
    let defaults = Config::load_in(&environment).unwrap();
    environment.named_file = Some(path.clone());
    let example = Config::load_in(&environment).unwrap();
    // Keys that are commented out have no default of their own.
    fs::write(
        &path,
        text.lines()
            .map(|line| line.strip_prefix("#: ").unwrap_or(line))
            .collect::<Vec<_>>()
            .join("\n"),
    )
    .unwrap();
    let all = Config::load_in(&environment).unwrap();
    for key in keys::keys() {
        assert_eq!((key.value)(&example), (key.value)(&defaults), "{}", key.path());
        if key.name != "allow" {
            assert_ne!(
                all.origin(&key.path()),
                Origin::Default,
                "{} is not in the example",
                key.path()
            );
        }
    }
}

#[test]
fn the_documentation_has_every_key() {
    let text = include_str!("../../docs/configuration.md");
    for key in keys::keys() {
        assert!(text.contains(&format!("| `{}` |", key.path())), "{}", key.path());
    }
}
