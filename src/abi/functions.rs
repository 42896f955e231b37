//! The one list of all functions: their C arguments, what they are read as, and who answers. The entry points and
//! the function lists of every version are made from it.
//!
//! `any_time`, `module` and `session` say what a function needs; [`super::guard`] has one wrapper for each. A
//! `session` function has `CK_SESSION_HANDLE hSession` as its first C argument, unnamed here.

#![allow(non_snake_case, reason = "the functions have the standard's names")]

use super::buffer::Buffer;
use super::guard;
use super::messages::{NextPart, Transformed};
use super::params::CParam;
use super::read::{Input, Item, Items};
use super::template::Wanted;
use super::write::{Fill, List, Out, Room};
use super::{
    authenticated, general, keys, lists, message_signatures, messages, objects, operations, sessions, slots,
};
use crate::ck::sys::*;
use crate::module::Module;
use crate::session::OperationKind::{
    Decrypt, Digest, Encrypt, MessageDecrypt, MessageEncrypt, MessageSign, MessageVerify, Sign, SignRecover,
    Verify, VerifyRecover, VerifySignature,
};

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
            C_GetInfo: Some(in_2_40::INFO),
            ..CK_FUNCTION_LIST {
                version: VERSION_2_40,
                $($oldest: Some($oldest),)+
            }
        };
        /// The 92 functions of version 3.0.
        pub(super) static LIST_3_0: CK_FUNCTION_LIST_3_0 = CK_FUNCTION_LIST_3_0 {
            C_GetInfo: Some(in_3_0::INFO),
            ..list_3_0(VERSION_3_0)
        };
        /// Version 3.1 has the functions of 3.0.
        pub(super) static LIST_3_1: CK_FUNCTION_LIST_3_0 = CK_FUNCTION_LIST_3_0 {
            C_GetInfo: Some(in_3_1::INFO),
            ..list_3_0(VERSION_3_1)
        };

        const fn list_3_0(version: CK_VERSION) -> CK_FUNCTION_LIST_3_0 {
            CK_FUNCTION_LIST_3_0 {
                version,
                $($oldest: Some($oldest),)+
                $($newer: Some($newer),)+
            }
        }
        /// The 104 functions of version 3.2.
        pub(super) static LIST_3_2: CK_FUNCTION_LIST_3_2 = CK_FUNCTION_LIST_3_2 {
            version: VERSION_3_2,
            $($oldest: Some($oldest),)+
            $($newer: Some($newer),)+
            $($newest: Some($newest),)+
        };
    };
}

const VERSION_2_40: CK_VERSION = CK_VERSION { major: 2, minor: 40 };
const VERSION_3_0: CK_VERSION = CK_VERSION { major: 3, minor: 0 };
const VERSION_3_1: CK_VERSION = CK_VERSION { major: 3, minor: 1 };
const VERSION_3_2: CK_VERSION = CK_VERSION { major: 3, minor: 2 };

/// C_GetInfo of an older list, whose version is the one that it tells: the profiles of each version want their own.
macro_rules! older_info {
    ($($module:ident: $version:ident)+) => {
        $(mod $module {
            use super::*;

            entry! { C_GetInfo {
                module(info: CK_INFO_PTR) => general::info($version, Out::new(info))
            } }
            pub(super) const INFO: unsafe extern "C" fn(CK_INFO_PTR) -> CK_RV = C_GetInfo;
        })+
    };
}

older_info! { in_2_40: VERSION_2_40 in_3_0: VERSION_3_0 in_3_1: VERSION_3_1 }

