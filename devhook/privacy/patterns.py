"""Finds personal data and secrets in free text by their shape: e-mail, phone, IP address, keys."""

import re
from collections.abc import Callable, Iterable, Iterator
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, NamedTuple

from devhook.privacy.personal import Personal

# Every pattern has a boundary before it and possessive quantifiers, so that the time is linear in the text,
# whoever wrote it.
_SHAPES: Final = re.compile(
    r"""
      (?<=://) (?P<login> [^\s/?#@]++ ) (?=@)
    | (?P<named> [?&;] (?: (?:access_|api_|auth_|preview_|refresh_)? (?:token|key|secret)
        | code | hmac | password | session | sig | signature ) = ) (?P<query> [^\s&#;"'<>]++ )
    | (?P<scheme> \b(?:Bearer|Basic) [ ]+ ) (?P<credentials> [\w.+/=-]{8,}+ )
    | (?P<signature> (?<![\w+/=-]) [A-Za-z0-9+/]{43}= (?![\w+/=]) )
    | (?P<token> \b (?:shp[a-z]{1,3}|atkn|prtapi) _ \w{6,}+
        | (?<![\w-]) eyJ [\w-]{8,}+ \. [\w-]++ \. [\w-]*+
        | \b [0-9a-fA-F]{32,}+ \b
        | (?<![\w+]) (?= [a-z0-9+_]*+ [A-Z] ) (?= [A-Z0-9+_]*+ [a-z] ) (?= [A-Za-z+_]*+ [0-9] )
            [A-Za-z0-9+_]{32,}+ =* )
    | (?P<email> (?<![\w.+-]) [\w.+-]++ @ [\w-]++ (?: \. [\w-]++ )++ )
    | (?P<phone> (?<![\w+]) \+ [0-9] (?: [ ().\-]{0,2} [0-9] ){6,14} (?![0-9:])
        | (?<![\w.-]) (?: \([0-9]{3}\)[ ]? | [0-9]{3}[-. ] ) [0-9]{3}[-. ][0-9]{4} (?![\w-]) )
    | (?P<ip> (?<![\w.:]) (?<![A-Za-z]/) [0-9]{1,3} (?: \. [0-9]{1,3} ){3} (?![\w.]*[0-9])
        | (?<![\w:.]) (?=[0-9a-fA-F:]*[0-9]) (?: [0-9a-fA-F]{0,4} : ){2,7} [0-9a-fA-F]{0,4} (?![\w:]) )
    """,
    re.VERBOSE,
)
# Every match of _SHAPES contains one of these. Most text of a document contains none, and this check takes a
# fifth of the time.
_HINT: Final = re.compile(
    r"""
    @ | [?&;]\w+= | Bearer | Basic | eyJ | (?:shp[a-z]{1,3}|atkn|prtapi)_ | [\w+]{32}
    | \+[0-9][0-9 ().\-]{2} | \([0-9]{3}\) | [0-9]{3}[-. ][0-9]{3}[-. ]
    | [0-9]\.[0-9]{1,3}\.[0-9] | :: | (?::[0-9a-fA-F]{1,4}){3}:
    """,
    re.VERBOSE,
)

# The kind of personal data in each group of _SHAPES. A signature, the 32 bytes of a SHA-256 in base64, says
# nothing without the secret, and is what readers look for.
_KINDS: Final = {
    "signature": Personal.TOKEN,
    "login": Personal.TOKEN,
    "query": Personal.TOKEN,
    "credentials": Personal.TOKEN,
    "token": Personal.TOKEN,
    "email": Personal.EMAIL,
    "phone": Personal.PHONE,
    "ip": Personal.IP,
}

Replace = Callable[[Personal, str], str]


class Edit(NamedTuple):
    """A part of a text, from `start` to `end`, and the text that replaces it."""

    start: int
    end: int
    text: str


def edits(text: str, replace: Replace) -> Iterator[Edit]:
    """Yield an edit for every match, in order. Loopback addresses and signatures stay."""
    if not _HINT.search(text):
        return
    for found in _SHAPES.finditer(text):
        name = next(name for name in _KINDS if found[name] is not None)
        value = found[name]
        if name == "signature" or (name == "ip" and not _leads_somewhere(value)):
            continue
        yield Edit(*found.span(name), replace(_KINDS[name], value))


def merged(found: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return edits in order, none within another: where some overlap the longest is made for all of them.

    Of equally long ones the first is made.
    """
    made: list[Edit] = []
    longest = 0
    for edit in sorted(found, key=lambda each: (each.start, each.start - each.end)):
        length = edit.end - edit.start
        if not made or edit.start >= made[-1].end:
            made.append(edit)
            longest = length
            continue
        start, end, text = made[-1]
        made[-1] = Edit(start, max(end, edit.end), edit.text if length > longest else text)
        longest = max(longest, length)
    return tuple(made)


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return `text` with every edit made."""
    pieces = []
    end = 0
    for edit in edits:
        pieces += [text[end : edit.start], edit.text]
        end = edit.end
    return "".join([*pieces, text[end:]]) if pieces else text


def _leads_somewhere(text: str) -> bool:
    """Return whether `text` is an IP address of another machine."""
    try:
        address = IPv6Address(text) if ":" in text else IPv4Address(text)
    except AddressValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)
