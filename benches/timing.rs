//! Whether the time of a decryption or check tells which fault its input has, as a Markdown table:
//! `cargo bench --bench timing [-- PART OF A NAME] [--measurements NUMBER]`. The evidence for SECURITY.md, "Timing".
//!
//! The method is that of dudect ("Dude, is my code constant time?", Reparaz, Balasch, Verbauwhede, 2017): one operation
//! is timed over and over with inputs of two classes, drawn at random one by one; then Welch's t-test compares the means
//! of the classes, over all measurements and over those below some percentiles of all, since what disturbs a machine
//! makes times longer and never shorter. Above 4.5 the classes differ; below it no difference was seen with so many
//! measurements, which does not prove that there is none.
//!
//! Both classes are copied to the same place before the clock starts, have the same lengths of input and of output
//! (what a caller is told anyway may take the time it takes) and, where they fail, the same error, which is asserted.
//! Keys and parameters are prepared once; what runs is the mechanism's own function, as under `C_Decrypt` and `C_Verify`.
//! The last row is a comparison that stops at the first difference: it shows that the test sees one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::as_conversions,
    reason = "a measurement that meets what it does not expect ends; counts stay far below 2^53"
)]

use std::hint::black_box;
use std::time::Instant;

use sha2::{Digest, Sha256};
use vhsm::attribute::{AttributeSet, Value};
use vhsm::catalog;
use vhsm::ck::*;
use vhsm::crypto::{hash::Hash, rng};
use vhsm::error::Error;
use vhsm::mechanism::params::CcmParams;
use vhsm::mechanism::{KeyMaterial, MechanismSpec, Params, ShortBytes, WrapTarget};

/// Measurements of a row, both classes together, unless the command line says otherwise.
const MEASUREMENTS: usize = 400_000;
/// RSA is measured so many times less often.
const RSA_SHARE: usize = 20;
/// So is Diffie-Hellman.
const ECDH_SHARE: usize = 4;
/// From here on the means of the classes differ.
const T_LIMIT: f64 = 4.5;
/// The percentiles up to which measurements count, in turn.
const PERCENTILES: [f64; 6] = [1.0, 0.99, 0.95, 0.9, 0.75, 0.5];
/// Inputs of a class.
const POOL: usize = 8;
/// Measurements that only warm up.
const WARM_UP: usize = 200;
const SECRET: [u8; 32] = [0x5a; 32];
/// A key that is wrapped.
const KEY: [u8; 16] = *b"0123456789abcdef";
/// Bytes of an RSA block.
const BLOCK: usize = 256;
const RSA_NAMES: [&str; 3] = [
    "RSA PKCS#1 v1.5, 2048 bits",
    "RSA-OAEP, 2048 bits",
    "RSA key transport, 2048 bits",
];

/// What an operation answers: the length of its output.
type Answer = Result<usize, Error>;
/// Inputs that belong together.
type Pool = Vec<Vec<u8>>;

fn main() {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let mut options = Options {
        wanted: None,
        measurements: MEASUREMENTS,
    };
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--measurements" => {
                let number = words.next().and_then(|number| number.parse().ok());
                options.measurements = number.expect("--measurements takes a number");
            }
            _ => options.wanted = Some(word),
        }
    }
    println!("| operation | one class | the other | measurements | \\|t\\| | verdict |");
    println!("|---|---|---|---|---|---|");
    rsa(&options);
    cbc_pad(&options);
    tags(&options);
    macs(&options);
    key_blocks(&options);
    ecdh_transport(&options);
    control(&options);
}

struct Options {
    wanted: Option<String>,
    measurements: usize,
}

impl Options {
    /// Whether a row of this name is asked for.
    fn wants(&self, name: &str) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| name.contains(wanted))
    }

    /// Measures an operation on two classes of inputs, and prints the row.
    fn row(
        &self,
        name: &str,
        one: (&str, &Pool),
        other: (&str, &Pool),
        mut run: impl FnMut(&[u8]) -> Answer,
    ) {
        if !self.wants(name) {
            return;
        }
        let share = match name {
            name if name.starts_with("RSA") => RSA_SHARE,
            name if name.starts_with("ECDH") => ECDH_SHARE,
            _ => 1,
        };
        let count = (self.measurements / share).max(1000);
        let samples = measure([one.1, other.1], count, &mut run);
        let t = t_max(&samples);
        let verdict = if t < T_LIMIT {
            "no difference seen"
        } else {
            "differs"
        };
        println!(
            "| {name} | {} | {} | {count} | {t:.2} | {verdict} |",
            one.0, other.0
        );
    }
}

