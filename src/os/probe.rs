//! Reading memory that may not be there, without a fault.

/// The number at an address of this process; `None` if it cannot be read.
#[must_use]
pub fn number_at(address: u64) -> Option<u64> {
    let address = usize::try_from(address).ok()?;
    let mut number = [0_u8; 8];
    let into = libc::iovec {
        iov_base: number.as_mut_ptr().cast(),
        iov_len: number.len(),
    };
    let from = libc::iovec {
        iov_base: std::ptr::with_exposed_provenance_mut(address),
        iov_len: number.len(),
    };
    // SAFETY: the call writes at most the 8 bytes of `number`; what it cannot read is an error and no fault.
    let read = unsafe { libc::process_vm_readv(libc::getpid(), &raw const into, 1, &raw const from, 1, 0) };
    (read == 8).then_some(u64::from_ne_bytes(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_read_and_what_is_not_there_is_no_fault() {
        let number = 4711_u64;
        let address = u64::try_from((&raw const number).expose_provenance()).unwrap();
        assert_eq!(number_at(address), Some(4711));
        for nowhere in [0, 8, 1 << 16, 1 << 40, 1 << 62, u64::MAX] {
            assert_eq!(number_at(nowhere), None, "{nowhere:#x}");
        }
    }
}
