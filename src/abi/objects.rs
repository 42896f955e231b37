//! Objects: made, copied, read, changed, found and destroyed.

use super::guard::Call;
use super::template::{Template, Wanted};
use super::write::{Out, Room};
use crate::ck::{ObjectHandle, to_ulong};
use crate::error::Result;

/// C_CreateObject.
pub(super) fn create(call: Call, template: Template<'_>, object: Out<'_, u64>) -> Result<()> {
    let (template, object) = (template.attributes()?, object.required()?);
    object.write(call.module.create_object(call.session, &template)?.0);
    Ok(())
}

/// C_CopyObject.
pub(super) fn copy(call: Call, original: u64, template: Template<'_>, object: Out<'_, u64>) -> Result<()> {
    let (template, object) = (template.attributes()?, object.required()?);
    let copy = call
        .module
        .copy_object(call.session, ObjectHandle(original), &template)?;
    object.write(copy.0);
    Ok(())
}

/// C_DestroyObject.
pub(super) fn destroy(call: Call, object: u64) -> Result<()> {
    call.module.destroy_object(call.session, ObjectHandle(object))
}

/// C_GetObjectSize.
pub(super) fn size(call: Call, object: u64, size: Out<'_, u64>) -> Result<()> {
    let size = size.required()?;
    size.write(to_ulong(
        call.module.object(call.session, ObjectHandle(object))?.size(),
    ));
    Ok(())
}

/// C_GetAttributeValue.
pub(super) fn attributes(call: Call, object: u64, wanted: Wanted<'_>) -> Result<()> {
    let object = call.module.object(call.session, ObjectHandle(object))?;
    wanted.answer(|attribute| call.module.attribute(&object, attribute))
}

/// C_SetAttributeValue.
pub(super) fn set_attributes(call: Call, object: u64, template: Template<'_>) -> Result<()> {
    let template = template.attributes()?;
    call.module
        .set_attributes(call.session, ObjectHandle(object), &template)
}

/// C_FindObjectsInit.
pub(super) fn find_init(call: Call, template: Template<'_>) -> Result<()> {
    call.module.find_init(call.session, &template.attributes()?)
}

/// C_FindObjects.
pub(super) fn find(call: Call, found: Result<Room<'_>>) -> Result<()> {
    let mut handles = [ObjectHandle(0); Room::PIECE];
    found?.fill(|piece| {
        let handles = handles.get_mut(..piece.len()).unwrap_or_default();
        let given = call.module.find(call.session, handles)?;
        for (place, handle) in piece.iter_mut().zip(handles) {
            *place = handle.0;
        }
        Ok(given)
    })
}

/// C_FindObjectsFinal.
pub(super) fn find_final(call: Call) -> Result<()> {
    call.module.find_final(call.session)
}
