//! The primitives that stand in front against the other implementations among our dependencies, as a Markdown table:
//! `cargo bench --bench primitives [-- PART OF A NAME]`. The evidence for ARCHITECTURE.md, "Libraries".
//!
//! Both do the same with keys prepared beforehand, in short rounds that take turns, so that a busy machine disturbs
//! both alike; the table has medians, and the ratio is the median of the rounds' ratios.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement that meets what it does not expect ends"
)]

use std::hint::black_box;
use std::time::Instant;

use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, BlockSizeUser};
use hmac::{KeyInit, Mac};
use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use sha2::Digest;
use vhsm::crypto::aes::{AesKey, Counter};
use vhsm::crypto::des::Des3Key;
use vhsm::crypto::hash::Hash;
use vhsm::crypto::mac::{CmacSubkeys, HmacKey};
use vhsm::crypto::{ec, edwards, rng, rsa as front_rsa};

/// How long one side works in one round, at least.
const ROUND_NANOS: f64 = 300e3;
/// Rounds of a row, unless they take longer than `SECONDS`.
const ROUNDS: u32 = 301;
/// Fewest rounds.
const ROUNDS_MIN: u32 = 25;
/// How long a row takes, about.
const SECONDS: f64 = 8.0;

const SIZES: [usize; 4] = [16, 64, 1 << 10, 64 << 10];
const KEY: [u8; 32] = *b"0123456789abcdefghijklmnopqrstuv";

type Work = Box<dyn FnMut()>;

fn main() {
    let wanted = std::env::args().skip(1).find(|word| !word.starts_with("--"));
    let mut table = Table { wanted };
    println!("| primitive | size | in front | ns | alternative | ns | alternative's time / front's |");
    println!("|---|---|---|---|---|---|---|");
    digests(&mut table);
    macs(&mut table);
    aes(&mut table);
    triple_des(&mut table);
    random(&mut table);
    curves(&mut table);
    ed25519(&mut table);
    rsa_keys(&mut table);
}

// ---- measuring ----

struct Table {
    wanted: Option<String>,
}

impl Table {
    fn row(&mut self, name: &str, size: usize, front: (&str, Work), alternative: (&str, Work)) {
        if self.wanted.as_ref().is_some_and(|wanted| !name.contains(wanted)) {
            return;
        }
        let (mut ours, mut theirs) = (Side::new(front.1), Side::new(alternative.1));
        let seconds = (ours.nanos() * f64::from(ours.calls) + theirs.nanos() * f64::from(theirs.calls)) / 1e9;
        let mut times = Vec::new();
        for round in 0..ROUNDS {
            if round >= ROUNDS_MIN && f64::from(round) * seconds > SECONDS {
                break;
            }
            // Who goes first changes, too.
            let (before, mine) = (theirs.nanos_if(round % 2 == 1), ours.nanos());
            times.push((mine, before.unwrap_or_else(|| theirs.nanos())));
        }
        println!(
            "| {name} | {} | {} | {:.0} | {} | {:.0} | {:.2} |",
            if size == 0 {
                String::new()
            } else {
                size.to_string()
            },
            front.0,
            median(times.iter().map(|(ours, _)| *ours)),
            alternative.0,
            median(times.iter().map(|(_, theirs)| *theirs)),
            median(times.iter().map(|(ours, theirs)| theirs / ours)),
        );
    }
}

/// One implementation at work.
struct Side {
    work: Work,
    /// Calls in a round.
    calls: u32,
}

impl Side {
    /// Warms up, and finds how many calls fill a round.
    fn new(work: Work) -> Self {
        let mut side = Self { work, calls: 1 };
        while side.calls < 1 << 20 && side.nanos() * f64::from(side.calls) < ROUND_NANOS {
            side.calls *= 2;
        }
        side
    }

    /// Nanoseconds of a call, in one round.
    fn nanos(&mut self) -> f64 {
        let start = Instant::now();
        for _ in 0..self.calls {
            (self.work)();
        }
        start.elapsed().as_secs_f64() * 1e9 / f64::from(self.calls)
    }

    fn nanos_if(&mut self, now: bool) -> Option<f64> {
        now.then(|| self.nanos())
    }
}

