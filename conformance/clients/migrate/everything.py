"""Every type of object and every attribute that both modules have, and each key used once."""

from __future__ import annotations

import re

from harness import Checks, Token, expect, expect_equal, group

from .numbers import ATTRIBUTES, CLASS, EC_POINT, HERITAGE, KEY_TYPE, LABEL, PRIVATE_KEY
from .objects import Made, everything
from .tokens import OLD_PIN, SOFTHSM, Module, Told, both, migrate, opened, prepare, progress, report, results

CLASSES = ("data", "certificate", "public key", "private key", "secret key", "hw feature", "domain parameters")
EDWARDS = (0x40).to_bytes(8, "little")


@group()
def every_type_and_attribute(token: Token, check: Checks) -> None:
    """Every type that SoftHSM has comes over with every attribute that both have, and each key is used once."""
    env = prepare(token)
    with opened(SOFTHSM, OLD_PIN, env) as there:
        made = everything(token, there)
    over = [one for one in made if not one.left]
    told = migrate(token, env, status=1)
    with check("all is carried over that SoftHSM lets out, and each object is named"):
        counted = {"carried over": len(over), "there already": 0, "left behind": len(made) - len(over)}
        expect_equal(results(told), counted, "the report")
        for name, _, _ in told:
            expect(re.search(r'^[\w ]*(data|domain parameters) "|^\w+ [a-z ]+ ".*", id \w+$', name), f"{name} is short")
    with check("what stays behind, or comes over without an attribute, is named with the reason"):
        for one in made:
            expect_equal(reasons(told, one), [one.left] if one.left else one.remarks, f"what is said of {name_of(one)}")
    with both(token, env) as (there, here):
        for one in over:
            with check(f"{name_of(one)}: its attributes are the same"):
                same_attributes(there, here, one)
            if one.use is not None:
                with check(f"{name_of(one)}: it does the same"):
                    one.use(there, here, found(there, one), found(here, one))
    with check("a second start finds all there, and shows its progress on a terminal"):
        shown = progress(token, env)
        expect(re.search(rf"\d+/{len(made)} objects", shown), f"the terminal shows {shown!r}")
        again = migrate(token, env, status=1)
        counted = {"carried over": 0, "there already": len(over), "left behind": len(made) - len(over)}
        expect_equal(results(again), counted, "the report")
    with check("the report for people says the same as that for machines"):
        lines = report(token, env).splitlines()
        sums = f"0 carried over, {len(over)} there already, {len(made) - len(over)} left behind"
        expect_equal(lines[-1], f'from token "old" of SoftHSM to token "conformance": {sums}', "the last line")
        listed = [f"{result}  {name}" + "".join(f": {one}" for one in why) for name, result, why in again]
        expect_equal(sorted(lines[:-1]), sorted(listed), "the lines before, in any order: SoftHSM's is another in each process")


def name_of(one: Made) -> str:
    """For the reader of a failure."""
    return f"{CLASSES[one.kind]} {one.label}"


def found(module: Module, one: Made) -> int:
    return module.one({CLASS: one.kind, LABEL: one.label.encode()})


def reasons(told: Told, one: Made) -> list[str]:
    """What the report says of an object."""
    label = one.label.replace('"', '\\"')
    said = [why for name, _, why in told if f'{CLASSES[one.kind]} "{label}"' in name]
    expect(len(said) == 1, f"{name_of(one)} is named {len(said)} times")
    return said[0]


def same_attributes(there: Module, here: Module, one: Made) -> None:
    """What both modules tell is the same; what SoftHSM tells, vhsm tells, too."""
    old, new = found(there, one), found(here, one)
    differing = []
    for name, number in ATTRIBUTES.items():
        was, is_now = there.read(old, number), here.read(new, number)
        if number == EC_POINT and was and there.read(old, KEY_TYPE) == EDWARDS:
            was = was[2:]  # SoftHSM has the point in an OCTET STRING
        if name == "VALUE" and one.kind == PRIVATE_KEY and was and is_now:
            was, is_now = was.lstrip(b"\0"), is_now.lstrip(b"\0")  # a number, which vhsm has as long as the order
        computed_here = name == "PUBLIC_KEY_INFO" and not was
        if name not in HERITAGE and not computed_here and was and was != is_now:
            differing.append(f"{name} was {was[:20].hex()} and is {(is_now or b'nothing')[:20].hex()}")
    expect(not differing, "; ".join(differing))
