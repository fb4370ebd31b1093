"""Addresses of news: the canonical form, the key under which two links are one article, domains.

Nothing here is fetched. The link as given is what people are shown; the canonical form is for
comparing, and the key folds further (scheme, ``www.``, ``m.``) than an address may be changed.
"""

from __future__ import annotations

import ipaddress
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

if TYPE_CHECKING:
    from tldextract import TLDExtract

# Parameters that say where a reader came from, never which page. Each was met in news feeds or is
# documented by the analytics product that sets it. `id`, `sid`, `cid`, `p` and the like name pages.
_TRACKING = re.compile(
    r"""(?:utm_|at_|pk_|piwik_|mtm_|matomo_|wt[._]|ns_|hsa_|_hs|oly_|vero_|mc_[ce]id|aspsessionid).*
    |cmp|cmpid|cmp_?id|xtor|maca|smid|smtyp|emc|partner|ref|ref_?src|ref_?url|referrer|referer
    |traffic_?source|traffic_source|oc|ocid|ito|sref|spm|mkt_tok|hsctatracking|trk|trkcampaign
    |fb_?clid|fb_action_ids|fb_ref|fb_source|gclid|gclsrc|gbraid|wbraid|dclid|msclkid|yclid|ysclid
    |twclid|ttclid|li_fat_id|igsh|igshid|_ga|_gl|s_?cid|s_kwcid|cmp_ref|campaign_?id|ncid|nr_email_referer
    |mbid|sr_share|sh|shareadraft|soc_src|soc_trk|guccounter|guce_referrer|guce_referrer_sig|feature
    |rss|ftag|amp|_amp|outputtype|jsessionid|phpsessid|sessionid|session_id|cfid|cftoken""",
    re.IGNORECASE | re.VERBOSE,
)
_ONLY_AMP_VALUES = {"amp": ("", "1", "true"), "_amp": ("", "1", "true"), "outputtype": ("amp",)}
_RSS_VALUES = ("", "1", "true", "yes", "rss")
_SESSION_IN_PATH = re.compile(r";jsessionid=[^/?#;]*", re.IGNORECASE)
_AMP_CACHE = re.compile(r"^/(?:[cvi]|amp)(?:/s)?/(?P<rest>[^/]+\.[^/]+/.*)$")
_AMP_ENDING = re.compile(r"(?:(?<=.)/amp/?|(?<=.)\.amp(?=(?:\.html?)?$))$|\.amp(?=\.html?$)")
_AMP_START = re.compile(r"^/amp(?=/.)")
_MOBILE = re.compile(r"^(?:www\d?|m|mobile|amp)\.(?=[^.]+\.)|(?<=\.)m\.(?=[^.]+\.)")
_UNWRAPPINGS = 3


def canonical(url: str) -> str:
    """``url`` without tracking, fragment and AMP wrapping, its query sorted.

    What cannot be read as an address comes back trimmed and otherwise as given.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            return url
        parts = _without_amp(parts)
        pairs = parts.query.replace("&amp;", "&").split("&")
        query = "&".join(p for p in pairs if not _is_tracking(p))
        path = _SESSION_IN_PATH.sub("", parts.path)
        plain = urlunsplit((parts.scheme.lower(), parts.netloc, path, query, parts.fragment))
        is_page = parts.fragment.startswith(("!", "/"))  # pages addressed by script
        return str(canonicalize_url(plain, keep_blank_values=True, keep_fragments=is_page))
    except ValueError:
        return url


def url_key(url: str) -> str:
    """What is the same for every link to one page: `canonical` without scheme, ``www.``, ``m.``."""
    address = canonical(url)
    try:
        parts = urlsplit(address)
        name, port = parts.hostname, parts.port
    except ValueError:
        return address
    if not name or parts.scheme not in ("http", "https"):
        return address
    folded = name.rstrip(".") if _is_ip(name) else _MOBILE.sub("", name.rstrip("."))
    where = folded if port in (None, 80, 443) else f"{folded}:{port}"
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{where}{parts.path.rstrip('/')}{query}{fragment}"


def host(url: str) -> str:
    """The host of ``url`` in small letters, "" when there is none."""
    try:
        return (urlsplit(url.strip()).hostname or "").rstrip(".")
    except ValueError:
        return ""


@lru_cache(maxsize=4096)
def registrable_domain(name: str) -> str:
    """The part of a host name that somebody registered (``bbc.co.uk`` of ``news.bbc.co.uk``).

    An IP address, and a name without a public suffix, is its own.
    """
    name = name.strip().rstrip(".").lower()
    if _is_ip(name):
        return name
    return _domains().extract_str(name).top_domain_under_public_suffix or name


@cache
def _domains() -> TLDExtract:
    """The bundled list of public suffixes. Imported when asked for: it brings an HTTP client along,
    a sixth of all imports, and commands that only match never ask."""
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None)


def _is_ip(name: str) -> bool:
    if ":" not in name and not name[-1:].isdigit():
        return False  # said without the cost of an exception: nearly every host has a name
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _is_tracking(pair: str) -> bool:
    name, _, value = pair.partition("=")
    name = unquote(name).lower()
    if name in _ONLY_AMP_VALUES:
        return unquote(value).lower() in _ONLY_AMP_VALUES[name]
    if name in ("rss", "sh", "feature"):
        return name != "rss" or unquote(value).lower() in _RSS_VALUES
    return _TRACKING.fullmatch(name) is not None


def _without_amp(parts: SplitResult) -> SplitResult:
    """The page itself for the address of its AMP copy, on its own host or in a cache."""
    for _ in range(_UNWRAPPINGS):
        inner = _cached_page(parts)
        if inner is None:
            break
        parts = inner
    path = _AMP_ENDING.sub("", parts.path)
    name = parts.netloc
    path = _AMP_START.sub("", path)
    return parts._replace(netloc=name, path=path)


def _cached_page(parts: SplitResult) -> SplitResult | None:
    name = (parts.hostname or "").lower()
    is_cache = name.endswith((".cdn.ampproject.org", ".ampproject.net")) or (
        parts.path.startswith("/amp/")
        and re.fullmatch(r"(?:www\.)?google\.[a-z.]{2,6}|(?:www\.)?bing\.com", name) is not None
    )
    inner = _AMP_CACHE.match(parts.path) if is_cache else None
    if inner is None:
        return None
    return urlsplit(f"https://{inner['rest']}{'?' + parts.query if parts.query else ''}")