fn median(times: impl Iterator<Item = f64>) -> f64 {
    let mut times: Vec<f64> = times.collect();
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}

fn work(body: impl FnMut() + 'static) -> Work {
    Box::new(body)
}

// ---- digests and MACs ----

fn digest_with<D: Digest>(length: usize) -> Work {
    let data = vec![0x61; length];
    work(move || {
        black_box(D::digest(black_box(&data)));
    })
}

fn digests(table: &mut Table) {
    for length in SIZES {
        let mut row = |hash: Hash, name: &str, library: &str, other: Work| {
            let (data, mut out) = (vec![0x61; length], [0; 64]);
            let front = work(move || hash.digest(black_box(&data), black_box(&mut out)));
            table.row(name, length, ("aws-lc", front), (library, other));
        };
        row(Hash::Sha1, "SHA-1", "sha1", digest_with::<sha1::Sha1>(length));
        row(
            Hash::Sha256,
            "SHA-256",
            "sha2",
            digest_with::<sha2::Sha256>(length),
        );
        row(
            Hash::Sha512,
            "SHA-512",
            "sha2",
            digest_with::<sha2::Sha512>(length),
        );
        // The alternative does the messages that come in pieces.
        row(
            Hash::Sha3_256,
            "SHA3-256",
            "sha3",
            digest_with::<sha3::Sha3_256>(length),
        );
        let (data, mut out) = (vec![0x61; length], [0; 32]);
        let front = work(move || Hash::Blake2b256.digest(black_box(&data), black_box(&mut out)));
        let (data, mut out) = (vec![0x61; length], [0_u8; 32]);
        let other = work(move || {
            let data = black_box(&data);
            // SAFETY: the data is valid for its length, and the digest has 32 bytes.
            unsafe { aws_lc_sys::BLAKE2B256(data.as_ptr(), data.len(), black_box(out.as_mut_ptr())) };
        });
        table.row("BLAKE2b-256", length, ("blake2", front), ("aws-lc", other));
    }
}

/// HMAC with both hash states kept.
fn mac_with<M: Mac + Clone + KeyInit + 'static>(length: usize) -> Work {
    let (data, key) = (vec![0x61; length], <M as KeyInit>::new_from_slice(&KEY).unwrap());
    work(move || {
        let mut mac = key.clone();
        mac.update(black_box(&data));
        black_box(mac.finalize());
    })
}

fn macs(table: &mut Table) {
    for length in SIZES {
        let mut row = |hash: Hash, name: &str, other: Work| {
            let (key, data, mut out) = (HmacKey::new(hash, &KEY), vec![0x61; length], [0; 64]);
            let front = work(move || key.mac(black_box(&data), black_box(&mut out)));
            table.row(name, length, ("aws-lc", front), ("hmac", other));
        };
        row(
            Hash::Sha1,
            "HMAC-SHA-1",
            mac_with::<hmac::Hmac<sha1::Sha1>>(length),
        );
        row(
            Hash::Sha256,
            "HMAC-SHA-256",
            mac_with::<hmac::Hmac<sha2::Sha256>>(length),
        );
        row(
            Hash::Sha512,
            "HMAC-SHA-512",
            mac_with::<hmac::Hmac<sha2::Sha512>>(length),
        );
    }
}

// ---- block ciphers ----

type Block<C> = Array<u8, <C as BlockSizeUser>::BlockSize>;

fn blocks<C: BlockSizeUser>(bytes: &[u8]) -> &[Block<C>] {
    Array::slice_as_chunks(bytes).0
}

fn blocks_mut<C: BlockSizeUser>(bytes: &mut [u8]) -> &mut [Block<C>] {
    Array::slice_as_chunks_mut(bytes).0
}

/// Word by word: what is written byte by byte would hold up the cipher that reads it.
fn xor(into: &mut [u8], with: &[u8]) {
    for (into, with) in into.as_chunks_mut().0.iter_mut().zip(with.as_chunks().0) {
        *into = (u64::from_ne_bytes(*into) ^ u64::from_ne_bytes(*with)).to_ne_bytes();
    }
}

