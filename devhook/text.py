"""Text for people: untrusted text made visible, sizes, durations, plurals, lists, nearest words.

Anybody who finds the public address can send text to the screen. A raw `ESC ]52` writes the clipboard and
`ESC ]0` the window's title; a bidi control reverses a line, a zero-width character hides a difference, a
newline forges a row. Text from outside is printed through `visible` only, and is never parsed as markup.

Every start loads this module. difflib, which few need, would take a tenth of the time of `devhook --help`.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from math import inf
from typing import Final

_PICTURES: Final = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}

# Cc: controls. Cf: format characters (bidi, zero-width, tags, soft hyphen, byte order mark). Cs: half
# surrogates, which UTF-8 cannot encode. Co, Cn: private and unassigned characters, whose width is unknown.
# Zl, Zp: line ends.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# More combining marks than this on one character cover the lines above it ("zalgo").
_MARKS_ALLOWED: Final = 3
# Characters that every font draws blank, whatever their category: Hangul fillers, the Braille blank.
_BLANK: Final = "\u115f\u1160\u2800\u3164\uffa0"
# What a printable text may contain that is not shown as it is: a blank, or more marks than are allowed. A
# mark is no character of a word. The pattern finds them all, and other characters beside them.
_SUSPECT: Final = re.compile(rf"[{_BLANK}]|[^\w\x00-\x7f]{{{_MARKS_ALLOWED + 1}}}")

# Cyrillic and Greek letters that have the form of a Latin one.
_LOOKALIKES: Final = str.maketrans(
    "аеорсухіјѕԁԛԝАВЕКМНОРСТУХІЈЅοΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",  # noqa: RUF001 - the look-alikes are the data
    "aeopcyxijsdqwABEKMHOPCTYXIJSoABEZHIKMNOPTYX",
)
# Characters of the longest texts that are aligned; the time grows with the square.
_ALIGNED: Final = 120

# A unit, its seconds, the larger unit that is printed before it, how many of the unit equal the larger one,
# and the seconds from which both are too small.
_UNITS: Final = (
    ("s", 1, "min", 60, 3_600),
    ("min", 60, "h", 60, 86_400),
    ("h", 3_600, "d", 24, inf),
)
# Seconds from which a time rounds to the next form: 1 ms, 1 s, 10 s.
_MILLISECOND: Final = 0.000_999_5
_SECOND: Final = 0.999_5
_TEN_SECONDS: Final = 9.95
_KIB: Final = 1024


def visible(text: str) -> str:
    """Return `text` with every control, bidi, zero-width and unassigned character replaced by a visible one.

    Controls become their pictures (`␛`, `␊`), the others their code (`‹U+202E›`). Printable text, accents and
    emoji of one code point are returned as they are. No character of the result moves the cursor.
    """
    # No character of the hidden categories is printable. 8,000 characters with one accent take 0.1 ms, a look
    # at each of them 1.1 ms.
    if text.isprintable() and (text.isascii() or not _SUSPECT.search(text)):
        return text
    shown = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if category in _HIDDEN or character in _BLANK or marks > _MARKS_ALLOWED:
            code = ord(character)
            shown.append(_PICTURES.get(code) or f"‹U+{code:04X}›")
        else:
            shown.append(character)
    return "".join(shown)


def told_apart(one: str, other: str) -> tuple[str, str]:
    """Return both texts with every character spelled that hides where they differ: `a‹U+00A0›b` and `a b`.

    Those are blanks that are no spaces, combining marks, and characters that look like the other text's: an
    `a` of another script, or an `é` that is one character here and two there. What `visible` shows stays.
    """
    if one == other or (one.isascii() and other.isascii()):
        return one, other
    start = in_common(one, other)
    end = in_common(one[start:][::-1], other[start:][::-1])
    ends = (len(one) - end, len(other) - end)
    differing = [(one[start : ends[0]], other[start : ends[1]])]
    same = [one[:start], one[ends[0] :]]
    if max(map(len, differing[0])) <= _ALIGNED:
        same, differing = _aligned(one, other)
    spelled = [_spelled_apart(*pair) for pair in differing]
    told = []
    for side in (0, 1):
        pieces = [same[0]]
        for pair, after in zip(spelled, same[1:], strict=True):
            pieces += [pair[side], after]
        told.append("".join(pieces))
    return told[0], told[1]


def in_common(one: str, other: str) -> int:
    """Return how many characters two texts begin with in common."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def changed_lines(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """Return the lines that two texts do not share: `- before`, `+ after`."""
    told = []
    import difflib  # noqa: PLC0415 - see the docstring of this module

    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if kind != "equal":
            told += [f"- {line}" for line in old[old_start:old_end]]
            told += [f"+ {line}" for line in new[new_start:new_end]]
    return told


def _aligned(one: str, other: str) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the pieces that two texts share, and what differs between each two of them."""
    same, differing, at_one, at_other = [""], [], 0, 0
    import difflib  # noqa: PLC0415 - see the docstring of this module

    for block in difflib.SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks():
        differing.append((one[at_one : block.a], other[at_other : block.b]))
        at_one, at_other = block.a + block.size, block.b + block.size
        same.append(one[block.a : at_one])
    return same, differing


