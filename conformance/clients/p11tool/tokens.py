"""Tokens and PINs."""

from __future__ import annotations

from harness import LABEL, SO_PIN, USER_PIN, Checks, Token, expect, expect_equal, group

from .tool import TOKEN_URL, Tool, parse


@group()
def information(token: Token, check: Checks) -> None:
    """Tokens, their URLs and mechanisms are listed; random numbers."""
    tool = Tool(token)
    with check("--list-tokens"):
        listed = parse(tool("--list-tokens", login=False).out.decode())
        expect_equal([entry["Label"] for entry in listed], [LABEL], "the list of labels")
        for flag in ("RNG", "Requires login"):
            expect(flag in listed[0]["Flags"], f"the flags are {listed[0]['Flags']}")
        expect("uPIN" not in listed[0]["Flags"], f"the flags are {listed[0]['Flags']}")
    with check("--list-token-urls"):
        urls = tool("--list-token-urls", login=False).out.decode().split()
        expect(len(urls) == 1 and urls[0].endswith(f";token={LABEL}"), f"they are {urls}")
        tool("--list-mechanisms", urls[0], login=False)
    with check("--list-mechanisms shows all of C_GetMechanismList, most by name"):
        lines = tool("--list-mechanisms", TOKEN_URL, login=False).out.decode().splitlines()
        expect_equal(len(lines), len(token.mechanisms), "the number of mechanisms")
        expect(any("CKM_RSA_PKCS_KEY_PAIR_GEN" in line for line in lines), "CKM_RSA_PKCS_KEY_PAIR_GEN is missing")
    with check("--generate-random"):
        draws = {tool.to_file("--generate-random", "1000", TOKEN_URL, login=False) for _ in range(2)}
        expect_equal([len(draw) for draw in draws], [1000, 1000], "the lengths of two different draws")
    with check("the PIN comes from the URL: pin-value, pin-source"):
        source = token.write("pin", USER_PIN.encode())
        queries = {f"pin-value={USER_PIN}": True, "pin-value=wrong-pin": False, f"pin-source={source}": True}
        for query, good in queries.items():
            done = tool.attempt("--list-all", f"{TOKEN_URL}?{query}", env={"GNUTLS_PIN": ""})
            expect_equal("No matching objects" in done.text, good, f"whether {query} opens the token")
    with check("--list-all of an empty token finds nothing"):
        expect_equal(tool.objects(), [], "the list")


@group(initialised=False)
def initialisation(token: Token, check: Checks) -> None:
    """A blank token is initialised, gets PINs, and is initialised again."""
    tool = Tool(token)
    new_so, new_user = {"GNUTLS_NEW_SO_PIN": "87654321"}, {"GNUTLS_PIN": "navy-stapler"}

    def lets_in(env: dict[str, str]) -> bool:
        return tool.attempt("--list-all", "--only-urls", TOKEN_URL, env=env).status in (0, 2)

    with check("--initialize"):
        tool("--initialize", "--label", LABEL, "--set-so-pin", SO_PIN, "pkcs11:token=", login=False)
        listed = parse(tool("--list-tokens", login=False).out.decode())
        entry = next(entry for entry in listed if entry["Label"] == LABEL)
        expect("uPIN uninitialized" in entry["Flags"], f"the flags are {entry['Flags']}")
    with check("--initialize-pin by the SO"):
        tool("--initialize-pin", TOKEN_URL, login=False)
        expect(lets_in({"GNUTLS_PIN": USER_PIN}), "the new PIN does not open the token")
        expect(not lets_in({"GNUTLS_PIN": "wrong-pin"}), "a wrong PIN opens the token")
    with check("--initialize-pin again replaces the PIN"):
        tool("--initialize-pin", TOKEN_URL, login=False, env=new_user)
        expect(lets_in(new_user), "the new PIN does not open the token")
        expect(not lets_in({"GNUTLS_PIN": USER_PIN}), "the old PIN still opens the token")
    with check("--initialize-so-pin replaces the SO PIN"):
        tool("--initialize-so-pin", TOKEN_URL, login=False, env=new_so)
        old = tool.attempt("--initialize-pin", TOKEN_URL, login=False)
        expect(old.status != 0, "the old SO PIN still sets PINs")
        tool("--initialize-pin", TOKEN_URL, login=False, env={"GNUTLS_SO_PIN": "87654321"})
    with check("--initialize again under another label"):
        tool("--initialize", "--label", "again", "--set-so-pin", "87654321", TOKEN_URL, login=False)
        listed = parse(tool("--list-tokens", login=False).out.decode())
        expect("again" in [entry["Label"] for entry in listed], f"the tokens are {listed}")