functions! {
    v2_40 {
        C_Initialize { any_time(args: CK_VOID_PTR)
            => general::initialize(Item::new(args.cast_const().cast())) }
        C_Finalize { any_time(reserved: CK_VOID_PTR) => general::finalize(reserved) }
        C_GetInfo { module(info: CK_INFO_PTR) => general::info(VERSION_3_2, Out::new(info)) }
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
        C_GetOperationState { session(state: CK_BYTE_PTR, state_len: CK_ULONG_PTR)
            => sessions::operation_state(Buffer::new(state, state_len)) }
        C_SetOperationState { session(
                state: CK_BYTE_PTR, state_len: CK_ULONG, encryption_key: CK_OBJECT_HANDLE,
                authentication_key: CK_OBJECT_HANDLE
            )
            => sessions::set_operation_state(
                Input::new(state, state_len), encryption_key, authentication_key
            ) }
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
        C_DigestKey { session(key: CK_OBJECT_HANDLE) => operations::digest_key(key) }
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
        C_SignRecoverInit { session(mechanism: CK_MECHANISM_PTR, key: CK_OBJECT_HANDLE)
            => operations::init_with_key(SignRecover, Module::sign_recover_init, Item::new(mechanism), key) }
        C_SignRecover { session(
                data: CK_BYTE_PTR, data_len: CK_ULONG, signature: CK_BYTE_PTR, signature_len: CK_ULONG_PTR
            )
            => operations::transform(
                SignRecover, Module::sign_recover, Input::new(data, data_len),
                Buffer::new(signature, signature_len)
            ) }
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
        C_VerifyRecoverInit { session(mechanism: CK_MECHANISM_PTR, key: CK_OBJECT_HANDLE)
            => operations::init_with_key(
                VerifyRecover, Module::verify_recover_init, Item::new(mechanism), key
            ) }
        C_VerifyRecover { session(
                signature: CK_BYTE_PTR, signature_len: CK_ULONG, data: CK_BYTE_PTR, data_len: CK_ULONG_PTR
            )
            => operations::transform(
                VerifyRecover, Module::verify_recover, Input::new(signature, signature_len),
                Buffer::new(data, data_len)
            ) }
        C_DigestEncryptUpdate { session(
                part: CK_BYTE_PTR, part_len: CK_ULONG, encrypted: CK_BYTE_PTR, encrypted_len: CK_ULONG_PTR
            )
            => operations::transform_by_two(
                Module::digest_encrypt_update, Input::new(part, part_len), Buffer::new(encrypted, encrypted_len)
            ) }
        C_DecryptDigestUpdate { session(
                encrypted: CK_BYTE_PTR, encrypted_len: CK_ULONG, part: CK_BYTE_PTR, part_len: CK_ULONG_PTR
            )
            => operations::transform_by_two(
                Module::decrypt_digest_update, Input::new(encrypted, encrypted_len), Buffer::new(part, part_len)
            ) }
        C_SignEncryptUpdate { session(
                part: CK_BYTE_PTR, part_len: CK_ULONG, encrypted: CK_BYTE_PTR, encrypted_len: CK_ULONG_PTR
            )
            => operations::transform_by_two(
                Module::sign_encrypt_update, Input::new(part, part_len), Buffer::new(encrypted, encrypted_len)
            ) }
        C_DecryptVerifyUpdate { session(
                encrypted: CK_BYTE_PTR, encrypted_len: CK_ULONG, part: CK_BYTE_PTR, part_len: CK_ULONG_PTR
            )
            => operations::transform_by_two(
                Module::decrypt_verify_update, Input::new(encrypted, encrypted_len), Buffer::new(part, part_len)
            ) }
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
        C_GetFunctionStatus { module(_session: CK_SESSION_HANDLE) => sessions::not_parallel() }
        C_CancelFunction { module(_session: CK_SESSION_HANDLE) => sessions::not_parallel() }
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
                user: CK_USER_TYPE, pin: CK_UTF8CHAR_PTR, pin_len: CK_ULONG, name: CK_UTF8CHAR_PTR,
                name_len: CK_ULONG
            )
            => sessions::login_user(user, Input::new(pin, pin_len), Input::new(name, name_len)) }
        C_SessionCancel { session(flags: CK_FLAGS) => sessions::cancel(flags) }
        C_MessageEncryptInit { session(mechanism: CK_MECHANISM_PTR, key: CK_OBJECT_HANDLE)
            => operations::init_with_key(
                MessageEncrypt, Module::message_encrypt_init, Item::new(mechanism), key
            ) }
        C_EncryptMessage { session(
                param: CK_VOID_PTR, param_len: CK_ULONG, aad: CK_BYTE_PTR, aad_len: CK_ULONG,
                data: CK_BYTE_PTR, data_len: CK_ULONG, encrypted: CK_BYTE_PTR, encrypted_len: CK_ULONG_PTR
            )
            => messages::encrypt(CParam::new(param.cast_const().cast(), param_len), Transformed {
                aad: Input::new(aad, aad_len),
                data: Input::new(data, data_len),
                output: Buffer::new(encrypted, encrypted_len),
            }) }
        C_EncryptMessageBegin { session(
                param: CK_VOID_PTR, param_len: CK_ULONG, aad: CK_BYTE_PTR, aad_len: CK_ULONG
            )
            => messages::encrypt_begin(
                CParam::new(param.cast_const().cast(), param_len), Input::new(aad, aad_len)
            ) }
        C_EncryptMessageNext { session(
                param: CK_VOID_PTR, param_len: CK_ULONG, part: CK_BYTE_PTR, part_len: CK_ULONG,
                encrypted: CK_BYTE_PTR, encrypted_len: CK_ULONG_PTR, flags: CK_FLAGS
            )
            => messages::encrypt_next(CParam::new(param.cast_const().cast(), param_len), NextPart {
                data: Input::new(part, part_len),
                output: Buffer::new(encrypted, encrypted_len),
                flags,
            }) }
        C_MessageEncryptFinal { session() => messages::finish(MessageEncrypt) }
        C_MessageDecryptInit { session(mechanism: CK_MECHANISM_PTR, key: CK_OBJECT_HANDLE)
            => operations::init_with_key(
                MessageDecrypt, Module::message_decrypt_init, Item::new(mechanism), key
            ) }
        C_DecryptMessage { session(
                param: CK_VOID_PTR, param_len: CK_ULONG, aad: CK_BYTE_PTR, aad_len: CK_ULONG,
                encrypted: CK_BYTE_PTR, encrypted_len: CK_ULONG, data: CK_BYTE_PTR, data_len: CK_ULONG_PTR
            )
            => messages::decrypt(CParam::new(param.cast_const().cast(), param_len), Transformed {
                aad: Input::new(aad, aad_len),
                data: Input::new(encrypted, encrypted_len),
                output: Buffer::new(data, data_len),
            }) }
        C_DecryptMessageBegin { session(
                param: CK_VOID_PTR, param_len: CK_ULONG, aad: CK_BYTE_PTR, aad_len: CK_ULONG
            )
            => messages::decrypt_begin(
                CParam::new(param.cast_const().cast(), param_len), Input::new(aad, aad_len)
            ) }
        C_DecryptMessageNext { session(
                param: CK_VOID_PTR, param_len: CK_ULONG, encrypted: CK_BYTE_PTR, encrypted_len: CK_ULONG,
                part: CK_BYTE_PTR, part_len: CK_ULONG_PTR, flags: CK_FLAGS
            )
            => messages::decrypt_next(CParam::new(param.cast_const().cast(), param_len), NextPart {
                data: Input::new(encrypted, encrypted_len),
                output: Buffer::new(part, part_len),
                flags,
            }) }
        C_MessageDecryptFinal { session() => messages::finish(MessageDecrypt) }
        C_MessageSignInit { session(mechanism: CK_MECHANISM_PTR, key: CK_OBJECT_HANDLE)
            => operations::init_with_key(MessageSign, Module::message_sign_init, Item::new(mechanism), key) }
        C_SignMessage { session(
                param: CK_VOID_PTR, param_len: CK_ULONG, data: CK_BYTE_PTR, data_len: CK_ULONG,
                signature: CK_BYTE_PTR, signature_len: CK_ULONG_PTR
            )
            => message_signatures::sign(
                CParam::new(param.cast_const().cast(), param_len), Input::new(data, data_len),
                Buffer::new(signature, signature_len)
            ) }
        C_SignMessageBegin { session(param: CK_VOID_PTR, param_len: CK_ULONG)
            => message_signatures::begin(
                MessageSign, Module::sign_message_begin, CParam::new(param.cast_const().cast(), param_len)
            ) }
        C_SignMessageNext { session(
                param: CK_VOID_PTR, param_len: CK_ULONG, part: CK_BYTE_PTR, part_len: CK_ULONG,
                signature: CK_BYTE_PTR, signature_len: CK_ULONG_PTR
            )
            => message_signatures::sign_next(
                CParam::new(param.cast_const().cast(), param_len), Input::new(part, part_len),
                Buffer::new(signature, signature_len)
            ) }
        C_MessageSignFinal { session() => messages::finish(MessageSign) }
        C_MessageVerifyInit { session(mechanism: CK_MECHANISM_PTR, key: CK_OBJECT_HANDLE)
            => operations::init_with_key(
                MessageVerify, Module::message_verify_init, Item::new(mechanism), key
            ) }
        C_VerifyMessage { session(
                param: CK_VOID_PTR, param_len: CK_ULONG, data: CK_BYTE_PTR, data_len: CK_ULONG,
                signature: CK_BYTE_PTR, signature_len: CK_ULONG
            )
            => message_signatures::verify(
                CParam::new(param.cast_const().cast(), param_len), Input::new(data, data_len),
                Input::new(signature, signature_len)
            ) }
        C_VerifyMessageBegin { session(param: CK_VOID_PTR, param_len: CK_ULONG)
            => message_signatures::begin(
                MessageVerify, Module::verify_message_begin, CParam::new(param.cast_const().cast(), param_len)
            ) }
        C_VerifyMessageNext { session(
                param: CK_VOID_PTR, param_len: CK_ULONG, part: CK_BYTE_PTR, part_len: CK_ULONG,
                signature: CK_BYTE_PTR, signature_len: CK_ULONG
            )
            => message_signatures::verify_next(
                CParam::new(param.cast_const().cast(), param_len), Input::new(part, part_len),
                Input::new(signature, signature_len)
            ) }
        C_MessageVerifyFinal { session() => messages::finish(MessageVerify) }
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
                mechanism: CK_MECHANISM_PTR, key: CK_OBJECT_HANDLE, signature: CK_BYTE_PTR,
                signature_len: CK_ULONG
            )
            => operations::verify_signature_init(
                Item::new(mechanism), key, Input::new(signature, signature_len)
            ) }
        C_VerifySignature { session(data: CK_BYTE_PTR, data_len: CK_ULONG)
            => operations::absorb(VerifySignature, Module::verify_signature, Input::new(data, data_len)) }
        C_VerifySignatureUpdate { session(part: CK_BYTE_PTR, part_len: CK_ULONG)
            => operations::absorb(
                VerifySignature, Module::verify_signature_update, Input::new(part, part_len)
            ) }
        C_VerifySignatureFinal { session() => operations::end(Module::verify_signature_final) }
        C_GetSessionValidationFlags { session(kind: CK_SESSION_VALIDATION_FLAGS_TYPE, flags: CK_FLAGS_PTR)
            => sessions::validation_flags(kind, Out::new(flags)) }
        C_AsyncComplete { session(_name: CK_UTF8CHAR_PTR, _result: CK_ASYNC_DATA_PTR)
            => sessions::not_async() }
        C_AsyncGetID { session(_name: CK_UTF8CHAR_PTR, _id: CK_ULONG_PTR) => sessions::not_async() }
        C_AsyncJoin { session(_name: CK_UTF8CHAR_PTR, _id: CK_ULONG, _data: CK_BYTE_PTR, _data_len: CK_ULONG)
            => sessions::not_async() }
        C_WrapKeyAuthenticated { session(
                mechanism: CK_MECHANISM_PTR, wrapping_key: CK_OBJECT_HANDLE, key: CK_OBJECT_HANDLE,
                aad: CK_BYTE_PTR, aad_len: CK_ULONG, wrapped: CK_BYTE_PTR, wrapped_len: CK_ULONG_PTR
            )
            => authenticated::wrap(
                Item::new(mechanism), (wrapping_key, key), Input::new(aad, aad_len),
                Buffer::new(wrapped, wrapped_len)
            ) }
        C_UnwrapKeyAuthenticated { session(
                mechanism: CK_MECHANISM_PTR, unwrapping_key: CK_OBJECT_HANDLE, wrapped: CK_BYTE_PTR,
                wrapped_len: CK_ULONG, template: CK_ATTRIBUTE_PTR, count: CK_ULONG, aad: CK_BYTE_PTR,
                aad_len: CK_ULONG, key: CK_OBJECT_HANDLE_PTR
            )
            => authenticated::unwrap(
                Item::new(mechanism), unwrapping_key,
                (Input::new(wrapped, wrapped_len), Input::new(aad, aad_len)),
                Items::new(template, count), Out::new(key)
            ) }
    }
}
