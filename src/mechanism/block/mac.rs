//! CBC-MAC of any block cipher: `CKM_…_MAC`, which gives half a block, and `CKM_…_MAC_GENERAL` [FIPS 113].

use std::marker::PhantomData;

use super::BlockCipher;
use crate::crypto::cbc_mac::CbcMac;
use crate::crypto::mac::CmacCipher;
use crate::error::Result;
use crate::mechanism::mac::{Algorithm, Mac};
use crate::mechanism::params::ParamKind;
use crate::mechanism::secret_key::SecretKey;
use crate::mechanism::spec::Roles;
use crate::secret::SecretBytes;

/// CBC-MAC with a cipher; `HALF` gives the first half of the last block.
struct Chained<C, const N: usize, const HALF: bool>(PhantomData<fn() -> C>);

impl<C, const N: usize, const HALF: bool> Clone for Chained<C, N, HALF> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C, const N: usize, const HALF: bool> Copy for Chained<C, N, HALF> {}

impl<C: BlockCipher<N> + CmacCipher<N>, const N: usize, const HALF: bool> Algorithm for Chained<C, N, HALF> {
    type State = CbcMac<N>;

    fn mac_len(self) -> usize {
        if HALF { N / 2 } else { N }
    }

    fn mac(self, key: &SecretKey, data: &[u8], out: &mut [u8]) -> Result<()> {
        let (cipher, mut state) = (C::of(key)?, CbcMac::new());
        state.update(cipher, data)?;
        state.finish(cipher, out);
        Ok(())
    }

    fn begin(self, _key: &SecretKey) -> Result<CbcMac<N>> {
        Ok(CbcMac::new())
    }

    fn update(self, key: &SecretKey, state: &mut CbcMac<N>, data: &[u8]) -> Result<()> {
        state.update(C::of(key)?, data)
    }

    fn finish(self, key: &SecretKey, state: &mut CbcMac<N>, out: &mut [u8]) -> Result<()> {
        state.finish(C::of(key)?, out);
        Ok(())
    }

    fn save(self, state: &CbcMac<N>) -> Result<SecretBytes> {
        Ok(state.save())
    }

    fn restore(self, _key: &SecretKey, saved: &[u8]) -> Option<CbcMac<N>> {
        CbcMac::restore(saved)
    }
}

/// The two mechanisms of a cipher, for its rows to point at.
pub(in crate::mechanism) struct CbcMacs<C, const N: usize>(PhantomData<fn() -> C>);

/// What a row takes from here: its parameter and its roles.
pub(in crate::mechanism) type MacRow = (ParamKind, Roles);

impl<C: BlockCipher<N> + CmacCipher<N>, const N: usize> CbcMacs<C, N> {
    const HALF_MAC: &'static Mac<Chained<C, N, true>> = &Mac(Chained(PhantomData));
    const ANY_MAC: &'static Mac<Chained<C, N, false>> = &Mac(Chained(PhantomData));

    /// `CKM_…_MAC`.
    pub(in crate::mechanism) const HALF: MacRow = (
        ParamKind::None,
        Roles {
            sign: Some(Self::HALF_MAC),
            verify: Some(Self::HALF_MAC),
            ..Roles::NONE
        },
    );

    /// `CKM_…_MAC_GENERAL`.
    pub(in crate::mechanism) const GENERAL: MacRow = (
        ParamKind::MacGeneral,
        Roles {
            sign: Some(Self::ANY_MAC),
            verify: Some(Self::ANY_MAC),
            ..Roles::NONE
        },
    );
}
