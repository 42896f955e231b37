//! `C_SeedRandom` and `C_GenerateRandom`.

use super::Module;
use crate::ck::SessionHandle;
use crate::crypto::rng::Generator;
use crate::error::Result;
use crate::session::SessionState;

fn generator(state: &mut SessionState) -> Result<&mut Generator> {
    if state.generator.is_none() {
        state.generator = Some(Generator::new()?);
    }
    state.generator.as_mut().ok_or(crate::error::Error::Internal(
        "a generator that was just made is not there",
    ))
}

impl Module {
    /// `C_SeedRandom`: mixes the seed into the session's generator, beside the system's own entropy.
    ///
    /// # Errors
    /// [`crate::error::Error::SessionHandleInvalid`].
    pub fn seed_random(&self, session: SessionHandle, seed: &[u8]) -> Result<()> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        generator(&mut state)?.mix_in(seed);
        Ok(())
    }

    /// `C_GenerateRandom`: fills the buffer.
    ///
    /// # Errors
    /// [`crate::error::Error::SessionHandleInvalid`].
    pub fn generate_random(&self, session: SessionHandle, out: &mut [u8]) -> Result<()> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        generator(&mut state)?.fill(out)
    }
}
