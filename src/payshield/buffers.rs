//! [`Buffers`]: what has come on a connection and what is to be sent.

use zeroize::Zeroize;

use super::envelope::LENGTH_BYTES;

/// Bytes that are read at a time, at least.
const READ: usize = 16 * 1024;
/// Bytes of room that a connection keeps between messages, at most, in either direction.
const KEPT: usize = 2 * READ;

/// What has come and is not answered yet, and the answers that are not sent.
pub(super) struct Buffers {
    pub(super) received: Vec<u8>,
    pub(super) answers: Vec<u8>,
}

impl Default for Buffers {
    fn default() -> Self {
        Self {
            received: Vec::with_capacity(READ),
            answers: Vec::new(),
        }
    }
}

impl Drop for Buffers {
    fn drop(&mut self) {
        // Messages may have had clear PINs.
        self.received.zeroize();
        self.answers.zeroize();
    }
}

impl Buffers {
    /// Room for more: for all of a message whose beginning is there.
    pub(super) fn make_room(&mut self) {
        let missing = match self.received.first_chunk::<LENGTH_BYTES>() {
            Some(length) => {
                let whole = LENGTH_BYTES + usize::from(u16::from_be_bytes(*length));
                whole.saturating_sub(self.received.len())
            }
            None => LENGTH_BYTES,
        };
        let free = self.received.capacity() - self.received.len();
        if free < missing.max(READ / 2) {
            self.received.reserve(missing.max(READ));
        }
    }

    /// What was received goes as far as it is answered.
    pub(super) fn answered(&mut self, bytes: usize) {
        if bytes == self.received.len() {
            self.received.clear();
            let_go(&mut self.received);
        } else {
            self.received.drain(..bytes);
        }
    }

    /// All answers are sent.
    pub(super) fn sent(&mut self) {
        self.answers.clear();
        let_go(&mut self.answers);
    }
}

/// Gives the room of a long message back: a connection may be silent for hours after it.
fn let_go(emptied: &mut Vec<u8>) {
    if emptied.capacity() > KEPT {
        emptied.zeroize();
        emptied.shrink_to(READ);
    }
}
