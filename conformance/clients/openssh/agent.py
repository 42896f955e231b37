"""ssh-agent with the token's keys."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from harness import Checks, Token, expect, expect_equal, group, wait_until

from .programs import KEYS, Agent, Ssh, Sshd, stops


@group()
def agents(token: Token, check: Checks) -> None:
    """ssh-add -s gives an agent the token's keys; logins through it; ssh-add -e takes them away."""
    ssh = Ssh(token, *KEYS)
    wanted = sorted(ssh.public(name) for name in KEYS)
    with Sshd(ssh) as server, Agent(ssh) as agent:
        ssh.authorize(*wanted)
        with check("ssh-add -s with a wrong PIN is refused, once and not until the token is locked"):
            done = agent.attempt("-s", token.module, env=ssh.with_pin("not-it"))
            expect(done.status == 1 and "agent refused" in done.text, f"it ended with {done.ending}: {done.last_words}")
            expect_equal(agent.keys(), [], "the agent's keys")
        with check("ssh-add -s: the agent has every key"):
            agent.add()
            expect_equal(sorted(agent.keys()), wanted, "the agent's keys")
        for name in KEYS:
            with check(f"ssh-add -T: the agent signs with {name}"):
                agent.attempt("-T", ssh.public_file(name), env=ssh.without_pin()).must_work()
            with check(f"a login through the agent with {name}"):
                key = ("-o", f"IdentityFile={ssh.public_file(name)}", "-o", "IdentitiesOnly=yes")
                ssh.log_in(server, *key, env=agent.client)
        with check("16 logins through the agent, eight at a time"):
            ssh.log_in_many(server, 16, env=agent.client)
        with check("a second ssh-add -s is no harm"):
            agent.attempt("-s", token.module)
            expect_equal(sorted(agent.keys()), wanted, "the agent's keys")
            ssh.log_in(server, env=agent.client)
        removal(ssh, agent, server, wanted, check)
        stops(check, agent)


def removal(ssh: Ssh, agent: Agent, server: Sshd, wanted: list[str], check: Checks) -> None:
    with check("ssh-add -x, -X: a locked agent gives no key, an unlocked one does"):
        agent.attempt("-x", env=ssh.with_pin("a password")).must_work()
        ssh.is_refused(server, env=agent.client)
        agent.attempt("-X", env=ssh.with_pin("a password")).must_work()
        ssh.log_in(server, env=agent.client)
    with check("ssh-add -e takes the keys away"):
        agent.attempt("-e", ssh.token.module, env=ssh.without_pin()).must_work()
        expect_equal(agent.keys(), [], "the agent's keys")
        ssh.is_refused(server, env=agent.client)
    with check("added and removed again, twice"):
        for _ in range(2):
            agent.add()
            expect_equal(sorted(agent.keys()), wanted, "the agent's keys")
            ssh.log_in(server, env=agent.client)
            agent.attempt("-e", ssh.token.module).must_work()


@group()
def helpers(token: Token, check: Checks) -> None:
    """The allow list of modules; several agents; a helper process that is killed; a new agent after an old one."""
    ssh = Ssh(token, "rsa", "p256")
    with check("-P: a module that is not in the list is refused"), Agent(ssh, "/nowhere/*") as agent:
        done = agent.attempt("-s", token.module)
        expect(done.status == 1 and not agent.keys(), f"it ended with {done.ending}")
    with Sshd(ssh) as server, Agent(ssh) as agent, Agent(ssh) as other:
        ssh.authorize(ssh.public("rsa"), ssh.public("p256"))
        with check("two agents at a time"):
            for each in (agent, other):
                each.add()
            for each in (agent, other):
                ssh.log_in_many(server, 4, env=each.client)
        with check("keys of the agent beside those of the token"):
            agent.attempt(ssh.own_key("own")).must_work()
            expect_equal(len(agent.keys()), 3, "the number of keys")
            ssh.log_in(server, env=agent.client)
        with check("the process that holds the module is killed: the agent lives, and others work on"):
            (helper,) = agent.children()
            os.kill(helper, signal.SIGKILL)
            wait_until(lambda: helper not in agent.children(), "the helper ends")
            ssh.log_in(server, env=other.client)
        with check("a new agent takes the token again"):
            other.stop(signal.SIGTERM)
            Path(other.socket).unlink(missing_ok=True)
            other.start()
            other.add()
            ssh.log_in(server, env=other.client)
