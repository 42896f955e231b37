//! The one list of all functions: their C arguments, what they are read as, and who answers. The entry points and
//! the function lists of every version are made from it.
//!
//! `any_time`, `module` and `session` say what a function needs; [`super::guard`] has one wrapper for each. A
//! `session` function has `CK_SESSION_HANDLE hSession` as its first C argument, unnamed here.

#![allow(non_snake_case, reason = "the functions have the standard's names")]

use super::buffer::Buffer;
use super::guard;
use super::read::{Input, Item, Items};
use super::template::Wanted;
use super::write::{Fill, List, Out, Room};
use super::{general, keys, lists, objects, operations, sessions, slots};
use crate::ck::sys::*;
use crate::module::Module;
use crate::session::OperationKind::{Decrypt, Digest, Encrypt, Sign, Verify};

/// One entry point.
macro_rules! entry {
    ($name:ident {
        $(#[$attribute:meta])* any_time($($argument:ident: $type:ty),*) => $($path:ident)::+($($value:expr),*)
    }) => {
        $(#[$attribute])*
        unsafe extern "C" fn $name($($argument: $type),*) -> CK_RV {
            guard::any_time(stringify!($name), || {
                #[allow(unused_unsafe, reason = "some functions have no pointers")]
                // SAFETY: what the arguments name is the caller's to vouch for, as the standard says.
                unsafe { $($path)::+($($value),*) }
            })
        }
    };
    ($name:ident { module($($argument:ident: $type:ty),*) => $($path:ident)::+($($value:expr),*) }) => {
        unsafe extern "C" fn $name($($argument: $type),*) -> CK_RV {
            guard::module(stringify!($name), |module| {
                #[allow(unused_unsafe, reason = "some functions have no pointers")]
                // SAFETY: what the arguments name is the caller's to vouch for, as the standard says.
                unsafe { $($path)::+(module, $($value),*) }
            })
        }
    };
    ($name:ident { session($($argument:ident: $type:ty),*) => $($path:ident)::+($($value:expr),*) }) => {
        unsafe extern "C" fn $name(session: CK_SESSION_HANDLE, $($argument: $type),*) -> CK_RV {
            guard::session(stringify!($name), session, |call| {
                #[allow(unused_unsafe, reason = "some functions have no pointers")]
                // SAFETY: what the arguments name is the caller's to vouch for, as the standard says.
                unsafe { $($path)::+(call, $($value),*) }
            })
        }
    };
}

/// Every entry point, and a static list for each version.
macro_rules! functions {
    (
        v2_40 { $($oldest:ident $oldest_entry:tt)+ }
        v3_0 { $($newer:ident $newer_entry:tt)+ }
        v3_2 { $($newest:ident $newest_entry:tt)+ }
    ) => {
        $(entry! { $oldest $oldest_entry })+
        $(entry! { $newer $newer_entry })+
        $(entry! { $newest $newest_entry })+

        /// The 68 functions of version 2.40.
        pub(super) static LIST_2_40: CK_FUNCTION_LIST = CK_FUNCTION_LIST {
            version: CK_VERSION { major: 2, minor: 40 },
            $($oldest: Some($oldest),)+
        };
        /// The 92 functions of version 3.0.
        pub(super) static LIST_3_0: CK_FUNCTION_LIST_3_0 = list_3_0(0);
        /// Version 3.1 has the functions of 3.0.
        pub(super) static LIST_3_1: CK_FUNCTION_LIST_3_0 = list_3_0(1);

        const fn list_3_0(minor: u8) -> CK_FUNCTION_LIST_3_0 {
            CK_FUNCTION_LIST_3_0 {
                version: CK_VERSION { major: 3, minor },
                $($oldest: Some($oldest),)+
                $($newer: Some($newer),)+
            }
        }
        /// The 104 functions of version 3.2.
        pub(super) static LIST_3_2: CK_FUNCTION_LIST_3_2 = CK_FUNCTION_LIST_3_2 {
            version: CK_VERSION { major: 3, minor: 2 },
            $($oldest: Some($oldest),)+
            $($newer: Some($newer),)+
            $($newest: Some($newest),)+
        };
    };
}

functions! {
    v2_40 {
        C_Initialize { any_time(args: CK_VOID_PTR)
            => general::initialize(Item::new(args.cast_const().cast())) }
        C_Finalize { any_time(reserved: CK_VOID_PTR) => general::finalize(reserved) }
        C_GetInfo { module(info: CK_INFO_PTR) => general::info(Out::new(info)) }
        C_GetFunctionList { #[unsafe(no_mangle)] any_time(list: CK_FUNCTION_LIST_PTR_PTR)
            => lists::function_list(Out::new(list)) }
        C_GetSlotList { module(_present: CK_BBOOL, slots: CK_SLOT_ID_PTR, count: CK_ULONG_PTR)
            => slots::list(List::new(slots, count)) }
        C_GetSlotInfo { module(slot: CK_SLOT_ID, info: CK_SLOT_INFO_PTR)
            => slots::info(slot, Out::new(info)) }
        C_GetTokenInfo { module(slot: CK_SLOT_ID, info: CK_TOKEN_INFO_PTR)
            => slots::token_info(slot, Out::new(info)) }
        C_GetMechanismList { module(slot: CK_SLOT_ID, mechanisms: CK_MECHANISM_TYPE_PTR, count: CK_ULONG_PTR)
            => slots::mechanisms(slot, List::new(mechanisms, count)) }
        C_GetMechanismInfo { module(
                slot: CK_SLOT_ID, mechanism: CK_MECHANISM_TYPE, info: CK_MECHANISM_INFO_PTR
            )
            => slots::mechanism_info(slot, mechanism, Out::new(info)) }
        C_InitToken { module(
                slot: CK_SLOT_ID, pin: CK_UTF8CHAR_PTR, pin_len: CK_ULONG, label: CK_UTF8CHAR_PTR
            )
            => slots::init_token(slot, Input::new(pin, pin_len), Input::new(label, 32)) }
        C_InitPIN { session(pin: CK_UTF8CHAR_PTR, pin_len: CK_ULONG)
            => sessions::init_pin(Input::new(pin, pin_len)) }
        C_SetPIN { session(old: CK_UTF8CHAR_PTR, old_len: CK_ULONG, new: CK_UTF8CHAR_PTR, new_len: CK_ULONG)
            => sessions::set_pin(Input::new(old, old_len), Input::new(new, new_len)) }
        C_OpenSession { module(
                slot: CK_SLOT_ID, flags: CK_FLAGS, _application: CK_VOID_PTR, _notify: CK_NOTIFY,
                session: CK_SESSION_HANDLE_PTR
            )
            => sessions::open(slot, flags, Out::new(session)) }
        C_CloseSession { session() => sessions::close() }
        C_CloseAllSessions { module(slot: CK_SLOT_ID) => sessions::close_all(slot) }
        C_GetSessionInfo { session(info: CK_SESSION_INFO_PTR) => sessions::info(Out::new(info)) }
        C_GetOperationState { session(_a: CK_BYTE_PTR, _b: CK_ULONG_PTR) => sessions::unsupported() }
        C_SetOperationState { session(
                _a: CK_BYTE_PTR, _b: CK_ULONG, _c: CK_OBJECT_HANDLE, _d: CK_OBJECT_HANDLE
            )
            => sessions::unsupported() }
        C_Login { session(user: CK_USER_TYPE, pin: CK_UTF8CHAR_PTR, pin_len: CK_ULONG)
            => sessions::login(user, Input::new(pin, pin_len)) }
        C_Logout { session() => sessions::logout() }
        C_CreateObject { session(template: CK_ATTRIBUTE_PTR, count: CK_ULONG, object: CK_OBJECT_HANDLE_PTR)
            => objects::create(Items::new(template, count), Out::new(object)) }
        C_CopyObject { session(
                object: CK_OBJECT_HANDLE, template: CK_ATTRIBUTE_PTR, count: CK_ULONG,
                copy: CK_OBJECT_HANDLE_PTR
            )
            => objects::copy(object, Items::new(template, count), Out::new(copy)) }
        C_DestroyObject { session(object: CK_OBJECT_HANDLE) => objects::destroy(object) }
        C_GetObjectSize { session(object: CK_OBJECT_HANDLE, size: CK_ULONG_PTR)
            => objects::size(object, Out::new(size)) }
        C_GetAttributeValue { session(object: CK_OBJECT_HANDLE, template: CK_ATTRIBUTE_PTR, count: CK_ULONG)
            => objects::attributes(object, Wanted::new(template, count)) }
        C_SetAttributeValue { session(object: CK_OBJECT_HANDLE, template: CK_ATTRIBUTE_PTR, count: CK_ULONG)
            => objects::set_attributes(object, Items::new(template, count)) }
        C_FindObjectsInit { session(template: CK_ATTRIBUTE_PTR, count: CK_ULONG)
            => objects::find_init(Items::new(template, count)) }
        C_FindObjects { session(objects: CK_OBJECT_HANDLE_PTR, max: CK_ULONG, count: CK_ULONG_PTR)
            => objects::find(Room::new(objects, max, count)) }
        C_FindObjectsFinal { session() => objects::find_final() }
        C_EncryptInit { session(mechanism: CK_MECHANISM_PTR, key: CK_OBJECT_HANDLE)
            => operations::init_with_key(Encrypt, Module::encrypt_init, Item::new(mechanism), key) }
        C_Encrypt { session(
                data: CK_BYTE_PTR, data_len: CK_ULONG, encrypted: CK_BYTE_PTR, encrypted_len: CK_ULONG_PTR
            )
            => operations::transform(
                Encrypt, Module::encrypt, Input::new(data, data_len), Buffer::new(encrypted, encrypted_len)
            ) }
        C_EncryptUpdate { session(
                part: CK_BYTE_PTR, part_len: CK_ULONG, encrypted: CK_BYTE_PTR, encrypted_len: CK_ULONG_PTR
            )
            => operations::transform(
                Encrypt, Module::encrypt_update, Input::new(part, part_len),
                Buffer::new(encrypted, encrypted_len)
            ) }
        C_EncryptFinal { session(last: CK_BYTE_PTR, last_len: CK_ULONG_PTR)
            => operations::finish(Encrypt, Module::encrypt_final, Buffer::new(last, last_len)) }
        C_DecryptInit { session(mechanism: CK_MECHANISM_PTR, key: CK_OBJECT_HANDLE)
            => operations::init_with_key(Decrypt, Module::decrypt_init, Item::new(mechanism), key) }
        C_Decrypt { session(
                encrypted: CK_BYTE_PTR, encrypted_len: CK_ULONG, data: CK_BYTE_PTR, data_len: CK_ULONG_PTR
            )
            => operations::transform(
                Decrypt, Module::decrypt, Input::new(encrypted, encrypted_len), Buffer::new(data, data_len)
            ) }
        C_DecryptUpdate { session(
                encrypted: CK_BYTE_PTR, encrypted_len: CK_ULONG, part: CK_BYTE_PTR, part_len: CK_ULONG_PTR
            )
            => operations::transform(
                Decrypt, Module::decrypt_update, Input::new(encrypted, encrypted_len),
                Buffer::new(part, part_len)
            ) }
        C_DecryptFinal { session(last: CK_BYTE_PTR, last_len: CK_ULONG_PTR)
            => operations::finish(Decrypt, Module::decrypt_final, Buffer::new(last, last_len)) }
        C_DigestInit { session(mechanism: CK_MECHANISM_PTR)
            => operations::init(Digest, Module::digest_init, Item::new(mechanism)) }
        C_Digest { session(
                data: CK_BYTE_PTR, data_len: CK_ULONG, digest: CK_BYTE_PTR, digest_len: CK_ULONG_PTR
            )
            => operations::transform(
                Digest, Module::digest, Input::new(data, data_len), Buffer::new(digest, digest_len)
            ) }
        C_DigestUpdate { session(part: CK_BYTE_PTR, part_len: CK_ULONG)
            => operations::absorb(Digest, Module::digest_update, Input::new(part, part_len)) }
        C_DigestKey { session(_a: CK_OBJECT_HANDLE) => sessions::unsupported() }
        C_DigestFinal { session(digest: CK_BYTE_PTR, digest_len: CK_ULONG_PTR)
            => operations::finish(Digest, Module::digest_final, Buffer::new(digest, digest_len)) }
        C_SignInit { session(mechanism: CK_MECHANISM_PTR, key: CK_OBJECT_HANDLE)
            => operations::init_with_key(Sign, Module::sign_init, Item::new(mechanism), key) }
        C_Sign { session(
                data: CK_BYTE_PTR, data_len: CK_ULONG, signature: CK_BYTE_PTR, signature_len: CK_ULONG_PTR
            )
            => operations::transform(
                Sign, Module::sign, Input::new(data, data_len), Buffer::new(signature, signature_len)
            ) }
        C_SignUpdate { session(part: CK_BYTE_PTR, part_len: CK_ULONG)
            => operations::absorb(Sign, Module::sign_update, Input::new(part, part_len)) }
        C_SignFinal { session(signature: CK_BYTE_PTR, signature_len: CK_ULONG_PTR)
            => operations::finish(Sign, Module::sign_final, Buffer::new(signature, signature_len)) }
        C_SignRecoverInit { session(_a: CK_MECHANISM_PTR, _b: CK_OBJECT_HANDLE) => sessions::unsupported() }
        C_SignRecover { session(_a: CK_BYTE_PTR, _b: CK_ULONG, _c: CK_BYTE_PTR, _d: CK_ULONG_PTR)
            => sessions::unsupported() }
        C_VerifyInit { session(mechanism: CK_MECHANISM_PTR, key: CK_OBJECT_HANDLE)
            => operations::init_with_key(Verify, Module::verify_init, Item::new(mechanism), key) }
        C_Verify { session(
                data: CK_BYTE_PTR, data_len: CK_ULONG, signature: CK_BYTE_PTR, signature_len: CK_ULONG
            )
            => operations::verify(Input::new(data, data_len), Input::new(signature, signature_len)) }
        C_VerifyUpdate { session(part: CK_BYTE_PTR, part_len: CK_ULONG)
            => operations::absorb(Verify, Module::verify_update, Input::new(part, part_len)) }
        C_VerifyFinal { session(signature: CK_BYTE_PTR, signature_len: CK_ULONG)
            => operations::absorb(Verify, Module::verify_final, Input::new(signature, signature_len)) }
        C_VerifyRecoverInit { session(_a: CK_MECHANISM_PTR, _b: CK_OBJECT_HANDLE) => sessions::unsupported() }
        C_VerifyRecover { session(_a: CK_BYTE_PTR, _b: CK_ULONG, _c: CK_BYTE_PTR, _d: CK_ULONG_PTR)
            => sessions::unsupported() }
        C_DigestEncryptUpdate { session(_a: CK_BYTE_PTR, _b: CK_ULONG, _c: CK_BYTE_PTR, _d: CK_ULONG_PTR)
            => sessions::unsupported() }
        C_DecryptDigestUpdate { session(_a: CK_BYTE_PTR, _b: CK_ULONG, _c: CK_BYTE_PTR, _d: CK_ULONG_PTR)
            => sessions::unsupported() }
        C_SignEncryptUpdate { session(_a: CK_BYTE_PTR, _b: CK_ULONG, _c: CK_BYTE_PTR, _d: CK_ULONG_PTR)
            => sessions::unsupported() }
        C_DecryptVerifyUpdate { session(_a: CK_BYTE_PTR, _b: CK_ULONG, _c: CK_BYTE_PTR, _d: CK_ULONG_PTR)
            => sessions::unsupported() }
        C_GenerateKey { session(
                mechanism: CK_MECHANISM_PTR, template: CK_ATTRIBUTE_PTR, count: CK_ULONG,
                key: CK_OBJECT_HANDLE_PTR
            )
            => keys::generate(Item::new(mechanism), Items::new(template, count), Out::new(key)) }
        C_GenerateKeyPair { session(
                mechanism: CK_MECHANISM_PTR, public: CK_ATTRIBUTE_PTR, public_count: CK_ULONG,
                private: CK_ATTRIBUTE_PTR, private_count: CK_ULONG, public_key: CK_OBJECT_HANDLE_PTR,
                private_key: CK_OBJECT_HANDLE_PTR
            )
            => keys::generate_pair(
                Item::new(mechanism), (Items::new(public, public_count), Items::new(private, private_count)),
                (Out::new(public_key), Out::new(private_key))
            ) }
        C_WrapKey { session(
                mechanism: CK_MECHANISM_PTR, wrapping_key: CK_OBJECT_HANDLE, key: CK_OBJECT_HANDLE,
                wrapped: CK_BYTE_PTR, wrapped_len: CK_ULONG_PTR
            )
            => keys::wrap(Item::new(mechanism), wrapping_key, key, Buffer::new(wrapped, wrapped_len)) }
        C_UnwrapKey { session(
                mechanism: CK_MECHANISM_PTR, unwrapping_key: CK_OBJECT_HANDLE, wrapped: CK_BYTE_PTR,
                wrapped_len: CK_ULONG, template: CK_ATTRIBUTE_PTR, count: CK_ULONG, key: CK_OBJECT_HANDLE_PTR
            )
            => keys::unwrap(
                Item::new(mechanism), unwrapping_key, Input::new(wrapped, wrapped_len),
                Items::new(template, count), Out::new(key)
            ) }
        C_DeriveKey { session(
                mechanism: CK_MECHANISM_PTR, base_key: CK_OBJECT_HANDLE, template: CK_ATTRIBUTE_PTR,
                count: CK_ULONG, key: CK_OBJECT_HANDLE_PTR
            )
            => keys::derive(Item::new(mechanism), base_key, Items::new(template, count), Out::new(key)) }
        C_SeedRandom { session(seed: CK_BYTE_PTR, seed_len: CK_ULONG)
            => keys::seed_random(Input::new(seed, seed_len)) }
        C_GenerateRandom { session(random: CK_BYTE_PTR, random_len: CK_ULONG)
            => keys::generate_random(Fill::new(random, random_len)) }
        C_GetFunctionStatus { session() => sessions::not_parallel() }
        C_CancelFunction { session() => sessions::not_parallel() }
        C_WaitForSlotEvent { module(flags: CK_FLAGS, slot: CK_SLOT_ID_PTR, reserved: CK_VOID_PTR)
            => slots::wait_for_event(flags, Out::new(slot), reserved) }
    }
    v3_0 {
        C_GetInterfaceList { #[unsafe(no_mangle)] any_time(interfaces: CK_INTERFACE_PTR, count: CK_ULONG_PTR)
            => lists::interface_list(List::new(interfaces, count)) }
        C_GetInterface { #[unsafe(no_mangle)] any_time(
                name: CK_UTF8CHAR_PTR, version: CK_VERSION_PTR, interface: CK_INTERFACE_PTR_PTR,
                flags: CK_FLAGS
            )
            => lists::find_interface(name, Item::new(version), Out::new(interface), flags) }
        C_LoginUser { session(
                _a: CK_USER_TYPE, _b: CK_UTF8CHAR_PTR, _c: CK_ULONG, _d: CK_UTF8CHAR_PTR, _e: CK_ULONG
            )
            => sessions::unsupported() }
        C_SessionCancel { session(flags: CK_FLAGS) => sessions::cancel(flags) }
        C_MessageEncryptInit { session(_a: CK_MECHANISM_PTR, _b: CK_OBJECT_HANDLE)
            => sessions::unsupported() }
        C_EncryptMessage { session(
                _a: CK_VOID_PTR, _b: CK_ULONG, _c: CK_BYTE_PTR, _d: CK_ULONG, _e: CK_BYTE_PTR, _f: CK_ULONG,
                _g: CK_BYTE_PTR, _h: CK_ULONG_PTR
            )
            => sessions::unsupported() }
        C_EncryptMessageBegin { session(_a: CK_VOID_PTR, _b: CK_ULONG, _c: CK_BYTE_PTR, _d: CK_ULONG)
            => sessions::unsupported() }
        C_EncryptMessageNext { session(
                _a: CK_VOID_PTR, _b: CK_ULONG, _c: CK_BYTE_PTR, _d: CK_ULONG, _e: CK_BYTE_PTR,
                _f: CK_ULONG_PTR, _g: CK_FLAGS
            )
            => sessions::unsupported() }
        C_MessageEncryptFinal { session() => sessions::unsupported() }
        C_MessageDecryptInit { session(_a: CK_MECHANISM_PTR, _b: CK_OBJECT_HANDLE)
            => sessions::unsupported() }
        C_DecryptMessage { session(
                _a: CK_VOID_PTR, _b: CK_ULONG, _c: CK_BYTE_PTR, _d: CK_ULONG, _e: CK_BYTE_PTR, _f: CK_ULONG,
                _g: CK_BYTE_PTR, _h: CK_ULONG_PTR
            )
            => sessions::unsupported() }
        C_DecryptMessageBegin { session(_a: CK_VOID_PTR, _b: CK_ULONG, _c: CK_BYTE_PTR, _d: CK_ULONG)
            => sessions::unsupported() }
        C_DecryptMessageNext { session(
                _a: CK_VOID_PTR, _b: CK_ULONG, _c: CK_BYTE_PTR, _d: CK_ULONG, _e: CK_BYTE_PTR,
                _f: CK_ULONG_PTR, _g: CK_FLAGS
            )
            => sessions::unsupported() }
        C_MessageDecryptFinal { session() => sessions::unsupported() }
        C_MessageSignInit { session(_a: CK_MECHANISM_PTR, _b: CK_OBJECT_HANDLE) => sessions::unsupported() }
        C_SignMessage { session(
                _a: CK_VOID_PTR, _b: CK_ULONG, _c: CK_BYTE_PTR, _d: CK_ULONG, _e: CK_BYTE_PTR,
                _f: CK_ULONG_PTR
            )
            => sessions::unsupported() }
        C_SignMessageBegin { session(_a: CK_VOID_PTR, _b: CK_ULONG) => sessions::unsupported() }
        C_SignMessageNext { session(
                _a: CK_VOID_PTR, _b: CK_ULONG, _c: CK_BYTE_PTR, _d: CK_ULONG, _e: CK_BYTE_PTR,
                _f: CK_ULONG_PTR
            )
            => sessions::unsupported() }
        C_MessageSignFinal { session() => sessions::unsupported() }
        C_MessageVerifyInit { session(_a: CK_MECHANISM_PTR, _b: CK_OBJECT_HANDLE) => sessions::unsupported() }
        C_VerifyMessage { session(
                _a: CK_VOID_PTR, _b: CK_ULONG, _c: CK_BYTE_PTR, _d: CK_ULONG, _e: CK_BYTE_PTR, _f: CK_ULONG
            )
            => sessions::unsupported() }
        C_VerifyMessageBegin { session(_a: CK_VOID_PTR, _b: CK_ULONG) => sessions::unsupported() }
        C_VerifyMessageNext { session(
                _a: CK_VOID_PTR, _b: CK_ULONG, _c: CK_BYTE_PTR, _d: CK_ULONG, _e: CK_BYTE_PTR, _f: CK_ULONG
            )
            => sessions::unsupported() }
        C_MessageVerifyFinal { session() => sessions::unsupported() }
    }
    v3_2 {
        C_EncapsulateKey { session(
                mechanism: CK_MECHANISM_PTR, public_key: CK_OBJECT_HANDLE, template: CK_ATTRIBUTE_PTR,
                count: CK_ULONG, ciphertext: CK_BYTE_PTR, ciphertext_len: CK_ULONG_PTR, key: CK_OBJECT_HANDLE_PTR
            )
            => keys::encapsulate(
                Item::new(mechanism), public_key, Items::new(template, count),
                Buffer::new(ciphertext, ciphertext_len), Out::new(key)
            ) }
        C_DecapsulateKey { session(
                mechanism: CK_MECHANISM_PTR, private_key: CK_OBJECT_HANDLE, template: CK_ATTRIBUTE_PTR,
                count: CK_ULONG, ciphertext: CK_BYTE_PTR, ciphertext_len: CK_ULONG, key: CK_OBJECT_HANDLE_PTR
            )
            => keys::decapsulate(
                Item::new(mechanism), private_key, Items::new(template, count),
                Input::new(ciphertext, ciphertext_len), Out::new(key)
            ) }
        C_VerifySignatureInit { session(
                _a: CK_MECHANISM_PTR, _b: CK_OBJECT_HANDLE, _c: CK_BYTE_PTR, _d: CK_ULONG
            )
            => sessions::unsupported() }
        C_VerifySignature { session(_a: CK_BYTE_PTR, _b: CK_ULONG) => sessions::unsupported() }
        C_VerifySignatureUpdate { session(_a: CK_BYTE_PTR, _b: CK_ULONG) => sessions::unsupported() }
        C_VerifySignatureFinal { session() => sessions::unsupported() }
        C_GetSessionValidationFlags { session(_a: CK_SESSION_VALIDATION_FLAGS_TYPE, _b: CK_FLAGS_PTR)
            => sessions::unsupported() }
        C_AsyncComplete { session(_a: CK_UTF8CHAR_PTR, _b: CK_ASYNC_DATA_PTR) => sessions::unsupported() }
        C_AsyncGetID { session(_a: CK_UTF8CHAR_PTR, _b: CK_ULONG_PTR) => sessions::unsupported() }
        C_AsyncJoin { session(_a: CK_UTF8CHAR_PTR, _b: CK_ULONG, _c: CK_BYTE_PTR, _d: CK_ULONG)
            => sessions::unsupported() }
        C_WrapKeyAuthenticated { session(
                _a: CK_MECHANISM_PTR, _b: CK_OBJECT_HANDLE, _c: CK_OBJECT_HANDLE, _d: CK_BYTE_PTR,
                _e: CK_ULONG, _f: CK_BYTE_PTR, _g: CK_ULONG_PTR
            )
            => sessions::unsupported() }
        C_UnwrapKeyAuthenticated { session(
                _a: CK_MECHANISM_PTR, _b: CK_OBJECT_HANDLE, _c: CK_BYTE_PTR, _d: CK_ULONG,
                _e: CK_ATTRIBUTE_PTR, _f: CK_ULONG, _g: CK_BYTE_PTR, _h: CK_ULONG, _i: CK_OBJECT_HANDLE_PTR
            )
            => sessions::unsupported() }
    }
}
