//! ML-KEM and ML-DSA keys. Deterministic signatures are not here: the library's public functions make hedged ones only.

use std::ffi::c_int;
use std::ptr::{NonNull, null_mut};

use aws_lc_sys as sys;

use super::{check, owned};
use crate::error::{Error, Result};

/// A parameter set of one of the two schemes, as the library numbers it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Nid(c_int);

/// ML-KEM-512.
pub(crate) const MLKEM512: Nid = Nid(sys::NID_MLKEM512);
/// ML-KEM-768.
pub(crate) const MLKEM768: Nid = Nid(sys::NID_MLKEM768);
/// ML-KEM-1024.
pub(crate) const MLKEM1024: Nid = Nid(sys::NID_MLKEM1024);
/// ML-DSA-44.
pub(crate) const MLDSA44: Nid = Nid(sys::NID_MLDSA44);
/// ML-DSA-65.
pub(crate) const MLDSA65: Nid = Nid(sys::NID_MLDSA65);
/// ML-DSA-87.
pub(crate) const MLDSA87: Nid = Nid(sys::NID_MLDSA87);

/// A key, or one half of a pair.
pub(crate) struct Key(NonNull<sys::EVP_PKEY>);

// SAFETY: the key is not changed after it is built, and the library counts references to it atomically.
unsafe impl Send for Key {}
// SAFETY: as above.
unsafe impl Sync for Key {}

impl Drop for Key {
    fn drop(&mut self) {
        // SAFETY: made by the library, owned by this value alone.
        unsafe { sys::EVP_PKEY_free(self.0.as_ptr()) }
    }
}

/// What the library wants for one operation.
struct Context(NonNull<sys::EVP_PKEY_CTX>);

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: made by the library, owned by this value alone.
        unsafe { sys::EVP_PKEY_CTX_free(self.0.as_ptr()) }
    }
}

impl Key {
    fn context(&self) -> Result<Context> {
        // SAFETY: the key is valid; the context holds a reference of its own.
        let context = unsafe { sys::EVP_PKEY_CTX_new(self.0.as_ptr(), null_mut()) };
        owned(context, "EVP_PKEY_CTX_new").map(Context)
    }

    /// The ML-KEM pair of a seed `d || z` [FIPS 203, 7.1].
    ///
    /// # Errors
    /// [`Error::Crypto`] if the seed has a wrong length or the library fails.
    pub(crate) fn kem_from_seed(Nid(nid): Nid, seed: &[u8]) -> Result<Self> {
        // SAFETY: takes no pointer that counts.
        let context = unsafe { sys::EVP_PKEY_CTX_new_id(sys::EVP_PKEY_KEM, null_mut()) };
        let context = Context(owned(context, "EVP_PKEY_CTX_new_id")?);
        let (mut key, mut length) = (null_mut(), seed.len());
        // SAFETY: the context is valid, the seed is valid for reads of `length` bytes, and the places are ours.
        unsafe {
            let context = context.0.as_ptr();
            check(sys::EVP_PKEY_keygen_init(context), "EVP_PKEY_keygen_init")?;
            check(
                sys::EVP_PKEY_CTX_kem_set_params(context, nid),
                "EVP_PKEY_CTX_kem_set_params",
            )?;
            let made = sys::EVP_PKEY_keygen_deterministic(context, &mut key, seed.as_ptr(), &mut length);
            check(made, "EVP_PKEY_keygen_deterministic")?;
        }
        owned(key, "EVP_PKEY_keygen_deterministic").map(Self)
    }

    /// An ML-KEM encapsulation key, not checked but for its length.
    ///
    /// # Errors
    /// [`Error::Crypto`] for a wrong length.
    pub(crate) fn kem_public(Nid(nid): Nid, bytes: &[u8]) -> Result<Self> {
        // SAFETY: the bytes are valid for reads of their length, and copied.
        let key = unsafe { sys::EVP_PKEY_kem_new_raw_public_key(nid, bytes.as_ptr(), bytes.len()) };
        owned(key, "EVP_PKEY_kem_new_raw_public_key").map(Self)
    }

    /// An ML-KEM decapsulation key, not checked but for its length.
    ///
    /// # Errors
    /// [`Error::Crypto`] for a wrong length.
    pub(crate) fn kem_private(Nid(nid): Nid, bytes: &[u8]) -> Result<Self> {
        // SAFETY: the bytes are valid for reads of their length, and copied.
        let key = unsafe { sys::EVP_PKEY_kem_new_raw_secret_key(nid, bytes.as_ptr(), bytes.len()) };
        owned(key, "EVP_PKEY_kem_new_raw_secret_key").map(Self)
    }

    /// Makes a shared secret and its ciphertext. The places have the lengths of the parameter set.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the encapsulation key is not valid or the library fails.
    pub(crate) fn encapsulate(&self, ciphertext: &mut [u8], secret: &mut [u8]) -> Result<()> {
        let context = self.context()?;
        let (mut ciphertext_len, mut secret_len) = (ciphertext.len(), secret.len());
        // SAFETY: the context is valid; the library writes no more than the lengths allow.
        let status = unsafe {
            sys::EVP_PKEY_encapsulate(
                context.0.as_ptr(),
                ciphertext.as_mut_ptr(),
                &mut ciphertext_len,
                secret.as_mut_ptr(),
                &mut secret_len,
            )
        };
        check(status, "EVP_PKEY_encapsulate")?;
        whole((ciphertext_len, secret_len) == (ciphertext.len(), secret.len()))
    }

