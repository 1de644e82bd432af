"""Makes pseudonyms: values of the same kind that belong to nobody, the same for the same value.

A pseudonym is derived from the value and a key, so that nobody can test which value it stands for without the
key. Different values have different pseudonyms: each kind has so many that among those of 10,000 people the
chance of two equal ones is below 1 in 1,000. The ranges reserved for documentation are too small for that
(768 IPv4 addresses, the 100 telephone numbers 555-01xx), so IPv4 addresses become IPv6 addresses, and
telephone numbers have an unassigned country code.
"""

import re
from decimal import Decimal
from hashlib import blake2b, shake_256
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

from devhook.analysis.comparison import MORE
from devhook.privacy.personal import Personal

# A recognisable pseudonym is left as it is, so that masking twice equals masking once; so is one whose end an
# output has cut off.
_EMAIL: Final = re.compile(r"[a-z]+\.[a-z]+@masked\.e(?:x(?:a(?:m(?:p(?:le?)?)?)?)?)?")
_PHONE: Final = re.compile(r"\+999[0-9]{4,12}")
_TOKEN: Final = re.compile(r"(?:[a-z]+_)?masked[0-9a-f]{0,12}")
_LINK: Final = re.compile(r"https?://[^/?#@\s]+/masked[0-9a-f]{12}")

_WORD: Final = re.compile(r"\S+")
_ORIGIN: Final = re.compile(r"(https?://)(?:[^/?#\s]*@)?([^/?#\s]+)", re.IGNORECASE)
_QUERY: Final = re.compile(r"[?#]")
_PREFIX: Final = re.compile(r"(?:shp[a-z]{1,3}|atkn|prtapi)_")

