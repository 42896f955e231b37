//! Slots, tokens and mechanisms.

use super::read::Input;
use super::write::{List, Out, padded};
use crate::ck::{MechanismId, SlotId, sys};
use crate::error::{Error, Result};
use crate::module::{self, Module};

/// C_GetSlotList. Every slot holds a token, so `tokenPresent` chooses nothing; slots are looked for anew only when
/// their number is asked for [PKCS#11 3.2, 5.5.1].
pub(super) fn list(module: &Module, slots: Result<List<'_, u64>>) -> Result<()> {
    let list = slots?;
    let slots = module.slots(list.is_query())?;
    list.write(&slots.into_iter().map(|slot| slot.0).collect::<Vec<_>>())
}

/// C_GetSlotInfo.
pub(super) fn info(module: &Module, slot: u64, info: Out<'_, sys::CK_SLOT_INFO>) -> Result<()> {
    let place = info.required()?;
    let info = module.slot_info(SlotId(slot))?;
    place.write(sys::CK_SLOT_INFO {
        slotDescription: padded(&info.description),
        manufacturerID: padded(info.manufacturer),
        flags: info.flags,
        hardwareVersion: version(),
        firmwareVersion: version(),
    });
    Ok(())
}

/// C_GetTokenInfo. Memory is not counted: the fields are 0, as choices go.
pub(super) fn token_info(module: &Module, slot: u64, info: Out<'_, sys::CK_TOKEN_INFO>) -> Result<()> {
    let place = info.required()?;
    let info = module.token_info(SlotId(slot))?;
    place.write(sys::CK_TOKEN_INFO {
        label: info.label,
        manufacturerID: padded(module::MANUFACTURER),
        model: padded(module::MODEL),
        serialNumber: info.serial,
        flags: info.flags,
        ulMaxSessionCount: info.session_count_max,
        ulSessionCount: info.session_count,
        ulMaxRwSessionCount: info.rw_session_count_max,
        ulRwSessionCount: info.rw_session_count,
        ulMaxPinLen: info.pin_len_max,
        ulMinPinLen: info.pin_len_min,
        ulTotalPublicMemory: 0,
        ulFreePublicMemory: 0,
        ulTotalPrivateMemory: 0,
        ulFreePrivateMemory: 0,
        hardwareVersion: version(),
        firmwareVersion: version(),
        utcTime: [b' '; 16], // without CKF_CLOCK_ON_TOKEN it says nothing
    });
    Ok(())
}

/// The library's version, as `CK_VERSION`.
pub(super) fn version() -> sys::CK_VERSION {
    let (major, minor) = module::library_version();
    sys::CK_VERSION { major, minor }
}

/// C_GetMechanismList.
pub(super) fn mechanisms(module: &Module, slot: u64, mechanisms: Result<List<'_, u64>>) -> Result<()> {
    let list = mechanisms?;
    let mechanisms = module.mechanisms(SlotId(slot))?;
    list.write(&mechanisms.into_iter().map(|row| row.id.0).collect::<Vec<_>>())
}

/// C_GetMechanismInfo.
pub(super) fn mechanism_info(
    module: &Module,
    slot: u64,
    mechanism: u64,
    info: Out<'_, sys::CK_MECHANISM_INFO>,
) -> Result<()> {
    let place = info.required()?;
    let row = module.mechanism(SlotId(slot), MechanismId(mechanism))?;
    let sizes = row.key.told_sizes();
    place.write(sys::CK_MECHANISM_INFO {
        ulMinKeySize: sizes.min,
        ulMaxKeySize: sizes.max,
        flags: row.flags(),
    });
    Ok(())
}

/// C_InitToken.
pub(super) fn init_token(module: &Module, slot: u64, pin: Input<'_>, label: Input<'_>) -> Result<()> {
    let (pin, label) = (pin.required()?, label.required()?);
    let label = label
        .try_into()
        .map_err(|_| Error::Internal("a label is 32 bytes"))?;
    module.init_token(SlotId(slot), pin, label)
}

/// C_WaitForSlotEvent.
pub(super) fn wait_for_event(
    module: &Module,
    flags: u64,
    slot: Out<'_, u64>,
    reserved: *const std::ffi::c_void,
) -> Result<()> {
    let place = slot.required()?;
    if !reserved.is_null() {
        return Err(Error::ArgumentsBad("pReserved is not NULL"));
    }
    place.write(module.wait_for_slot_event(flags & sys::CKF_DONT_BLOCK == 0)?.0);
    Ok(())
}