def _spelled_apart(one: str, other: str) -> tuple[str, str]:
    alike = one != other and _looks(one) == _looks(other)

    def spelled(text: str) -> str:
        return "".join(
            f"‹U+{ord(each):04X}›" if not each.isascii() and (alike or _hides(each)) else each
            for each in text
        )

    return spelled(one), spelled(other)


def _looks(text: str) -> str:
    """Return what a text looks like: texts with equal looks cannot be told apart on a screen."""
    return unicodedata.normalize("NFKC", text).translate(_LOOKALIKES)


def _hides(character: str) -> bool:
    return unicodedata.category(character) in {"Zs", "Mn", "Mc", "Me"}


def duration(seconds: float) -> str:
    """Return a rounded time in one or two units: `340 µs`, `41 ms`, `2.8 s`, `56 s`, `1 min 53 s`, `2 d 4 h`.

    A time from one to ten seconds has one decimal, unless it is 0: `5 s`. A negative time is `0 s`; it occurs
    when the clock is set back.
    """
    if seconds < _MILLISECOND:
        microseconds = round(seconds * 1_000_000)
        return f"{microseconds} µs" if microseconds > 0 else "0 s"
    if seconds < _SECOND:
        return f"{round(seconds * 1_000)} ms"
    if seconds < _TEN_SECONDS:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    unit, of_unit, larger, many, _ = next(
        each for each in _UNITS if round(seconds / each[1]) * each[1] < each[-1]
    )
    whole, rest = divmod(round(seconds / of_unit), many)
    return " ".join(f"{count:,} {name}" for count, name in ((whole, larger), (rest, unit)) if count)


def byte_size(count: int) -> str:
    """Return a number of bytes, rounded: `1 byte`, `812 bytes`, `2.5 MiB`, `1 GiB`. A KiB is 1024 bytes."""
    if count < _KIB:
        return counted(count, "byte")
    amount, unit = round(count / _KIB, 1), "KiB"
    for larger in ("MiB", "GiB", "TiB"):
        if amount < _KIB:
            break
        amount, unit = round(amount / _KIB, 1), larger
    return f"{amount:,.1f}".removesuffix(".0") + f" {unit}"


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: `1 delivery`, `2 deliveries`, `1,200 subscriptions`, `0 changes`."""
    return f"{count:,} {noun if count == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """Return the regular plural of a noun: `change`, `changes`; `delivery`, `deliveries`; `day`, `days`."""
    if noun.endswith("y") and noun[-2:-1] not in set("aeiou"):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("ss", "x", "ch", "sh")) else f"{noun}s"


def singular(noun: str) -> str:
    """Return the singular of a regular plural: `items`, `item`; `duties`, `duty`; `taxes`, `tax`."""
    if noun.endswith("ies"):
        return f"{noun[:-3]}y"
    if noun.endswith(("sses", "xes", "ches", "shes")):
        return noun[:-2]
    return noun if noun.endswith("ss") else noun.removesuffix("s")


def listed(words: Sequence[str], conjunction: str = "or") -> str:
    """Return words as a list in a sentence: `a`, `a or b`, `a, b or c`; empty for none."""
    *others, last = words or [""]
    return f"{', '.join(others)} {conjunction} {last}" if others else last


def nearest(word: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return up to `count` of the `known` words that are most similar to `word`, the most similar first.

    Case and punctuation are ignored. A word that differs in nothing else is the only result: `orders/paid`
    for `Orders.Paid`. If no word is similar, the result is the words that contain it: `total_price` for
    `price`.
    """
    spelled: dict[str, str] = {}
    for each in known:
        spelled.setdefault(_folded(each), each)
    wanted = _folded(word)
    if wanted in spelled:
        return [spelled[wanted]]
    import difflib  # noqa: PLC0415 - see the docstring of this module

    close = difflib.get_close_matches(wanted, spelled, count)
    close = close or [each for each in spelled if wanted and wanted in each][:count]
    return [spelled[each] for each in close]


def did_you_mean(words: Sequence[str]) -> str:
    """Return a question with the nearest words: `Did you mean first or late?`; empty for none."""
    return f"Did you mean {listed(words)}?" if words else ""


def _folded(word: str) -> str:
    return re.sub(r"[\W_]+", "_", word.casefold()).strip("_") or word