    /// As [`Key::encapsulate`], with the randomness `m` of 32 bytes given: checks keys and known answers.
    ///
    /// # Errors
    /// As [`Key::encapsulate`].
    pub(crate) fn encapsulate_with(
        &self,
        m: &[u8; 32],
        ciphertext: &mut [u8],
        secret: &mut [u8],
    ) -> Result<()> {
        let context = self.context()?;
        let (mut ciphertext_len, mut secret_len, mut m_len) = (ciphertext.len(), secret.len(), m.len());
        // SAFETY: as in `encapsulate`; `m` is valid for reads of its length.
        let status = unsafe {
            sys::EVP_PKEY_encapsulate_deterministic(
                context.0.as_ptr(),
                ciphertext.as_mut_ptr(),
                &mut ciphertext_len,
                secret.as_mut_ptr(),
                &mut secret_len,
                m.as_ptr(),
                &mut m_len,
            )
        };
        check(status, "EVP_PKEY_encapsulate_deterministic")
    }

    /// The shared secret of a ciphertext; of a ciphertext that was not made for this key, one that nobody can foresee.
    ///
    /// # Errors
    /// [`Error::Crypto`] for a wrong length, and if the decapsulation key is not valid.
    pub(crate) fn decapsulate(&self, ciphertext: &[u8], secret: &mut [u8]) -> Result<()> {
        let context = self.context()?;
        let mut secret_len = secret.len();
        // SAFETY: the context is valid, the ciphertext is valid for reads of its length, and the library writes no more
        // than `secret_len` bytes.
        let status = unsafe {
            sys::EVP_PKEY_decapsulate(
                context.0.as_ptr(),
                secret.as_mut_ptr(),
                &mut secret_len,
                ciphertext.as_ptr(),
                ciphertext.len(),
            )
        };
        check(status, "EVP_PKEY_decapsulate")?;
        whole(secret_len == secret.len())
    }

    /// An ML-DSA public key.
    ///
    /// # Errors
    /// [`Error::Crypto`] for a wrong length.
    pub(crate) fn dsa_public(Nid(nid): Nid, bytes: &[u8]) -> Result<Self> {
        // SAFETY: the bytes are valid for reads of their length, and copied.
        let key = unsafe { sys::EVP_PKEY_pqdsa_new_raw_public_key(nid, bytes.as_ptr(), bytes.len()) };
        owned(key, "EVP_PKEY_pqdsa_new_raw_public_key").map(Self)
    }

    /// An ML-DSA private key from its seed or its expanded form, which the length tells apart. The expanded form is
    /// checked, and the public key worked out.
    ///
    /// # Errors
    /// [`Error::Crypto`] for a wrong length and for values that make no key.
    pub(crate) fn dsa_private(Nid(nid): Nid, bytes: &[u8]) -> Result<Self> {
        // SAFETY: the bytes are valid for reads of their length, and copied.
        let key = unsafe { sys::EVP_PKEY_pqdsa_new_raw_private_key(nid, bytes.as_ptr(), bytes.len()) };
        owned(key, "EVP_PKEY_pqdsa_new_raw_private_key").map(Self)
    }

    /// Makes a hedged ML-DSA signature of a message representative µ.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub(crate) fn sign_mu(&self, mu: &[u8; 64], signature: &mut [u8]) -> Result<()> {
        let context = self.context()?;
        let mut length = signature.len();
        // SAFETY: the context is valid; `mu` is valid for reads, `signature` for writes of the lengths given.
        unsafe {
            let context = context.0.as_ptr();
            check(sys::EVP_PKEY_sign_init(context), "EVP_PKEY_sign_init")?;
            let out = signature.as_mut_ptr();
            check(
                sys::EVP_PKEY_sign(context, out, &mut length, mu.as_ptr(), mu.len()),
                "EVP_PKEY_sign",
            )?;
        }
        whole(length == signature.len())
    }

    /// Whether an ML-DSA signature of a message representative µ fits.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library has no memory.
    pub(crate) fn verify_mu(&self, mu: &[u8; 64], signature: &[u8]) -> Result<bool> {
        let context = self.context()?;
        // SAFETY: the context is valid; `mu` and `signature` are valid for reads of the lengths given.
        let status = unsafe {
            let context = context.0.as_ptr();
            check(sys::EVP_PKEY_verify_init(context), "EVP_PKEY_verify_init")?;
            let (signature, length) = (signature.as_ptr(), signature.len());
            sys::EVP_PKEY_verify(context, signature, length, mu.as_ptr(), mu.len())
        };
        Ok(check(status, "EVP_PKEY_verify").is_ok())
    }

    /// Writes the public key, which has exactly the length of `out`.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the key has no public half or another length.
    pub(crate) fn write_public(&self, out: &mut [u8]) -> Result<()> {
        let mut length = out.len();
        // SAFETY: the key is valid; the library writes no more than `length` bytes.
        let status =
            unsafe { sys::EVP_PKEY_get_raw_public_key(self.0.as_ptr(), out.as_mut_ptr(), &mut length) };
        check(status, "EVP_PKEY_get_raw_public_key")?;
        whole(length == out.len())
    }

    /// Writes the expanded private key, which has exactly the length of `out`.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the key has no private half or another length.
    pub(crate) fn write_private(&self, out: &mut [u8]) -> Result<()> {
        let mut length = out.len();
        // SAFETY: as in `write_public`.
        let status =
            unsafe { sys::EVP_PKEY_get_raw_private_key(self.0.as_ptr(), out.as_mut_ptr(), &mut length) };
        check(status, "EVP_PKEY_get_raw_private_key")?;
        whole(length == out.len())
    }
}

fn whole(is: bool) -> Result<()> {
    match is {
        true => Ok(()),
        false => Err(Error::Internal(
            "the library's lengths are not those of the parameter set",
        )),
    }
}
