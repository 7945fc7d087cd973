"""DKIM signatures (RFC 6376), where a town signs its mail here and not at its relay."""

from __future__ import annotations

from notifier import config
from notifier.errors import DeliveryError

# What RFC 8058 section 4 wants signed, and what readers see.
_HEADERS = (
    b"From",
    b"To",
    b"Reply-To",
    b"Subject",
    b"Date",
    b"Message-ID",
    b"List-Id",
    b"List-Unsubscribe",
    b"List-Unsubscribe-Post",
    b"MIME-Version",
    b"Content-Type",
)


def signed(message: bytes, mail: config.Mail) -> bytes:
    """The message with its signature in front; as it is where no key is configured.

    Raises DeliveryError (permanent) where dkimpy is missing or the key is none.
    """
    if not mail.dkim_selector:
        return message
    try:
        import dkim  # optional: pip install 'procurement-notifier[dkim]'

        present = {line.partition(b":")[0].lower() for line in message.partition(b"\r\n\r\n")[0].split(b"\r\n")}
        signature: bytes = dkim.sign(
            message,
            selector=mail.dkim_selector.encode(),
            domain=mail.sender.rpartition("@")[2].encode(),
            privkey=mail.dkim_key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[name for name in _HEADERS if name.lower() in present],
        )
    except ImportError as error:
        remedy = "install it, or take dkim_selector out"
        raise DeliveryError("dkimpy is not installed", remedy=remedy, permanent=True) from error
    except Exception as error:  # dkimpy raises errors of its own and of the libraries beneath it
        what = f"the mail could not be signed ({type(error).__name__})"
        remedy = "check dkim_key_file: a private RSA key in PEM"
        raise DeliveryError(what, remedy=remedy, permanent=True) from error
    return signature.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + message
