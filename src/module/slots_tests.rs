//! What the list of slots keeps to when several threads look and change.

use std::cell::Cell;

use super::*;

const SO_PIN: &[u8] = b"12345678";
const LABEL: &[u8; 32] = &[b'x'; 32];

fn open() -> (tempfile::TempDir, Slots) {
    let directory = tempfile::tempdir().unwrap();
    let slots = Slots::open(&Config::in_data_dir(directory.path())).unwrap();
    (directory, slots)
}

/// A thread that was slow between its look at the store and the list.
#[test]
fn what_was_read_before_another_threads_change_does_not_undo_it() {
    let (_directory, slots) = open();
    let looks = Cell::new(0);
    let read = || {
        let tokens = slots.realm.tokens()?;
        looks.set(looks.get() + 1);
        if looks.get() == 1 {
            slots.realm.create(None, LABEL, SO_PIN)?;
            slots.refresh()?;
        }
        Ok(tokens.len())
    };
    let seen = slots.read_then(read, |_, tokens| Ok((tokens, false)));
    assert_eq!((seen, looks.get()), (Ok(1), 2));
}

#[test]
fn a_look_that_finds_nothing_new_changes_nothing() {
    let (_directory, slots) = open();
    slots.realm.create(None, LABEL, SO_PIN).unwrap();
    slots.refresh().unwrap();
    let (changes, token) = (slots.list.read().changes, slots.token(SlotId(1)).unwrap());
    slots.refresh().unwrap();
    slots.renew(SlotId(1)).unwrap();
    assert_eq!(slots.list.read().changes, changes);
    assert!(Arc::ptr_eq(&token, &slots.token(SlotId(1)).unwrap()));
}

/// Others read the list while one thread waits for the store.
#[test]
fn the_list_is_not_locked_while_the_store_is_read() {
    let (_directory, slots) = open();
    let read = || {
        slots.exists(SlotId(1))?;
        slots.list.write().slots.len(); // nobody else holds it
        Ok(())
    };
    slots.read_then(read, |_, ()| Ok(((), false))).unwrap();
}
