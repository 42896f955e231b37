//! Poly1305 [RFC 8439, 2.5]: a MAC whose key is good for one message.

use zeroize::Zeroizing;

use super::aws_lc::chacha;

/// Length of a key in bytes.
pub const KEY_LEN: usize = 32;

/// Length of a MAC in bytes.
pub const MAC_LEN: usize = 16;

/// A message under way. Wiped when dropped.
pub struct Poly1305(chacha::Poly1305);

impl Poly1305 {
    /// Begins a message.
    #[must_use]
    pub fn new(key: &[u8; KEY_LEN]) -> Self {
        Self(chacha::Poly1305::new(key))
    }

    /// Takes data.
    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// Takes data, and zeros behind it up to a multiple of 16 bytes [RFC 8439, 2.8].
    pub fn update_padded(&mut self, data: &[u8]) {
        self.update(data);
        self.pad(data.len());
    }

    /// Takes the zeros that make so many bytes a multiple of 16.
    pub fn pad(&mut self, length: usize) {
        let missing = length.next_multiple_of(MAC_LEN).saturating_sub(length);
        self.update([0; MAC_LEN].get(..missing).unwrap_or_default());
    }

    /// Ends the message.
    #[must_use]
    pub fn finish(mut self) -> Zeroizing<[u8; MAC_LEN]> {
        Zeroizing::new(self.0.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::testing::hex;

    /// [RFC 8439, 2.5.2].
    #[test]
    fn a_message_has_the_mac_of_the_rfc_however_it_comes() {
        let key = hex("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b");
        let data = b"Cryptographic Forum Research Group";
        for piece in [1, 3, 16, 17, 34] {
            let mut mac = Poly1305::new(key.as_slice().try_into().unwrap());
            data.chunks(piece).for_each(|part| mac.update(part));
            assert_eq!(mac.finish()[..], hex("a8061dc1305136c6c22b8baf0c0127a9"));
        }
    }
}