/// CBC encryption as a loop over single blocks.
fn cbc_encrypt<C: BlockCipherEncrypt>(cipher: &C, data: &[u8], out: &mut [u8]) {
    let mut chain = Block::<C>::default();
    for (from, to) in blocks::<C>(data).iter().zip(blocks_mut::<C>(out)) {
        xor(&mut chain, from);
        cipher.encrypt_block(&mut chain);
        *to = chain.clone();
    }
}

/// CBC decryption: all blocks at once, then the chain.
fn cbc_decrypt<C: BlockCipherDecrypt>(cipher: &C, data: &[u8], out: &mut [u8]) {
    let length = C::block_size();
    cipher
        .decrypt_blocks_b2b(blocks::<C>(data), blocks_mut::<C>(out))
        .unwrap();
    xor(&mut out[length..], data);
}

/// Counter mode: 64 counter blocks at once.
fn ctr<C: BlockCipherEncrypt>(cipher: &C, data: &[u8], out: &mut [u8]) {
    let mut counter = 0_u64;
    let mut stream = [0; 1024];
    for (from, to) in data.chunks(1024).zip(out.chunks_mut(1024)) {
        let stream = &mut stream[..from.len()];
        for block in stream.chunks_exact_mut(16) {
            block[..8].fill(7);
            block[8..].copy_from_slice(&counter.to_be_bytes());
            counter += 1;
        }
        cipher.encrypt_blocks(blocks_mut::<C>(stream));
        to.copy_from_slice(from);
        xor(to, stream);
    }
}

/// Two implementations over the same data.
fn pair_of<F, A>(length: usize, mut front: F, mut alternative: A) -> (Work, Work)
where
    F: FnMut(&[u8], &mut [u8]) + 'static,
    A: FnMut(&[u8], &mut [u8]) + 'static,
{
    let (data, mut out) = (vec![0x61; length], vec![0; length]);
    let (same, mut other) = (data.clone(), out.clone());
    (
        work(move || front(black_box(&data), black_box(&mut out))),
        work(move || alternative(black_box(&same), black_box(&mut other))),
    )
}

fn aes(table: &mut Table) {
    let cipher = || <aes::Aes256 as KeyInit>::new_from_slice(&KEY).unwrap();
    let key = || AesKey::new(&KEY).unwrap();
    for length in SIZES {
        let (front, loop_of_blocks) = (key(), cipher());
        let (front, alternative) = pair_of(
            length,
            move |data, out| front.cbc_encrypt(&mut [0; 16], data, out).unwrap(),
            move |data, out| cbc_encrypt(&loop_of_blocks, data, out),
        );
        table.row(
            "AES-256-CBC, encryption",
            length,
            ("aws-lc", front),
            ("aes", alternative),
        );
        let (front, at_once) = (key(), cipher());
        let (front, alternative) = pair_of(
            length,
            move |data, out| front.cbc_decrypt(&mut [0; 16], data, out).unwrap(),
            move |data, out| cbc_decrypt(&at_once, data, out),
        );
        table.row(
            "AES-256-CBC, decryption",
            length,
            ("aws-lc", front),
            ("aes", alternative),
        );
        let (front, at_once) = (key(), cipher());
        let (front, alternative) = pair_of(
            length,
            move |data, out| {
                front
                    .ctr(&mut Counter::new([7; 16], 128).unwrap(), data, out)
                    .unwrap()
            },
            move |data, out| ctr(&at_once, data, out),
        );
        table.row("AES-256-CTR", length, ("aws-lc", front), ("aes", alternative));
        let (front, loop_of_blocks) = (key(), cipher());
        let subkeys = CmacSubkeys::new(&front);
        let (front, alternative) = pair_of(
            length,
            move |data, _| subkeys.mac(&front, data, &mut [0; 16]).unwrap(),
            move |data, out| cbc_encrypt(&loop_of_blocks, data, out),
        );
        table.row("AES-256-CMAC", length, ("aws-lc", front), ("aes", alternative));
        let (front, chained) = (key(), key());
        let (front, alternative) = pair_of(
            length,
            move |data, out| front.ecb_encrypt(data, out).unwrap(),
            // ECB of aws-lc cannot be called from here: decryption in CBC is as parallel.
            move |data, out| chained.cbc_decrypt(&mut [0; 16], data, out).unwrap(),
        );
        table.row(
            "AES-256-ECB",
            length,
            ("aes", front),
            ("aws-lc (CBC decryption)", alternative),
        );
    }
}