// ---- measuring ----

/// The class of a measurement and its nanoseconds.
type Sample = (usize, f64);

fn measure(classes: [&Pool; 2], count: usize, run: &mut dyn FnMut(&[u8]) -> Answer) -> Vec<Sample> {
    let mut input = classes[0][0].clone();
    let expected = check_alike(classes, run);
    let mut dice = vec![0; WARM_UP + count];
    rng::system(&mut dice).unwrap();
    let mut samples = Vec::with_capacity(count);
    for (at, dice) in dice.into_iter().enumerate() {
        let class = usize::from(dice & 1);
        input.copy_from_slice(&classes[class][usize::from(dice >> 1) % POOL]);
        let start = Instant::now();
        let answer = run(black_box(&input));
        let nanos = start.elapsed().as_nanos() as f64;
        assert_eq!(answer.is_ok(), expected.is_ok());
        if at >= WARM_UP {
            samples.push((class, nanos));
        }
    }
    samples
}

/// All inputs get the same answer: the same error, or outputs of the same length.
fn check_alike(classes: [&Pool; 2], run: &mut dyn FnMut(&[u8]) -> Answer) -> Answer {
    let expected = run(&classes[0][0]);
    for input in classes.into_iter().flatten() {
        assert_eq!(format!("{:?}", run(input)), format!("{expected:?}"));
    }
    assert_eq!([classes[0].len(), classes[1].len()], [POOL; 2]);
    expected
}

/// The largest |t| over the percentiles.
fn t_max(samples: &[Sample]) -> f64 {
    let mut times: Vec<f64> = samples.iter().map(|(_, nanos)| *nanos).collect();
    times.sort_unstable_by(f64::total_cmp);
    let limits = PERCENTILES.map(|part| times[((times.len() - 1) as f64 * part) as usize]);
    let t_up_to = |limit: f64| {
        let [one, other] = [0, 1].map(|wanted| {
            let of_class = samples.iter().filter(|(class, _)| *class == wanted);
            Moments::of(of_class.map(|(_, nanos)| *nanos).filter(|nanos| *nanos <= limit))
        });
        let error = (one.variance / one.count + other.variance / other.count).sqrt();
        if error > 0.0 {
            ((one.mean - other.mean) / error).abs()
        } else {
            0.0
        }
    };
    limits.into_iter().map(t_up_to).fold(0.0, f64::max)
}

struct Moments {
    count: f64,
    mean: f64,
    variance: f64,
}

impl Moments {
    /// In one pass (Welford).
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
        for value in values {
            count += 1.0;
            let off = value - mean;
            mean += off / count;
            squares += off * (value - mean);
        }
        let variance = squares / f64::max(count - 1.0, 1.0);
        Self {
            count,
            mean,
            variance,
        }
    }
}

// ---- mechanisms ----

fn mechanism(id: MechanismId) -> &'static MechanismSpec {
    catalog::find(id).unwrap()
}

fn prepare(mut attributes: AttributeSet, class: ObjectClass, key_type: KeyType) -> KeyMaterial {
    attributes.set(CKA_CLASS, Value::Ulong(class.0));
    attributes.set(CKA_KEY_TYPE, Value::Ulong(key_type.0));
    KeyMaterial::prepare(&attributes).unwrap()
}

fn secret(key_type: KeyType) -> KeyMaterial {
    let value = match key_type {
        CKK_DES2 => &SECRET[..16],
        _ => &SECRET,
    };
    let attributes = [(CKA_VALUE, Value::bytes(value))].into_iter().collect();
    prepare(attributes, CKO_SECRET_KEY, key_type)
}

fn encrypt(id: MechanismId, key: &KeyMaterial, params: &Params, data: &[u8]) -> Vec<u8> {
    let role = mechanism(id).roles.encrypt.unwrap();
    let mut out = vec![0; role.output_len(key, params, data.len()).unwrap()];
    let length = role.oneshot(key, params, data, &mut out).unwrap();
    out.truncate(length);
    out
}

