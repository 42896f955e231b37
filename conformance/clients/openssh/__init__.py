"""OpenSSH: logins, agents, signatures and certificates with keys of the token; sshd's own key in the token."""

from __future__ import annotations

from harness import Client

from . import agent, certificates, login

CLIENT = Client(
    programs={
        "ssh": "openssh-client",
        "ssh-agent": "openssh-client",
        "/usr/sbin/sshd": "openssh-server",
        "openssl": "openssl",
        "pkcs11-tool": "opensc",
        "p11tool": "gnutls-bin",
    },
    version=["ssh", "-V"],
    groups=[
        login.listing,
        login.logins,
        login.pins,
        login.guesses,
        agent.agents,
        agent.helpers,
        certificates.signatures,
        certificates.authorities,
        certificates.hosts,
    ],
    peer=True,
)
