//! Memory with a forbidden page behind it: reading one byte too many is a crash, and so a failed test.

/// `bytes` in a place where the byte after the last one may not be touched.
pub fn at_the_edge(bytes: &[u8]) -> &'static mut [u8] {
    const PAGE: usize = 4096;
    let pages = bytes.len().div_ceil(PAGE).max(1);
    // SAFETY: an anonymous mapping, of which the last page is then forbidden; the copy ends where that begins.
    unsafe {
        let map = libc::mmap(
            std::ptr::null_mut(),
            (pages + 1) * PAGE,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        );
        assert_ne!(map, libc::MAP_FAILED);
        let edge = map.cast::<u8>().add(pages * PAGE);
        assert_eq!(libc::mprotect(edge.cast(), PAGE, libc::PROT_NONE), 0);
        let start = edge.sub(bytes.len());
        start.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        std::slice::from_raw_parts_mut(start, bytes.len())
    }
}