fn triple_des(table: &mut Table) {
    let cipher = || <des::TdesEde3 as KeyInit>::new_from_slice(&KEY[..24]).unwrap();
    let key = || Des3Key::new(&KEY[..24]).unwrap();
    for length in [8, 64, 1 << 10, 64 << 10] {
        let (front, loop_of_blocks) = (key(), cipher());
        let (front, alternative) = pair_of(
            length,
            move |data, out| front.ecb_encrypt(data, out).unwrap(),
            move |data, out| {
                let (from, to) = (blocks::<des::TdesEde3>(data), blocks_mut::<des::TdesEde3>(out));
                loop_of_blocks.encrypt_blocks_b2b(from, to).unwrap();
            },
        );
        table.row("3DES-ECB", length, ("aws-lc", front), ("des", alternative));
        let (front, loop_of_blocks) = (key(), cipher());
        let (front, alternative) = pair_of(
            length,
            move |data, out| front.cbc_encrypt(&mut [0; 8], data, out).unwrap(),
            move |data, out| cbc_encrypt(&loop_of_blocks, data, out),
        );
        table.row(
            "3DES-CBC, encryption",
            length,
            ("aws-lc", front),
            ("des", alternative),
        );
    }
}

fn random(table: &mut Table) {
    for length in SIZES {
        let mut generator = rng::Generator::new().unwrap();
        let (front, alternative) = pair_of(
            length,
            move |_, out| generator.fill(out).unwrap(),
            |_, out| rng::system(out).unwrap(),
        );
        table.row(
            "random bytes",
            length,
            ("aes", front),
            ("the system", alternative),
        );
    }
}

// ---- key pairs ----

fn curves(table: &mut Table) {
    let key = || ec::PrivateKey::from_scalar(ec::Curve::P256, &KEY).unwrap();
    let other = || p256::SecretKey::from_slice(&KEY).unwrap();
    let signing = || p256::ecdsa::SigningKey::from(other());
    let (front, mut out) = (key(), [0; 64]);
    let alternative = signing();
    table.row(
        "ECDSA P-256, signing",
        0,
        (
            "aws-lc",
            work(move || front.sign(black_box(&KEY), &mut out).unwrap()),
        ),
        (
            "p256",
            work(move || {
                let _: p256::ecdsa::Signature = black_box(alternative.sign_prehash(black_box(&KEY)).unwrap());
            }),
        ),
    );
    let signature: p256::ecdsa::Signature = signing().sign_prehash(&KEY).unwrap();
    let bytes: [u8; 64] = signature.to_bytes().into();
    let point = key().public_point().unwrap();
    let front = ec::PublicKey::from_point(ec::Curve::P256, &point).unwrap();
    let alternative = *signing().verifying_key();
    table.row(
        "ECDSA P-256, verification",
        0,
        (
            "aws-lc",
            work(move || front.verify(black_box(&KEY), &bytes).unwrap()),
        ),
        (
            "p256",
            work(move || alternative.verify_prehash(black_box(&KEY), &signature).unwrap()),
        ),
    );
    let (front, alternative) = (key(), other());
    let (peer, same) = (point.clone(), point);
    table.row(
        "ECDH P-256",
        0,
        (
            "aws-lc",
            work(move || {
                black_box(front.shared_secret(black_box(&peer)).unwrap());
            }),
        ),
        (
            "p256",
            work(move || {
                let peer = p256::PublicKey::from_sec1_bytes(black_box(&same)).unwrap();
                black_box(p256::ecdh::diffie_hellman(
                    alternative.to_nonzero_scalar(),
                    peer.as_affine(),
                ));
            }),
        ),
    );
}

