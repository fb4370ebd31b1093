"""Which proxy a URL goes through, by the environment's conventions. Pure: the environment is given.

``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``, the lower-case spelling first, as
curl and Python read them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping


def environment_proxy(scheme: str, host: str, port: int, environ: Mapping[str, str]) -> str | None:
    """The proxy URL for one request, or None for the direct way.

    This machine itself is never asked for through a proxy: from there it is another machine.
    """
    if is_loopback(host):
        return None
    names = [f"{scheme}_proxy", "all_proxy"]
    # A CGI server sets HTTP_PROXY from a request header, hence curl reads only the lower case;
    # this is no CGI program, and operators write both.
    found = next((v for n in names for v in (environ.get(n), environ.get(n.upper())) if v), None)
    if found is None or bypassed(host, port, environ.get("no_proxy") or environ.get("NO_PROXY")):
        return None
    return found if "://" in found else f"http://{found}"


def bypassed(host: str, port: int, no_proxy: str | None) -> bool:
    """Whether NO_PROXY lists the host: a name, a domain, host:port, an address range or ``*``."""
    host = host.lower().rstrip(".")
    for part in (no_proxy or "").lower().split(","):
        entry = part.strip()
        if not entry:
            continue
        if entry == "*" or _in_range(host, entry):
            return True
        name, colon, wanted_port = entry.rpartition(":")
        if colon and wanted_port.isdigit() and ":" not in name:
            if int(wanted_port) != port:
                continue
            entry = name
        domain = entry.removeprefix("*").strip(".")
        if domain and (host == domain or host.endswith("." + domain)):
            return True
    return False


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by name or address."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _in_range(host: str, entry: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        return False