/// Decrypts into one buffer again and again.
fn decryption<'a>(
    id: MechanismId,
    key: &'a KeyMaterial,
    params: &'a Params,
) -> impl FnMut(&[u8]) -> Answer + 'a {
    let role = mechanism(id).roles.decrypt.unwrap();
    let mut out = vec![0; 1024];
    move |input| role.oneshot(key, params, input, black_box(&mut out))
}

fn random(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    rng::system(&mut bytes).unwrap();
    bytes
}

/// As many inputs as a class has.
fn pool(make: impl FnMut() -> Vec<u8>) -> Pool {
    std::iter::repeat_with(make).take(POOL).collect()
}

// ---- RSA ----

fn rsa(options: &Options) {
    if !RSA_NAMES.iter().any(|name| options.wants(name)) {
        return;
    }
    let template: AttributeSet = [
        (CKA_MODULUS_BITS, Value::Ulong(8 * BLOCK as u64)),
        (CKA_PUBLIC_EXPONENT, Value::bytes(&[1, 0, 1])),
    ]
    .into_iter()
    .collect();
    let generate = mechanism(CKM_RSA_PKCS_KEY_PAIR_GEN).roles.generate_pair.unwrap();
    let (mut public, private) = generate.generate(&Params::None, &template).unwrap();
    for (attribute, value) in template {
        public.set(attribute, value);
    }
    let public = prepare(public, CKO_PUBLIC_KEY, CKK_RSA);
    let private = prepare(private, CKO_PRIVATE_KEY, CKK_RSA);
    pkcs1(options, &public, &private);
    oaep(options, &public, &private);
    transport(options, &public, &private);
}

/// Encrypts a block as it is, so that its padding can be anything.
fn raw(public: &KeyMaterial, block: &[u8]) -> Vec<u8> {
    encrypt(CKM_RSA_X_509, public, &Params::None, block)
}

/// A block of PKCS#1 v1.5 whose padding holds no zero, with a message of so many bytes.
fn pkcs1_block(message_len: usize) -> Vec<u8> {
    let mut block: Vec<u8> = random(BLOCK).into_iter().map(|byte| byte | 1).collect();
    block[..2].copy_from_slice(&[0, 2]);
    block[BLOCK - message_len - 1] = 0;
    block
}

fn pkcs1(options: &Options, public: &KeyMaterial, private: &KeyMaterial) {
    let mut run = decryption(CKM_RSA_PKCS, private, &Params::None);
    let first_wrong = || {
        let mut block = pkcs1_block(100);
        block[1] = 1;
        raw(public, &block)
    };
    // The length of a made-up message follows from its ciphertext; the caller is told it, so that all here have one.
    let length = run(&first_wrong()).unwrap();
    let mut of_length = |make: &dyn Fn() -> Vec<u8>| {
        pool(|| {
            let mut inputs = std::iter::repeat_with(make);
            inputs
                .find(|input| run(input).is_ok_and(|found| found == length))
                .unwrap()
        })
    };
    let first = of_length(&first_wrong);
    let no_zero = of_length(&|| {
        let mut block = pkcs1_block(100);
        block[BLOCK - 101] = 1;
        raw(public, &block)
    });
    let early_zero = of_length(&|| {
        let mut block = pkcs1_block(100);
        block[5] = 0;
        raw(public, &block)
    });
    let good = of_length(&|| raw(public, &pkcs1_block(length)));
    let name = RSA_NAMES[0];
    options.row(
        name,
        ("good padding", &good),
        ("wrong block type", &first),
        &mut run,
    );
    options.row(
        name,
        ("good padding", &good),
        ("no zero at all", &no_zero),
        &mut run,
    );
    options.row(
        name,
        ("wrong block type", &first),
        ("no zero at all", &no_zero),
        &mut run,
    );
    options.row(
        name,
        ("wrong block type", &first),
        ("zero within 8 bytes", &early_zero),
        &mut run,
    );
}

/// XORs the mask of MGF1 with SHA-256 [RFC 8017, B.2.1].
fn mask(seed: &[u8], into: &mut [u8]) {
    for (counter, chunk) in (0_u32..).zip(into.chunks_mut(32)) {
        let digest = Sha256::new()
            .chain_update(seed)
            .chain_update(counter.to_be_bytes())
            .finalize();
        chunk.iter_mut().zip(digest).for_each(|(to, from)| *to ^= from);
    }
}

