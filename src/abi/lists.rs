//! Interface discovery: C_GetFunctionList, C_GetInterfaceList and C_GetInterface. They work at any time and give
//! pointers to static memory.

use std::cell::UnsafeCell;
use std::ffi::{CStr, c_void};

use super::functions::{LIST_2_40, LIST_3_0, LIST_3_1, LIST_3_2};
use super::read::{Item, is_text};
use super::write::{List, Out};
use crate::ck::sys::{CK_FUNCTION_LIST, CK_INTERFACE, CK_VERSION, CKF_INTERFACE_FORK_SAFE};
use crate::error::{Error, Result};

/// The name of every interface that the standard defines.
const NAME: &CStr = c"PKCS 11";

/// One interface, and the version that stands in its list.
struct Interface {
    version: CK_VERSION,
    interface: CK_INTERFACE,
    /// The same where a caller may write: pkcs11-spy puts its own list in the place of the one that it was given.
    given: UnsafeCell<CK_INTERFACE>,
}

// SAFETY: the pointers lead to statics that nobody writes; what is given is only ever given, and never read here.
unsafe impl Sync for Interface {}

const fn interface(list: *const c_void, version: CK_VERSION) -> Interface {
    let interface = CK_INTERFACE {
        pInterfaceName: NAME.as_ptr().cast::<u8>().cast_mut(),
        pFunctionList: list.cast_mut(),
        // A child of fork may call C_Initialize and go on, whatever the parent was doing.
        flags: CKF_INTERFACE_FORK_SAFE,
    };
    Interface {
        version,
        interface,
        given: UnsafeCell::new(interface),
    }
}

/// All interfaces; the newest, which is the default, first.
static INTERFACES: [Interface; 4] = [
    interface((&raw const LIST_3_2).cast(), LIST_3_2.version),
    interface((&raw const LIST_3_1).cast(), LIST_3_1.version),
    interface((&raw const LIST_3_0).cast(), LIST_3_0.version),
    interface((&raw const LIST_2_40).cast(), LIST_2_40.version),
];

/// C_GetFunctionList.
pub(super) fn function_list(list: Out<'_, *mut CK_FUNCTION_LIST>) -> Result<()> {
    list.required()?.write((&raw const LIST_2_40).cast_mut());
    Ok(())
}

/// C_GetInterfaceList.
pub(super) fn interface_list(list: Result<List<'_, CK_INTERFACE>>) -> Result<()> {
    list?.write(&INTERFACES.each_ref().map(|row| row.interface))
}

/// C_GetInterface: the first interface of this name (NULL: the default), this version (NULL: any) and at least
/// these flags.
///
/// # Safety
/// `name` must be NULL or name readable bytes up to the first NUL among them.
pub(super) unsafe fn find_interface(
    name: *const u8,
    version: Item<'_, CK_VERSION>,
    found: Out<'_, *mut CK_INTERFACE>,
    flags: u64,
) -> Result<()> {
    let (place, version) = (found.required()?, version.optional()?);
    // SAFETY: the caller's promise is passed on.
    let is_named = name.is_null() || unsafe { is_text(name, NAME) };
    let fits = |row: &&Interface| {
        let version_fits = version
            .is_none_or(|wanted| (wanted.major, wanted.minor) == (row.version.major, row.version.minor));
        is_named && version_fits && row.interface.flags & flags == flags
    };
    let row = INTERFACES.iter().find(fits).ok_or(Error::ArgumentsBad(
        "no interface has this name, version and flags",
    ))?;
    place.write(row.given.get());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ck::CKR_OK;
    use std::ptr;

    fn interface(name: Option<&CStr>, version: Option<(u8, u8)>, flags: u64) -> Result<(u8, u8)> {
        let version = version.map(|(major, minor)| CK_VERSION { major, minor });
        let mut found = ptr::null_mut();
        // SAFETY: the arguments are the test's own; the version comes first in every list.
        unsafe {
            find_interface(
                name.map_or(ptr::null(), |name| name.as_ptr().cast()),
                Item::new(version.as_ref().map_or(ptr::null(), ptr::from_ref)),
                Out::new(&raw mut found),
                flags,
            )?;
            let CK_VERSION { major, minor } = *(*found).pFunctionList.cast();
            Ok((major, minor))
        }
    }

    #[test]
    fn the_newest_interface_is_the_default() {
        assert_eq!(interface(None, None, 0), Ok((3, 2)));
        assert_eq!(interface(Some(NAME), None, CKF_INTERFACE_FORK_SAFE), Ok((3, 2)));
    }

    #[test]
    fn what_is_given_may_be_written() {
        let mut found = ptr::null_mut();
        // SAFETY: as above; the very value that is there is written, so that other tests see no difference.
        unsafe {
            find_interface(ptr::null(), Item::new(ptr::null()), Out::new(&raw mut found), 0).unwrap();
            let list = &raw mut (*found).pFunctionList;
            list.write_volatile(list.read_volatile());
        }
    }

    #[test]
    fn every_version_is_found_by_its_number() {
        for version in [(2, 40), (3, 0), (3, 1), (3, 2)] {
            assert_eq!(interface(Some(NAME), Some(version), 0), Ok(version));
            assert_eq!(interface(None, Some(version), 0), Ok(version));
        }
    }

    #[test]
    fn unknown_names_versions_and_flags_are_refused() {
        for (name, version, flags) in [
            (Some(c"PKCS 1"), None, 0),
            (Some(c"PKCS 11 "), None, 0),
            (Some(c""), None, 0),
            (None, Some((2, 20)), 0),
            (None, Some((3, 3)), 0),
            (None, None, 2),
        ] {
            let refused = interface(name, version, flags);
            assert!(
                matches!(refused, Err(Error::ArgumentsBad(_))),
                "{name:?} {version:?} {flags}"
            );
        }
    }

    #[test]
    fn every_list_begins_with_functions_that_answer_before_c_initialize() {
        let mut list = ptr::null_mut();
        let get_list = LIST_3_2.C_GetFunctionList.unwrap();
        // SAFETY: the place is the test's own.
        assert_eq!(unsafe { get_list(&raw mut list) }, CKR_OK.0);
        assert_eq!(list, (&raw const LIST_2_40).cast_mut());
        // SAFETY: as above.
        assert_ne!(unsafe { get_list(ptr::null_mut()) }, CKR_OK.0);
        let mut count = 0;
        let get_interfaces = LIST_3_2.C_GetInterfaceList.unwrap();
        // SAFETY: as above.
        let answer = unsafe { get_interfaces(ptr::null_mut(), &raw mut count) };
        assert_eq!((answer, count), (CKR_OK.0, 4));
    }
}
