"""modutil: the module in a database of NSS, and the token's PIN."""

from __future__ import annotations

from harness import LABEL, USER_PIN, Checks, Token, expect, expect_equal, group

from .tool import MODULE, Database

NEW_PIN = "navy-stapler"


@group()
def modules(token: Token, check: Checks) -> None:
    """modutil adds the module to a fresh database, lists it, makes it a default, disables and deletes it."""
    database = Database(token, with_module=False)
    with check("-add"):
        said = database.modutil("-add", MODULE, "-libfile", token.module)
        expect("added to database" in said, said)
    with check("-list: the module and its token"):
        said = database.modutil("-list")
        for words in (f"2. {MODULE}", f"token: {LABEL}", f"uri: pkcs11:token={LABEL};"):
            expect(words in said, f"{words!r} is not in the list")
    with check("-list MODULE: what NSS knows of module and slot"):
        listed = about(database)
        expect_equal(listed.get("Token Name"), LABEL, "the token's name")
        expect_equal(listed.get("Library file"), str(token.module), "the file")
        expect_equal(listed.get("Login Type"), "Login required", "the login")
        expect_equal(listed.get("User Pin"), "Initialized", "the PIN")
        expect_equal(listed.get("Access"), "NOT Write Protected", "the access")
        expect_equal(listed.get("Status"), "Enabled", "the status")
    with check("certutil -U lists the slot"):
        expect(f"token: {LABEL}" in database.certutil("-U").text, "it does not")
    with check("-default: the module for RSA, AES and random numbers; keys are still generated and used"):
        database.modutil("-default", MODULE, "-mechanisms", "RSA:AES:SHA256:RANDOM")
        expect("RSA" in about(database)["Default Mechanism Flags"], "RSA is not among the default mechanisms")
        database.make_ca()
        database.make_leaf("leaf", "p-256", 2)
        said = database.certutil("-V", "-n", f"{LABEL}:leaf", "-u", "V", "-e").text
        expect("certificate is valid" in said, said)
    with check("-disable: the token's keys are out of reach; -enable: they are back"):
        database.modutil("-disable", MODULE)
        expect(database.attempt("certutil", "-K", "-h", LABEL, "-f", database.pin).status != 0, "they are not")
        database.modutil("-enable", MODULE)
        expect_equal(len(database.keys()), 2, "the number of keys")
    with check("-delete: the module is gone, the token's keys are not"):
        database.modutil("-delete", MODULE)
        expect(LABEL not in database.modutil("-list"), "it is still there")
        database.modutil("-add", "again", "-libfile", token.module)
        expect_equal(len(database.keys()), 2, "the number of keys")


@group()
def pins(token: Token, check: Checks) -> None:
    """modutil changes the token's PIN, and a wrong PIN is refused."""
    database = Database(token)
    database.generate("p-256")
    old, new = database.pin, token.write("new-pin", NEW_PIN.encode())

    def opens(pin: str) -> bool:
        words = ("-K", "-h", LABEL, "-f", database.file(pin.encode()))
        return "(orphan)" in database.attempt("certutil", *words).text

    with check("-changepw: the new PIN is good, the old one is not"):
        said = database.modutil("-changepw", LABEL, "-pwfile", old, "-newpwfile", new)
        expect("changed successfully" in said, said)
        expect_equal([opens(NEW_PIN), opens(USER_PIN)], [True, False], "whether the new and the old PIN open it")
    with check("-changepw with a wrong old PIN is refused"):
        words = ("-changepw", LABEL, "-pwfile", old, "-newpwfile", old, "-force")
        expect(database.attempt("modutil", *words).status != 0, "it is not")
        expect(opens(NEW_PIN), "the PIN has changed")
    with check("-changepw back"):
        database.modutil("-changepw", LABEL, "-pwfile", new, "-newpwfile", old)
        expect(opens(USER_PIN), "the PIN does not open the token")


def about(database: Database) -> dict[str, str]:
    """The lines on the module and on its first slot."""
    lines: dict[str, str] = {}
    for line in database.modutil("-list", MODULE).splitlines():
        name, colon, value = line.partition(":")
        if colon:
            lines.setdefault(name.strip(), value.strip())
    return lines