/// An OAEP block [RFC 8017, 7.1.1] with a fault of the caller's making: in its first byte, or in DB.
fn oaep_block(first: u8, fault: impl Fn(&mut [u8])) -> Vec<u8> {
    let mut db = vec![0; BLOCK - 33];
    db[..32].copy_from_slice(&Sha256::digest(b""));
    let message_at = db.len() - 32;
    db[message_at - 1] = 1;
    db[message_at..].copy_from_slice(&random(32));
    fault(&mut db);
    let mut seed = random(32);
    mask(&seed, &mut db);
    mask(&db, &mut seed);
    [vec![first], seed, db].concat()
}

fn oaep(options: &Options, public: &KeyMaterial, private: &KeyMaterial) {
    let params = Params::RsaOaep {
        hash: Hash::Sha256,
        mgf: Hash::Sha256,
        label: Box::default(),
    };
    let mut run = decryption(CKM_RSA_PKCS_OAEP, private, &params);
    assert_eq!(
        run(&raw(public, &oaep_block(0, |_| ()))).unwrap(),
        32,
        "the blocks are right"
    );
    let bad = |first: u8, fault: &dyn Fn(&mut [u8])| pool(|| raw(public, &oaep_block(first, fault)));
    let leading = bad(1, &|_| ());
    let label_start = bad(0, &|db| db[0] ^= 1);
    let label_end = bad(0, &|db| db[31] ^= 1);
    let separator = bad(0, &|db| db[32..].fill(0));
    let padding = bad(0, &|db| db[32] = 2);
    let name = RSA_NAMES[1];
    options.row(
        name,
        ("wrong first byte", &leading),
        ("wrong label hash", &label_start),
        &mut run,
    );
    options.row(
        name,
        ("label hash, first byte", &label_start),
        ("last byte", &label_end),
        &mut run,
    );
    options.row(
        name,
        ("wrong first byte", &leading),
        ("no separator", &separator),
        &mut run,
    );
    options.row(
        name,
        ("wrong label hash", &label_start),
        ("wrong padding", &padding),
        &mut run,
    );
}

/// Keys that travel under OAEP: paddings and protection keys that are wrong, before a block whose MAC answers.
fn transport(options: &Options, public: &KeyMaterial, private: &KeyMaterial) {
    const BLOCK_TEXT: &[u8] = b"D0112P0TB00E0000\
        0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF";
    let role = mechanism(CKM_VHSM_RSA_KEY_TRANSPORT).roles.unwrap.unwrap();
    let (params, template) = (Params::Flat([1, 0x21, 6, 0].into()), AttributeSet::new());
    let mut run = |input: &[u8]| {
        let unwrapped = role.unwrap(private, &params, input, &template);
        unwrapped.map(|unwrapped| unwrapped.payload.len())
    };
    let wrapped = |first: u8, fault: &dyn Fn(&mut [u8])| {
        pool(|| [raw(public, &oaep_block(first, fault)), BLOCK_TEXT.to_vec()].concat())
    };
    let other_key = wrapped(0, &|_| ());
    let name = RSA_NAMES[2];
    for (fault, wrong) in [
        ("wrong first byte", wrapped(1, &|_| ())),
        ("wrong label hash", wrapped(0, &|db| db[0] ^= 1)),
        ("no separator", wrapped(0, &|db| db[32..].fill(0))),
        (
            "shorter key",
            wrapped(0, &|db| {
                let at = db.len() - 32;
                db[at - 1] = 0;
                db[at] = 1;
            }),
        ),
    ] {
        options.row(name, ("another key", &other_key), (fault, &wrong), &mut run);
    }
}

// ---- AES-CBC with padding ----

fn cbc_pad(options: &Options) {
    let (key, params) = (secret(CKK_AES), Params::Iv(ShortBytes::new(&[7; 16])));
    let mut run = decryption(CKM_AES_CBC_PAD, &key, &params);
    let ending = |end: &dyn Fn(&mut [u8])| {
        pool(|| {
            let mut data = random(64);
            end(&mut data[48..]);
            encrypt(CKM_AES_CBC, &key, &params, &data)
        })
    };
    let zero = ending(&|block| block[15] = 0);
    let too_large = ending(&|block| block[15] = 17);
    let second_to_last = ending(&|block| block[14..].copy_from_slice(&[1, 2]));
    let farthest = ending(&|block| {
        block.fill(16);
        block[0] = 15;
    });
    let name = "AES-CBC_PAD, 64 bytes";
    options.row(name, ("count of 0", &zero), ("count of 17", &too_large), &mut run);
    options.row(
        name,
        ("count of 17", &too_large),
        ("farthest byte wrong", &farthest),
        &mut run,
    );
    options.row(
        name,
        ("byte before the last wrong", &second_to_last),
        ("farthest byte wrong", &farthest),
        &mut run,
    );
}