_CONSONANTS: Final = "bcdfghjklmnprstvwyz"
_VOWELS: Final = "aeiou"
_SYLLABLES: Final = [consonant + vowel for consonant in _CONSONANTS for vowel in _VOWELS]
_CODAS: Final = (
    *("", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z"),
    *("ft", "ld", "lm", "ln", "lt", "nd", "nk", "ns", "nt", "rd", "rk", "rn", "rs", "rt", "st", "th"),
)
_SYLLABLES_OF_A_WORD: Final = 5
_OF_TWO: Final = 3  # syllables of each of two words
# The first word of a text makes it distinct, also where it is the only one.
_SYLLABLES_AT_LEAST: Final = 6
_SYLLABLE_WIDTH: Final = 2

# Addresses for documentation (RFC 3849). 48 bits of one tell a hundred million visitors apart.
_IPV6: Final = IPv6Network("2001:db8::/32")

_ADDRESS_BITS: Final = 48
# A coordinate lies within these degrees, north or south, and has so many decimals.
_DEGREES: Final = 80
_DECIMALS: Final = 12
# Of an integer: a coordinate in units of the seventh decimal.
_UNITS: Final = 7

_ALPHABETS: Final = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LONGEST_SERIAL: Final = 32
_ROUNDS: Final = 3


class Pseudonyms:
    """Makes pseudonyms with one key."""

    def __init__(self, key: bytes) -> None:
        self._key = blake2b(key, digest_size=32).digest()
        self._makers = {
            Personal.CITY: lambda text: self._word("city", text),
            Personal.COMPANY: self._company,
            Personal.COORDINATE: lambda text: str(self._coordinate(text)),
            Personal.EMAIL: self._email,
            Personal.IP: self._ip,
            Personal.LINK: self._link,
            Personal.NAME: self._name,
            Personal.PHONE: self._phone,
            Personal.SERIAL: self._serial,
            Personal.STREET: self._street,
            Personal.TAGS: self._tags,
            Personal.TEXT: self._prose,
            Personal.TOKEN: self._token,
            Personal.VISIT: self._visit,
        }

    def of(self, kind: Personal, text: str) -> str:
        """Return the pseudonym of `text`; blank text stays, and so does the mark of what is not listed."""
        return self._makers[kind](text) if text.strip() and text != MORE else text

    def of_number(self, kind: Personal, number: int | Decimal) -> int | Decimal:
        """Return the pseudonym of a number; an id among the fields of a person stays."""
        if kind is Personal.COORDINATE:
            moved = self._coordinate(str(number))
            return moved if isinstance(number, Decimal) else int(moved.scaleb(_UNITS))
        if kind not in {Personal.PHONE, Personal.SERIAL}:
            return number
        digits = int(f"999{self._digits(str(number))}")
        return digits if isinstance(number, int) else Decimal(f"{digits}.0")

    def _hash(self, domain: str, text: str) -> bytes:
        return blake2b(
            text.encode("utf-8", "surrogatepass"), key=self._key, person=domain.encode(), digest_size=32
        ).digest()

    def _number(self, domain: str, text: str) -> int:
        return int.from_bytes(self._hash(domain, text)[:16], "big")

    def _digits(self, text: str) -> str:
        return f"{self._number('digits', text) % 10**12:012d}"

    def _word(self, domain: str, text: str, syllables: int = _SYLLABLES_OF_A_WORD) -> str:
        """Return a pronounceable word without meaning; with five syllables one of 200,000 million."""
        number, coda = divmod(self._number(domain, text), len(_CODAS))
        word = ""
        for _ in range(syllables):
            number, syllable = divmod(number, len(_SYLLABLES))
            word += _SYLLABLES[syllable]
        return word.capitalize() + _CODAS[coda]

    def _name(self, text: str) -> str:
        """Replace word by word, so that a full name consists of the pseudonyms of its parts."""
        return _WORD.sub(lambda word: self._word("name", word[0]), text)

    def _tags(self, text: str) -> str:
        return ", ".join(self._word("tag", tag) if tag.strip() else tag for tag in text.split(", "))

    def _company(self, text: str) -> str:
        return f"{self._word('company', text, _OF_TWO)} & {self._word('partner', text, _OF_TWO)}"

    def _street(self, text: str) -> str:
        return f"{self._number('house', text) % 199 + 1} {self._word('street', text)} Street"

    def _email(self, text: str) -> str:
        if _EMAIL.fullmatch(text):
            return text
        names = f"{self._word('mailbox', text, _OF_TWO)}.{self._word('mail', text, _OF_TWO)}"
        return f"{names.lower()}@masked.example"

    def _phone(self, text: str) -> str:
        """Return a number with the country code 999, which no country has (E.164)."""
        return text if _PHONE.fullmatch(text) else f"+999{self._digits(text)}"

    def _ip(self, text: str) -> str:
        try:
            address = ip_address(text)
        except ValueError:
            return self._token(text)
        if address in _IPV6:
            return text
        return str(IPv6Address(int(_IPV6.network_address) + self._number("ip", text) % 2**_ADDRESS_BITS))

    def _token(self, text: str) -> str:
        if _TOKEN.fullmatch(text):
            return text
        prefix = _PREFIX.match(text)
        return (prefix[0] if prefix else "") + self._blank(text)

    def _blank(self, text: str) -> str:
        return f"masked{self._hash('token', text).hex()[:12]}"

    def _link(self, text: str) -> str:
        """Keep the origin of a link; replace its path, which may grant access."""
        if _LINK.fullmatch(text):
            return text
        origin = _ORIGIN.match(text)
        return f"{origin[1]}{origin[2]}/{self._blank(text)}" if origin else self._token(text)

    def _visit(self, text: str) -> str:
        """Keep the page of a visit; replace its query, which may identify the visitor."""
        query = _QUERY.search(text)
        return text[: query.end()] + self.of(Personal.TOKEN, text[query.end() :]) if query else text

    def _coordinate(self, text: str) -> Decimal:
        most = _DEGREES * 10**_DECIMALS
        return Decimal(self._number("coordinate", text) % (2 * most) - most).scaleb(-_DECIMALS)

    def _prose(self, text: str) -> str:
        """Return text of similar length with the same white space; each word depends on the whole text."""
        words = _WORD.findall(text)
        lengths = [max(1, min(len(word), 24) // _SYLLABLE_WIDTH) for word in words]
        lengths[0] = max(_SYLLABLES_AT_LEAST, lengths[0])
        stream = iter(shake_256(self._hash("prose", text)).digest(sum(lengths)))
        made = (
            "".join(_SYLLABLES[next(stream) % len(_SYLLABLES)] for _ in range(length)) for length in lengths
        )
        return _WORD.sub(lambda word: _cased_like(word[0], next(made)), text)

    def _serial(self, text: str) -> str:
        """Replace digits by digits and letters by letters, one to one (see `_permuted`)."""
        places = [place for place, character in enumerate(text) if character.isalnum()]
        plain = places and len(text) <= _LONGEST_SERIAL and all(text[place].isascii() for place in places)
        return self._permuted(text, places) if plain else self._token(text)

    def _permuted(self, text: str, places: list[int]) -> str:
        """Apply a permutation of all texts of this shape that has no fixed point.

        Each step shifts one character by an amount derived from all the others, so it can be undone. Shifting
        forward, moving one character by one, and shifting back never yields the original text.
        """
        characters = list(text)
        steps = [(number, place) for number in range(_ROUNDS) for place in places]
        for step in steps:
            self._turn(characters, step, 1)
        last = places[-1]
        characters[last] = _moved(characters[last], 1)
        for step in reversed(steps):
            self._turn(characters, step, -1)
        return "".join(characters)

    def _turn(self, characters: list[str], step: tuple[int, int], direction: int) -> None:
        number, place = step
        others = "".join(characters[:place]) + f"\0{number}\0" + "".join(characters[place + 1 :])
        characters[place] = _moved(characters[place], direction * self._number("serial", others))


def _moved(character: str, by: int) -> str:
    alphabet = next(alphabet for alphabet in _ALPHABETS if character in alphabet)
    return alphabet[(alphabet.index(character) + by) % len(alphabet)]


def _cased_like(word: str, made: str) -> str:
    return made.capitalize() if word[:1].isupper() else made
