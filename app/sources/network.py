"""Why an address in the network does not open, where FFmpeg says no more than "Input/output error"."""

import socket
import ssl
from urllib.parse import urlsplit

_TLS_PORTS = {"https": 443, "rtsps": 322, "rtmps": 443}


def why_unreachable(uri: str, timeout_s: float) -> str:
    """Asks for the name of the host and, where the address is encrypted, for its encryption.

    Args:
        uri: the address.
        timeout_s: how long a connection may take.

    Returns:
        The reason, without the address; "" when neither name nor encryption is at fault.
    """
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port or _TLS_PORTS.get(parts.scheme.lower())
    except ValueError:
        return "the address has no valid host or port"
    try:
        socket.getaddrinfo(host, port)
    except (OSError, UnicodeError):
        return f"the name {host} is not known: is it spelled right, is the network up?"
    if parts.scheme.lower() not in _TLS_PORTS:
        return ""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # as FFmpeg, which asks for no certificate
    try:
        with socket.create_connection((host, port), timeout_s) as plain, context.wrap_socket(plain):
            return ""
    except ssl.SSLError as error:
        return f"no encrypted connection, TLS: {(error.reason or 'it failed').lower().replace('_', ' ')}"
    except OSError:
        return ""
