"""The clauses of the profiles that the test cases leave open [PKCS#11 Profiles 3.2, 5]."""

from __future__ import annotations

from harness import SO_PIN, USER_PIN, Checks, Token, expect, expect_equal, group, openssl

from .preparation import Pair, certificate, data_object, logged_in
from .provider import Provider, value_bytes
from .words import CKM, CKO, CKP, CKU

READ = ("CLASS", "TOKEN", "PRIVATE", "MODIFIABLE", "LABEL", "UNIQUE_ID", "PROFILE_ID")
NEWEST = (3, 2)


def started(token: Token) -> Provider:
    """The module, initialised, through its newest interface; through that of 2.40 where it has none."""
    provider = Provider(token)
    provider.ask("interface", *NEWEST)
    provider.works("C_Initialize", ("null",))
    return provider


def profile(provider: Provider, session: int, name: str) -> int:
    """The object of a profile, of which there is one."""
    found = provider.find(session, {"CLASS": CKO["PROFILE"], "PROFILE_ID": CKP[name]})
    expect_equal(len(found), 1, f"the number of objects with CKP_{name}")
    return found[0]


def is_readable(provider: Provider, session: int, name: str) -> None:
    """[PKCS#11 3.2, 4.14] the attributes of a storage object, and the profile."""
    values = provider.read(session, profile(provider, session, name), *READ)
    wanted = {"CLASS": CKO["PROFILE"], "TOKEN": True, "PRIVATE": False, "MODIFIABLE": False, "PROFILE_ID": CKP[name]}
    for attribute, value in wanted.items():
        expect_equal(values[attribute], value_bytes(value), f"CKA_{attribute}")
    expect(values["UNIQUE_ID"], "CKA_UNIQUE_ID is empty")


@group(settings={"slots.free_slot": True}, why="a second token is made in the free slot")
def profile_objects(token: Token, check: Checks) -> None:
    """Clause 4 or 5 of each profile: its CKO_PROFILE object is on every token, and readable before login."""
    with started(token) as provider:
        slots = provider.slots()
        with check("a second token is made beside the first"):
            label = b"second".ljust(32)
            provider.works("C_InitToken", ("number", slots[1]), ("data", SO_PIN.encode()), ("content", label))
        for place, slot in zip(("first", "second"), slots):
            session = provider.session(slot, read_write=False)
            for name in CKP:
                with check(f"CKP_{name} on the {place} token, without login"):
                    is_readable(provider, session, name)
        after_login(provider, slots[0], check)


def after_login(provider: Provider, slot: int, check: Checks) -> None:
    provider.works("C_CloseAllSessions", ("number", slot))
    session = provider.session(slot)
    for user, pin in (("USER", USER_PIN), ("SO", SO_PIN)):
        provider.login(session, user, pin)
        for name in CKP:
            with check(f"CKP_{name} for {'the user' if user == 'USER' else 'the SO'}"):
                is_readable(provider, session, name)
        provider.works("C_Logout", ("number", session))
    provider.login(session)
    with check("an application makes no object of a profile"):
        template = [(0x0, value_bytes(CKO["PROFILE"])), (0x601, value_bytes(CKP["BASELINE_PROVIDER"]))]
        provider.refuses("C_CreateObject", ("number", session), ("template", template), ("place",))
    with check("an application destroys no object of a profile"):
        handle = profile(provider, session, "BASELINE_PROVIDER")
        provider.refuses("C_DestroyObject", ("number", session), ("number", handle))
        is_readable(provider, session, "BASELINE_PROVIDER")


@group()
def baseline_clauses(token: Token, check: Checks) -> None:
    """Baseline Provider, 5.1: interfaces, functions, and the attributes of objects."""
    with logged_in(token) as (provider, session):
        provider.create(session, data_object(b"public data"))
        provider.create(session, certificate(root(token), "root", b"\1"))
    with Provider(token) as provider:
        with check("C_GetInterfaceList lists what C_GetInterface gives, 2.40, 3.0, 3.1 and 3.2"):
            listed = provider.ask("interfaces")
            for version in ((2, 40), (3, 0), (3, 1), (3, 2)):
                expect((b"PKCS 11", *version) in listed, f"{version} is not among {listed}")
                wrong = provider.ask("interface", *version)
                expect(not wrong, wrong)
        with check("no function of an interface is NULL"):
            for version in ((2, 40), (3, 0), (3, 1), (3, 2)):
                provider.ask("interface", *version)
                expect_equal(provider.ask("absent"), [], f"what is NULL in the interface of {version}")
        provider.works("C_Initialize", ("null",))
        session = provider.session(provider.slots()[0], read_write=False)
        with check("C_GetSessionInfo tells a public read-only session"):
            (info,) = provider.works("C_GetSessionInfo", ("number", session), ("structure", "SessionInfo"))
            wanted = {"SlotID": provider.slots()[0], "State": 0, "Flags": 4, "DeviceError": 0}
            expect_equal(info, wanted, "the information")
        for name, attributes in (("DATA", ()), ("CERTIFICATE", ("ID",))):
            with check(f"the attributes of the clause, of an object of class {name}"):
                (handle,) = provider.find(session, {"CLASS": CKO[name]})
                common = ("CLASS", "TOKEN", "PRIVATE", "MODIFIABLE", "LABEL", "UNIQUE_ID", "VALUE")
                values = provider.read(session, handle, *common, *attributes)
                empty = [attribute for attribute, value in values.items() if not value]
                expect_equal(empty, [], "what is empty")
        with check("errors are those of the specification: a wrong slot, session, object and attribute"):
            errors_are_told(provider, session)