// ---- tags and MACs ----

/// Copies of a message, each with one bit of this byte from the end changed.
fn wrong_at(good: &[u8], from_end: usize) -> Pool {
    let mut bit = 0;
    pool(|| {
        let mut bad = good.to_vec();
        let at = bad.len() - from_end;
        bad[at] ^= 1 << (bit % 8);
        bit += 1;
        bad
    })
}

fn tags(options: &Options) {
    let data = [0x61; 64];
    let (nonce, aad) = (ShortBytes::new(&[7; 12]), Box::default());
    let gcm = Params::Gcm {
        iv: nonce.clone(),
        aad,
        tag_bits: 128,
    };
    let ccm = Params::Ccm(CcmParams {
        data_len: data.len() as u64,
        nonce: nonce.clone(),
        aad: Box::default(),
        tag_len: 16,
    });
    let chacha = Params::StreamPoly1305 {
        nonce,
        aad: Box::default(),
    };
    for (name, id, key_type, params) in [
        ("AES-GCM, 64 bytes", CKM_AES_GCM, CKK_AES, gcm),
        ("AES-CCM, 64 bytes", CKM_AES_CCM, CKK_AES, ccm),
        (
            "ChaCha20-Poly1305, 64 bytes",
            CKM_CHACHA20_POLY1305,
            CKK_CHACHA20,
            chacha,
        ),
    ] {
        let key = secret(key_type);
        let good = encrypt(id, &key, &params, &data);
        let (first, last) = (wrong_at(&good, 16), wrong_at(&good, 1));
        let run = decryption(id, &key, &params);
        options.row(name, ("first byte of the tag", &first), ("last byte", &last), run);
    }
}

fn macs(options: &Options) {
    let data = [0x61; 64];
    // Padding method 1, 8 bytes.
    let retail = Params::Flat([1, 1, 8].into());
    for (name, id, key_type, params) in [
        (
            "HMAC-SHA-256, 64 bytes",
            CKM_SHA256_HMAC,
            CKK_GENERIC_SECRET,
            Params::None,
        ),
        ("AES-CMAC, 64 bytes", CKM_AES_CMAC, CKK_AES, Params::None),
        (
            "retail MAC, 64 bytes",
            CKM_VHSM_ISO9797_ALG3_MAC,
            CKK_DES2,
            retail,
        ),
    ] {
        let (key, roles) = (secret(key_type), &mechanism(id).roles);
        let sign = roles.sign.unwrap();
        let mut good = vec![0; sign.signature_len(&key, &params)];
        sign.sign(&key, &params, &data, &mut good).unwrap();
        let (first, last) = (wrong_at(&good, good.len()), wrong_at(&good, 1));
        let verify = roles.verify.unwrap();
        options.row(
            name,
            ("first byte of the MAC", &first),
            ("last byte", &last),
            |mac| {
                let answer = verify.verify(&key, &params, black_box(&data), mac);
                answer.map(|()| mac.len())
            },
        );
    }
}

// ---- key blocks ----

/// A key of PINs wrapped under a key.
fn wrapped_under(id: MechanismId, key: &KeyMaterial, params: &Params) -> Vec<u8> {
    let attributes: AttributeSet = [
        (CKA_CLASS, Value::Ulong(CKO_SECRET_KEY.0)),
        (CKA_KEY_TYPE, Value::Ulong(CKK_DES2.0)),
        (CKA_VHSM_KEY_USAGE, Value::bytes(b"P0")),
        (CKA_VHSM_EXPORTABILITY, Value::bytes(b"E")),
    ]
    .into_iter()
    .collect();
    let target = WrapTarget {
        payload: &KEY,
        attributes: &attributes,
    };
    let role = mechanism(id).roles.wrap.unwrap();
    let mut out = vec![0; role.wrapped_len(key, params, &target).unwrap()];
    let length = role.wrap(key, params, &target, &mut out).unwrap();
    out.truncate(length);
    out
}