fn ed25519(table: &mut Table) {
    let front = edwards::PrivateKey::from_seed(edwards::Curve::Ed25519, &KEY).unwrap();
    let alternative = ed25519_dalek::SigningKey::from_bytes(&KEY);
    let public = edwards::PublicKey::from_bytes(edwards::Curve::Ed25519, &front.public_bytes()).unwrap();
    let same = edwards::PublicKey::from_bytes(edwards::Curve::Ed25519, &front.public_bytes()).unwrap();
    let sign = |scheme| {
        let mut out = [0; 64];
        front.sign(scheme, &KEY, &mut out).unwrap();
        out
    };
    let (pure, context) = (
        sign(edwards::Scheme::Pure),
        sign(edwards::Scheme::Context(b"context")),
    );
    let verify = |key: edwards::PublicKey, scheme, signature: [u8; 64]| {
        work(move || key.verify(scheme, black_box(&KEY), &signature).unwrap())
    };
    table.row(
        "Ed25519, verification",
        0,
        ("ed25519-dalek", verify(public, edwards::Scheme::Pure, pure)),
        // The only form that aws-lc verifies here; it hashes a few bytes more.
        (
            "aws-lc (Ed25519ctx)",
            verify(same, edwards::Scheme::Context(b"context"), context),
        ),
    );
    let mut out = [0; 64];
    table.row(
        "Ed25519, signing",
        0,
        (
            "aws-lc",
            work(move || {
                front
                    .sign(edwards::Scheme::Pure, black_box(&KEY), &mut out)
                    .unwrap()
            }),
        ),
        (
            "ed25519-dalek",
            work(move || {
                black_box(ed25519_dalek::Signer::sign(&alternative, black_box(&KEY)));
            }),
        ),
    );
}

fn rsa_keys(table: &mut Table) {
    for bits in [2048, 3072, 4096] {
        let front = front_rsa::PrivateKey::generate(bits, &[1, 0, 1]).unwrap();
        let parts = front.components().unwrap();
        let number = |bytes: &[u8]| rsa::BoxedUint::from_be_slice_vartime(bytes);
        let alternative = rsa::RsaPrivateKey::from_components(
            number(&parts.modulus),
            number(&parts.public_exponent),
            number(&parts.private_exponent),
            vec![number(&parts.prime_1), number(&parts.prime_2)],
        )
        .unwrap();
        let mut signature = vec![0; bits / 8];
        front
            .sign_pkcs1(Some(Hash::Sha256), &KEY, &mut signature)
            .unwrap();
        let padding = rsa::Pkcs1v15Sign::new::<sha2::Sha256>;
        assert_eq!(alternative.sign(padding(), &KEY).unwrap(), signature);
        let public = front_rsa::PublicKey::from_components(&parts.modulus, &parts.public_exponent).unwrap();
        let public_alternative = alternative.to_public_key();
        let (good, same) = (signature.clone(), signature.clone());
        table.row(
            &format!("RSA-{bits}, signing"),
            0,
            (
                "aws-lc",
                work(move || {
                    front
                        .sign_pkcs1(Some(Hash::Sha256), black_box(&KEY), &mut signature)
                        .unwrap();
                }),
            ),
            (
                "rsa",
                work(move || {
                    black_box(alternative.sign(padding(), black_box(&KEY)).unwrap());
                }),
            ),
        );
        table.row(
            &format!("RSA-{bits}, verification"),
            0,
            (
                "aws-lc",
                work(move || {
                    public
                        .verify_pkcs1(Some(Hash::Sha256), black_box(&KEY), &good)
                        .unwrap();
                }),
            ),
            (
                "rsa",
                work(move || {
                    public_alternative
                        .verify(padding(), black_box(&KEY), &same)
                        .unwrap();
                }),
            ),
        );
    }
    table.row(
        "RSA-2048, generation",
        0,
        (
            "aws-lc",
            work(|| {
                black_box(front_rsa::PrivateKey::generate(2048, &[1, 0, 1]).unwrap());
            }),
        ),
        (
            "rsa",
            work(|| {
                black_box(
                    rsa::RsaPrivateKey::new(&mut getrandom::rand_core::UnwrapErr(getrandom::SysRng), 2048)
                        .unwrap(),
                );
            }),
        ),
    );
}