def errors_are_told(provider: Provider, session: int) -> None:
    (data,) = provider.find(session, {"CLASS": CKO["DATA"]})
    wanted = ("wanted", [(0x120, None)])
    answers = [
        provider.refuses("C_GetSessionInfo", ("number", session + 99999), ("structure", "SessionInfo")),
        provider.refuses("C_GetAttributeValue", ("number", session), ("number", data + 99999), wanted),
        provider.refuses("C_GetAttributeValue", ("number", session), ("number", data), wanted),
        provider.refuses("C_Finalize", ("content", b"reserved")),
    ]
    names = ["SESSION_HANDLE_INVALID", "OBJECT_HANDLE_INVALID", "ATTRIBUTE_TYPE_INVALID", "ARGUMENTS_BAD"]
    expect_equal(answers, [f"CKR_{name}" for name in names], "the answers")


@group()
def login_clauses(token: Token, check: Checks) -> None:
    """Extended Provider, 5.3, and Authentication Token, 5.4: C_LoginUser, and signatures in one call and in parts."""
    pair, data = Pair.make(token.path("key.pem")), b"to be signed, in one call and in parts"
    with started(token) as provider:
        session = provider.session(provider.slots()[0])
        user = (("number", session), ("number", CKU["USER"]), ("data", USER_PIN.encode()))
        with check("C_Login refuses a wrong PIN, and takes the right one"):
            answer = provider.refuses("C_Login", *user[:2], ("data", b"wrong PIN"))
            expect_equal(answer, "CKR_PIN_INCORRECT", "the answer")
            provider.works("C_Login", *user)
            provider.works("C_Logout", ("number", session))
        with check("C_LoginUser without a name is C_Login"):
            provider.works("C_LoginUser", *user, ("data", b""))
            provider.works("C_Logout", ("number", session))
        provider.login(session)
        provider.create(session, pair.public("pair"))
        private = provider.create(session, pair.private("pair"))
        for name, pieces in (("C_Sign", [data]), ("C_SignUpdate and C_SignFinal", [data[:7], data[7:]])):
            with check(f"{name}, verified by openssl"):
                signature = signed(provider, session, private, pieces)
                openssl.verify_digest(openssl.public_key(pair.file), "sha256", signature, data)
        with check("after C_Logout the private key is gone"):
            provider.works("C_Logout", ("number", session))
            expect_equal(provider.find(session, {"CLASS": CKO["PRIVATE_KEY"]}), [], "what is found")


def signed(provider: Provider, session: int, key: int, pieces: list[bytes]) -> bytes:
    handle = ("number", session)
    provider.works("C_SignInit", handle, ("mechanism", CKM["SHA256_RSA_PKCS"]), ("number", key))
    if len(pieces) == 1:
        ((_, signature),) = provider.works("C_Sign", handle, ("data", pieces[0]), ("buffer", 256))
        return signature
    for piece in pieces:
        provider.works("C_SignUpdate", handle, ("data", piece))
    ((_, signature),) = provider.works("C_SignFinal", handle, ("buffer", 256))
    return signature


@group()
def certificate_clauses(token: Token, check: Checks) -> None:
    """Public Certificates Token, 5.5: certificates, and public keys by their CKA_ID, are found without login."""
    pair, identifier = Pair.make(token.path("key.pem")), bytes.fromhex("0123456789")
    made = openssl.certificate_der(openssl.make_certificate(token.path("made.pem"), pair.file, "/CN=made"))
    with logged_in(token) as (provider, session):
        provider.create(session, certificate(made, "made", identifier))
        provider.create(session, pair.public("made", ID=identifier))
        provider.create(session, pair.private("made", ID=identifier))
    with started(token) as provider:
        session = provider.session(provider.slots()[0])
        with check("the certificate is found and read without login"):
            (handle,) = provider.find(session, {"CLASS": CKO["CERTIFICATE"]})
            expect_equal(
                provider.read(session, handle, "VALUE", "ID"), {"VALUE": made, "ID": identifier}, "what is read"
            )
        with check("its public key is found by the same CKA_ID without login"):
            (handle,) = provider.find(session, {"CLASS": CKO["PUBLIC_KEY"], "ID": identifier})
            modulus = provider.read(session, handle, "MODULUS")["MODULUS"]
            expect_equal(modulus, pair.parts["MODULUS"], "the modulus")
        with check("its private key has the same CKA_ID"):
            provider.login(session)
            (handle,) = provider.find(session, {"CLASS": CKO["PRIVATE_KEY"]})
            expect_equal(provider.read(session, handle, "ID")["ID"], identifier, "CKA_ID")


def root(token: Token) -> bytes:
    key = openssl.make_key(token.path("root.pem"), "RSA:2048")
    return openssl.certificate_der(openssl.make_certificate(token.path("root.crt"), key, "/CN=root"))