/// Unwraps again and again.
fn unwrapping<'a>(
    id: MechanismId,
    key: &'a KeyMaterial,
    params: &'a Params,
) -> impl FnMut(&[u8]) -> Answer + 'a {
    let role = mechanism(id).roles.unwrap.unwrap();
    let template = AttributeSet::new();
    move |input| {
        let unwrapped = role.unwrap(key, params, input, &template);
        unwrapped.map(|unwrapped| unwrapped.payload.len())
    }
}

/// Copies of a block, each with another hexadecimal digit at this place from the end.
fn other_digit_at(good: &[u8], from_end: usize) -> Pool {
    let mut step = 0;
    pool(|| {
        let mut bad = good.to_vec();
        let at = bad.len() - from_end;
        let digit = char::from(bad[at]).to_digit(16).unwrap();
        step += 1;
        let other = char::from_digit((digit + step) % 16, 16).unwrap();
        bad[at] = other.to_ascii_uppercase() as u8;
        bad
    })
}

/// Digits of the MAC at the end of a block under AES.
const MAC_DIGITS: usize = 32;

fn key_blocks(options: &Options) {
    let (key, params) = (secret(CKK_AES), Params::Flat([1, b'D'].into()));
    let good = wrapped_under(CKM_VHSM_TR31, &key, &params);
    let mut run = unwrapping(CKM_VHSM_TR31, &key, &params);
    assert_eq!(run(&good).unwrap(), 16, "the block is right");
    let (first, last) = (other_digit_at(&good, MAC_DIGITS), other_digit_at(&good, 1));
    let key_length = other_digit_at(&good, good.len() - 16);
    let name = "TR-31 D, 112 bytes";
    assert_eq!(good.len(), 112);
    options.row(
        name,
        ("first digit of the MAC", &first),
        ("last digit", &last),
        &mut run,
    );
    options.row(
        name,
        ("last digit of the MAC", &last),
        ("first digit of the key", &key_length),
        &mut run,
    );
}

/// Keys that travel by Diffie-Hellman: a point that gives another protection key, and MACs that are wrong.
fn ecdh_transport(options: &Options) {
    const POINT: usize = 65;
    let name = "ECDH key transport, P-256";
    if !options.wants(name) {
        return;
    }
    let params = [(CKA_EC_PARAMS, Value::bytes(&P256))].into_iter().collect();
    let generate = mechanism(CKM_EC_KEY_PAIR_GEN).roles.generate_pair.unwrap();
    let (mut public, private) = generate.generate(&Params::None, &params).unwrap();
    public.set(CKA_EC_PARAMS, Value::bytes(&P256));
    let public = prepare(public, CKO_PUBLIC_KEY, CKK_EC);
    let private = prepare(private, CKO_PRIVATE_KEY, CKK_EC);
    // SP 800-56C with SHA-256, a protection key of AES-256, a pair made for the call, no shared information, version D.
    let params = Params::Flat([&[1, 2, 0x21, 6][..], &[0; 10], b"D"].concat().into());
    let good = wrapped_under(CKM_VHSM_ECDH_KEY_TRANSPORT, &public, &params);
    let mut run = unwrapping(CKM_VHSM_ECDH_KEY_TRANSPORT, &private, &params);
    assert_eq!(run(&good).unwrap(), 16, "the block is right");
    let (first, last) = (other_digit_at(&good, MAC_DIGITS), other_digit_at(&good, 1));
    let another = pool(|| {
        let mut other = wrapped_under(CKM_VHSM_ECDH_KEY_TRANSPORT, &public, &params);
        other[POINT..].copy_from_slice(&good[POINT..]);
        other
    });
    options.row(
        name,
        ("another key", &another),
        ("first digit of the MAC", &first),
        &mut run,
    );
    options.row(
        name,
        ("first digit of the MAC", &first),
        ("last digit", &last),
        &mut run,
    );
}

/// The object identifier of P-256 in DER.
const P256: [u8; 10] = [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];

/// What a leak looks like.
fn control(options: &Options) {
    let good = [0x61; 32];
    let (first, last) = (wrong_at(&good, 32), wrong_at(&good, 1));
    let name = "control: stops at the first difference";
    options.row(name, ("first byte", &first), ("last byte", &last), |bytes| {
        let differs = |(one, other): (&u8, &u8)| black_box(*one) != black_box(*other);
        match bytes.iter().zip(&good).any(differs) {
            false => Ok(bytes.len()),
            true => Err(Error::SignatureInvalid),
        }
    });
}
