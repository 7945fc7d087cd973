"""Real relays for the tests: a Postfix of one's own, and Postfix's own sink, which fails where it is told to.

Skipped on a machine without Debian's postfix and by whoever is not root, but never in CI.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
POSTFIX, SMTP_SINK = shutil.which("postfix", path=_PATH), shutil.which("smtp-sink", path=_PATH)
needs_postfix = pytest.mark.skipif(
    (POSTFIX is None or SMTP_SINK is None or os.geteuid() != 0) and os.environ.get("CI") != "true",
    reason="needs root and Postfix (Debian: apt install postfix)",
)
_PATIENCE_S = 10.0  # what a busy machine may take


def free_port() -> int:
    """A port of loopback that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def eventually(found: Callable[[], object], why_not: Callable[[], str] = lambda: "it did not happen") -> None:
    """Wait until another program has done what it was asked for."""
    end = time.monotonic() + _PATIENCE_S
    while not found():
        assert time.monotonic() < end, why_not()
        time.sleep(0.01)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


# -- certificates ----------------------------------------------------------------------------------------------


def make_authority(folder: Path) -> tuple[Path, Path]:
    """An authority of one's own, and by its word a certificate of localhost with its key: two files."""
    root, root_key = _certificate("Prøvens egen udsteder", None)
    leaf, leaf_key = _certificate("localhost", root, root_key)
    authority, chain = folder / "authority.pem", folder / "localhost.pem"
    authority.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    secret = leaf_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain.write_bytes(secret + leaf.public_bytes(serialization.Encoding.PEM))
    return authority, chain


def _certificate(
    name: str, issuer: x509.Certificate | None, issuer_key: ec.EllipticCurvePrivateKey | None = None
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """Good for localhost and 127.0.0.2, not for 127.0.0.1; without an issuer, one that may issue others."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.2"))])
    made = (
        x509.CertificateBuilder(issuer.subject if issuer else subject, subject, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2099, 1, 1, tzinfo=dt.UTC))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .sign(issuer_key or key, hashes.SHA256())
    )
    return made, key


# -- Postfix ---------------------------------------------------------------------------------------------------

# Mail to names at roed-traad.example that begin with "post-" is kept in one Maildir, and in another one what comes back
# to the town. Mail to videre.example goes on to another relay. Nobody else exists.
_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = relay.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
recipient_delimiter = +
virtual_mailbox_domains = roed-traad.example, kommune.example
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = regexp:{folder}/config/mailboxes
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
relay_domains = videre.example
transport_maps = inline:{{ videre.example=smtp:[127.0.0.1]:{onward} }}
smtp_dns_support_level = disabled
smtp_connection_cache_on_demand = no
message_size_limit = 200000
smtpd_error_sleep_time = 0
smtpd_tls_security_level = may
smtpd_tls_chain_files = {chain}
smtpd_tls_received_header = yes
"""
_MAILBOXES = r"""
/^post-[a-z]+@roed-traad\.example$/ post/
/^retur(\+[^@]*)?@kommune\.example$/ retur/
"""
_SERVICES = """
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
relay unix - - n - - smtp
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""
# Each is a port of its own with settings of its own.
_STRANGER = "mynetworks = 192.0.2.1"
_DOORS = {
    "open": (),
    "tls": ("smtpd_tls_wrappermode = yes",),
    "greylisting": ("smtpd_recipient_restrictions = check_recipient_access static:{450 4.2.0 Greylisted}",),
    "deferring strangers": (_STRANGER, "smtpd_relay_restrictions = permit_mynetworks, defer_unauth_destination"),
    "refusing strangers": (_STRANGER, "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination"),
    "refusing the sender": ("smtpd_sender_restrictions = reject",),
    "refusing the client": ("smtpd_client_restrictions = reject",),
    "refusing the greeting": ("smtpd_helo_restrictions = reject",),
}


@dataclass(frozen=True)
class Relay:
    """A Postfix that runs: the ports of its doors, and what it kept."""

    folder: Path
    ports: Mapping[str, int]

    @property
    def returns(self) -> Path:
        """The Maildir of what comes back."""
        return self.folder / "mail" / "retur"

    def kept(self, address: str) -> list[bytes]:
        """The mails that somebody got, with the line ends that they had on their way."""
        mails = [file.read_bytes() for file in sorted((self.folder / "mail" / "post" / "new").glob("*"))]
        theirs = f"\nDelivered-To: {address}\n".encode()
        return [mail.replace(b"\n", b"\r\n") for mail in mails if theirs in mail.partition(b"\n\n")[0]]

    def arrived(self, address: str) -> bytes:
        """The one mail that somebody has got, or will soon."""
        eventually(lambda: self.kept(address), self.log)
        (mail,) = self.kept(address)
        return mail

    def log(self) -> str:
        """What Postfix tells of itself."""
        return (self.folder / "log").read_text(encoding="utf-8")


@contextlib.contextmanager
def postfix(chain: Path, onward: int) -> Iterator[Relay]:
    """A Postfix with its own configuration, queue and data, on loopback alone; it shares nothing with the machine's."""
    assert POSTFIX, "CI must have Postfix; .ci/run installs it"
    # Not in pytest's folder, which only its owner may enter: Postfix delivers as somebody else.
    with tempfile.TemporaryDirectory(prefix="relay-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        ports = {door: free_port() for door in _DOORS}
        _configure(folder, chain, onward, ports)
        command = [POSTFIX, "-c", str(folder / "config")]
        started = subprocess.run([*command, "start"], check=False, timeout=60)
        assert started.returncode == 0, (folder / "log").read_text()
        try:
            running = Relay(folder, ports)
            eventually(lambda: all(map(_answers, ports.values())), running.log)
            yield running
        finally:
            subprocess.run([*command, "stop"], check=True, timeout=60)


def _configure(folder: Path, chain: Path, onward: int, ports: Mapping[str, int]) -> None:
    for part in ("config", "queue", "data", "mail"):
        (folder / part).mkdir()
    shutil.chown(folder / "data", "postfix")
    os.chown(folder / "mail", 65534, 65534)
    for step in ("cur", "new", "tmp"):  # a town makes the Maildir of what comes back beforehand
        (folder / "mail" / "retur" / step).mkdir(parents=True)
        os.chown(folder / "mail" / "retur" / step, 65534, 65534)
    (folder / "config" / "main.cf").write_text(_MAIN.format(folder=folder, chain=chain, onward=onward))
    (folder / "config" / "mailboxes").write_text(_MAILBOXES)
    doors = ""
    for door, port in ports.items():
        settings = "".join(f" -o {{ {setting} }}" for setting in _DOORS[door])
        doors += f"{port} inet n - n - - smtpd{settings}\n"
    (folder / "config" / "master.cf").write_text(doors + _SERVICES)


# -- Postfix's sink --------------------------------------------------------------------------------------------


@contextlib.contextmanager
def smtp_sink_program(*options: str) -> Iterator[int]:
    """Postfix's sink on a free port of loopback, as a process of its own; the options name its faults."""
    assert SMTP_SINK, "CI must have Postfix's smtp-sink; .ci/run installs it"
    port = free_port()
    # As root it wants to be told as whom to run.
    owner = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([SMTP_SINK, *owner, *options, f"127.0.0.1:{port}", "100"])
    try:
        eventually(lambda: _answers(port))
        yield port
    finally:
        process.terminate()
        process.wait()
