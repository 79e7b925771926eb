"""Titles as something to recognise an article by: how two compare, what marks a text about a text, where to look. Pure.

A title is compared by its letters alone (no case, diacritics, spaces, "and" or "&"), because that is what survives on the
way from one source to another. It is looked for under several numbers (`blocks`), so that one survives when a subtitle is
lost, the end is cut off, or letters are damaged.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from typing import Literal, NamedTuple

import msgspec

from harvester.normal import title_key

# Titles that name a kind of text rather than a text: alike in thousands of works, so they are no evidence at all.
FREQUENT_TITLES = frozenset(
    (  # noqa: SIM905  # a list of strings would be sixty lines
        "abstract | abstracts | abstracts of papers | acknowledgement | acknowledgements | acknowledgment | "
        "acknowledgments | actualites | addendum | agradecimientos | announcement | announcements | annual meeting "
        "abstracts | annual report | appendix | apresentacao | author index | author reply | author response | "
        "author s reply | author s response | authors reply | authors response | autorenverzeichnis | avant propos "
        "| back matter | backmatter | berichte | berichtigung | besprechungen | bibliographie | bibliography | "
        "boekbespreking | boekbesprekingen | bokanmeldelser | book notes | book review | book reviews | books "
        "received | briefly noted | buchbesprechung | buchbesprechungen | calendar | call for papers | carta al "
        "director | carta al editor | carta ao editor | cartas al director | cartas al editor | case report | case "
        "reports | chronicle | clinical update | comment | commentary | comments | compte rendu | comptes rendus | "
        "conclusion | conclusions | conclusions generales | conference report | contents | contributors | "
        "correction | corrections | correspondance | correspondence | corrigenda | corrigendum | discussion | "
        "editor s choice | editor s introduction | editor s note | editorial | editorial board | editorial comment "
        "| editorial note | editorial zum heft | editoriale | editoriales | editorials | editoriaux | editors "
        "introduction | einfuhrung | einfuhrung in das themenheft | einleitung | epilogue | errata | errata "
        "corrige | errata corrigenda | erratas | erratum | expression of concern | fe de erratas | foreword | "
        "forord | forthcoming events | from the editor | from the editor in chief | from the editors | front "
        "matter | frontmatter | geleitwort | general discussion | glossary | guest editorial | in brief | in "
        "memoriam | in reply | in this issue | index | index des auteurs | indice | indice general | inhalt | "
        "inhaltsverzeichnis | inledning | inleiding | innledning | instructions for authors | introducao | "
        "introduccion | introduction | introduction to the special issue | introductory remarks | introduzione | "
        "invited commentary | issue information | journal club | keynote lectures | late breaking abstracts | "
        "ledare | leder | leserbrief | leserbriefe | letter | letter from the editor | letter to the editor | "
        "letters | letters to the editor | list of contributors | list of reviewers | liste des contributeurs | "
        "literatur | literature review | livres recus | masthead | meeting abstracts | meeting report | message "
        "from the president | mitteilungen | nachrichten | nachruf | new books | news | news and notes | nota "
        "editorial | note | notes | notes and news | notes on contributors | notes on the contributors | noticias "
        "| notiziario | nouvelles | obituary | onsoz | oral abstracts | oral presentations | oral sessions | our "
        "reviewers | overview | palabras preliminares | perspective | perspectives | plenary sessions | poster "
        "abstracts | poster presentations | poster session | poster sessions | posters | predgovor | preface | "
        "prefacio | prefazione | premessa | presentacion | presentation | presentation du numero | prologo | "
        "prologue | publications received | publisher s note | questions and answers | reader s letter | "
        "recensione | recensioni | recensions | recent publications | recenze | recenzja | recenzje | redactioneel "
        "| references | reply | reply to the editor | resena | resena bibliografica | resenas | resenas "
        "bibliograficas | resenha | resenhas | response | response to the letter to the editor | resumenes | "
        "resumos | retraction | retraction note | review | review article | review essay | reviewers | reviews | "
        "rezension | rezensionen | scientific abstracts | short notices | sommaire | sommario | speaker abstracts "
        "| speakers abstracts | special issue | subject index | sumario | sumario do numero | sunus | "
        "supplementary material | symposium | table des matieres | table of contents | tagungsbericht | the "
        "authors reply | title page | untitled | uvod | voorwoord | vorbemerkung | vorwort | welcome | wstep | zu "
        "diesem heft | zusammenfassung | введение | вступ | вступление | от редактора | от редакции | передмова | "
        "предисловие | рецензии | рецензия | содержание | хроника | 书评 | 前言 | 巻頭言 | 編集後記 | 编者按"
    ).split(" | ")
)

_SUBTITLE = re.compile(r"[:;?!.]\s|\s[-\u2010-\u2015]+\s|\s?[\u2013\u2014]\s?|[\uff1a\uff1f]|\s[(\[/|]")
_LEADING = re.compile(r"(?:the|an?|retracted article|retracted|withdrawn) ")
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
_AND = re.compile(r"\band\b")

# What makes a title the title of a text about another one: at its beginning, or at its end.
_NOTICE = re.compile(
    r"^(?:(?:author|publisher|editorial|the|a|an|in|invited|guest|book|short|brief|expert|reviewer|editor)s?(?: s)? )*(?:"
    r"(?P<erratum>erratum|errata|corrigend\w+|corrections?|addend\w+|berichtigung|rectificatif|correccion|fe de erratas)\b"
    r"|(?P<retraction>retractions?|withdrawal|expression of concern)\b"
    r"|(?P<reply>re|reply|replies|respon[sd]\w*|rejoinder|antwort|erwiderung|reponse|respuesta)\b"
    r"|(?P<comment>comments?|commentary|discussion|remarks? on|kommentar|commentaire|comentario)\b"
    r"|(?P<review>reviews? (?:of|essay)|reviewed work|book reviews?|rezension|buchbesprechung|compte rendu|recension|resena|"
    r"resenha|recensione)\b"
    r"|(?P<editorial>editorials?|foreword|preface|introduction to|vorwort|einleitung|editor s)\b"
    r"|(?P<data>data (?:from|for|set|sets)|datasets?|replication data|supplement\w*|supporting information|appendix)\b"
    r"|(?P<summary>abstract|poster|presentation|summary of|letter|obituary|in memoriam|highlights)\b"
    r")"
    r"|(?P<reply_end>\b(?:(?:an?|authors?|s) (?:reply|rejoinder|response)|and (?:reply|rejoinder)))(?: to(?: \w+){0,4})?$"
    r"|(?P<comment_end>\b(?:a|an|and|invited|critical|editorial) (?:comment|commentary|discussion))(?: (?:on|to)(?: \w+){0,4})?$"
    r"|(?P<erratum_end>\b(?:erratum|corrigendum|correction))$"
)
_PROTOCOL = re.compile(r"\b(?:protocol|rationale and design|design and rationale|study design)\b")

_NUMBER = re.compile(
    r"\d+|\b(?:ii|iii|iv|vi|vii|viii|ix|xi|xii|xiii|xiv|xv)\b"
    r"|\b(?:part|teil|partie|parte|deel|del|vol|volume|band|tome|tomo|phase|chapter|series|section|paper|study|number|no|nr) "
    r"(?:[a-z]|one|two|three|four|five|six|seven|eight|nine|ten)\b"
    r"|\b(?:first|second|third|fourth|fifth) part\b|\b[ivx]$"
)
_PART = r"(?:part|teil|partie|parte|deel|del|vol|volume|band|tome|tomo|chapter|section)"
_SERIAL = re.compile(rf"(?:{_PART}|[ivx]+)\b")
_COUNTED = re.compile(r"\d+|[ivx]+")
_SERIAL_END = re.compile(rf"\b(?:{_PART} \w+|ii|iii|iv)$")

MAX_MARKS = 8  # marks of a title looked at for the beginning of a subtitle
EDGE = 30  # letters of a title's beginning and of its end that are looked for on their own
MIN_PLAIN = 0.75  # share of letters in ASCII below which the others cannot be left out in comparing
LONG_BEGINNING = 40  # letters of a title's beginning that are as telling as all of it
MIN_BEGINNING = 12  # letters that a title must have to be the beginning of a longer one


class Letters(NamedTuple):
    """A title's key, its letters without spaces, and of these the ones that are ASCII as written and before a subtitle."""

    key: str
    letters: str
    plain: str
    main: str | None


class Title(msgspec.Struct, frozen=True):
    """A title taken apart, for comparing; the first four as in Letters."""

    key: str
    letters: str
    plain: str
    main: str | None
    marks: frozenset[str]  # what makes it a text about a text: reply, erratum, review ...
    numbers: tuple[str, ...]
    words: int


def _letters(key: str) -> str:
    if match := _LEADING.match(key):
        key = key[match.end() :]
    if "and" in key:
        key = _AND.sub("", key)
    return key.removesuffix(" an").replace(" ", "")  # "an" ends a title only where "and" was cut


@lru_cache(maxsize=1 << 14)
def title(raw: str) -> Title | None:
    """A title taken apart; None where it has no letters.

    >>> title("The harbours & the sea: A reply to Kai").letters, title("Harbours and sea. Part II: storms").main
    ('harbourstheseaareplytokai', 'harbourssea')
    """
    found = _taken_apart(raw)
    if found is None:
        return None
    return Title(*found, marks(found.key), numbers(found.key), found.key.count(" ") + 1)


def _taken_apart(raw: str) -> Letters | None:
    key = title_key(raw)
    if key is None:
        return None
    letters = _letters(key)
    return Letters(key, letters, _plain(raw, letters), _main(raw, letters))


def _plain(raw: str, letters: str) -> str:
    """The letters that no source can have lost on the way: whatever is not ASCII left out, not folded."""
    if raw.isascii() and "?" not in raw:
        return letters
    plain = _letters(_NOT_PLAIN.sub(" ", "".join(c for c in raw.lower() if c.isascii() and c != "?")).strip())
    return plain if len(plain) >= max(MIN_BEGINNING, MIN_PLAIN * len(letters)) else letters


def _main(raw: str, letters: str) -> str | None:
    """The letters before the first mark that can begin a subtitle; None where too little stands before or after it."""
    for mark in islice(_SUBTITLE.finditer(raw), MAX_MARKS):
        key = title_key(raw[: mark.start()])
        if key is None or len(key) < 4 or key in FREQUENT_TITLES:
            continue
        main = _letters(key)
        return main if main and main != letters else None
    return None


def marks(key: str) -> frozenset[str]:
    """What a title says that it is in relation to another text.

    >>> sorted(marks("reply to kai")), sorted(marks("harbours a reply to kai")), sorted(marks("harbours at night"))
    (['reply'], ['reply'], [])
    >>> sorted(marks("book review the harbour")), sorted(marks("harbours study protocol")), sorted(marks("author correction x"))
    (['review'], ['protocol'], ['erratum'])
    """
    found = _NOTICE.search(key)
    kinds = {found.lastgroup.removesuffix("_end")} if found and found.lastgroup else set()
    if _PROTOCOL.search(key):
        kinds.add("protocol")
    return frozenset(kinds)


def numbers(key: str) -> tuple[str, ...]:
    """The numbers of a title, which tell one part or year of a series from another.

    >>> numbers("harbours of 2019 part b"), numbers("harbours ii"), numbers("type i and vitamin d")
    (('2019', 'part b'), ('ii',), ())
    """
    return tuple(_NUMBER.findall(key))


def telling(key: str | None) -> bool:
    """Whether a title key tells one article from others at all: that of a kind of text does not."""
    return bool(key) and key not in FREQUENT_TITLES


Likeness = Literal["same", "damaged", "subtitle", "cut", "letters", "number", "notice", "other"]


def compare(one: Title, other: Title) -> Likeness:
    """How two titles compare.

    same      letter for letter
    damaged   but for letters outside ASCII that one of them has lost
    subtitle  but for a subtitle that one of them lacks, or for what stands before it
    cut       one goes on where the other ends
    letters   alike, but for single letters in long words: slips, or nitrate and nitrite
    number    alike, but of another part, year or size
    notice    alike, but one is a text about the other: a reply, an erratum, a protocol
    other     another title
    """
    if one.letters == other.letters:
        return "same" if one.marks == other.marks else "notice"
    found = _near(one, other)
    if found == "other":
        return found
    if one.marks != other.marks:
        return "notice"
    short, long = _by_length(one, other)
    begins = found in {"subtitle", "cut"} and not long.letters.endswith(short.letters)
    apart = _goes_on_as_another(short, long) if begins else one.numbers != other.numbers
    return "number" if apart else found


def _by_length(one: Title, other: Title) -> tuple[Title, Title]:
    swapped = (len(one.letters), one.letters) > (len(other.letters), other.letters)
    return (other, one) if swapped else (one, other)


def _goes_on_as_another(short: Title, long: Title) -> bool:
    """Whether a title that begins as another one does goes on as another part of a series, or with another number."""
    cut, rest = _rest(long.key, len(long.letters) - len(short.letters))
    if cut:  # in the middle of a word: "Part I" and "Part II", "9" and "91", but hardly "19" and "1989"
        return bool(_COUNTED.fullmatch(cut)) and not (len(cut) == 4 and len(short.letters) >= LONG_BEGINNING)
    if _SERIAL.match(rest) or _SERIAL_END.search(rest):
        return True
    number, _, more = rest.partition(" ")
    if not number.isdigit():
        return False
    numbered = short.letters + number  # "Gulls 2: nests", but not "Gulls aged 2 years"
    return not more or long.main in {short.letters, numbered} or len(short.letters) < LONG_BEGINNING


def _rest(key: str, letters: int) -> tuple[str, str]:
    """The last words of a key that have so many letters, and before them the word that is cut by that, if one is.

    >>> _rest("harbours and sea part two", 7), _rest("harbours and sea part two", 5)
    (('', 'part two'), ('part', 'two'))
    """
    words = key.split()
    for place in range(len(words) - 1, -1, -1):
        letters -= len(words[place]) if words[place] != "and" else 0
        if letters <= 0:
            return ("", " ".join(words[place:])) if letters == 0 else (words[place], " ".join(words[place + 1 :]))
    return "", key


def _near(one: Title, other: Title) -> Likeness:
    short, long = _by_length(one, other)
    lost = one.plain == one.letters or other.plain == other.letters  # two that have them differ in them, as α and β
    if lost and one.plain == other.plain:
        return "damaged"
    if short.key.endswith(" a") and len(short.letters) > EDGE:  # "and" cut to "a"
        short = msgspec.structs.replace(short, letters=short.letters[:-1])
    begins = long.letters.startswith(short.letters) or (lost and long.plain.startswith(short.plain))
    if begins and len(short.letters) >= MIN_BEGINNING:
        if long.main and len(long.main) == len(short.letters):
            return "subtitle"
        cut, _ = _rest(long.key, len(long.letters) - len(short.letters))
        return "other" if cut and not _COUNTED.fullmatch(cut) and len(short.letters) < EDGE else "cut"
    if long.main and (long.main == short.letters or long.letters == long.main + short.letters):
        return "subtitle"
    return "letters" if _misspelt(one.key, other.key) else "other"


def _misspelt(one: str, other: str) -> bool:
    """Whether up to two long words differ, each by one letter."""
    a, b = one.split(), other.split()
    if len(a) != len(b) or len(a) < 4:
        return False
    pairs = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
    return len(pairs) <= 2 and all(min(len(x), len(y)) >= 6 and _one_letter(x, y) for x, y in pairs)


def _one_letter(one: str, other: str) -> bool:
    """Whether a letter was changed, lost or added.

    >>> _one_letter("harbour", "harbor"), _one_letter("harbour", "harbous"), _one_letter("hypotension", "hypertension")
    (True, True, False)
    """
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    return any(one[start + a :] == other[start + b :] for a, b in ((1, 1), (0, 1), (1, 0)))


# --- where to look ---


def _number(kind: bytes, letters: str) -> int:
    return int.from_bytes(blake2b(kind + letters.encode(), digest_size=6).digest())


def blocks(raw: str | None) -> tuple[int, ...]:
    """The numbers (48 bits) under which a title is kept: of all its letters, of those before a subtitle, of its two ends.

    >>> len(blocks("Leaving the harbour: states that part with their clubs")), blocks("Editorial"), blocks(None)
    (4, (), ())
    """
    kept, _ = _blocks(raw)
    return kept


def sought(raw: str | None) -> tuple[int, ...]:
    """The numbers under which a work with this title may be kept: also as one whose subtitle one of the two lacks."""
    kept, more = _blocks(raw)
    return (*kept, *more)


@lru_cache(maxsize=1 << 13)
def _blocks(raw: str | None) -> tuple[tuple[int, ...], tuple[int, ...]]:
    found = _taken_apart(raw) if raw else None
    if found is None or not telling(found.key):
        return (), ()
    _, letters, plain, main = found
    kept = [_number(b"w", letters)]
    if plain != letters:
        kept.append(_number(b"w", plain))
    if main:
        kept.append(_number(b"m", main))
    if len(letters) >= EDGE:
        kept += [_number(b"f", letters[:EDGE]), _number(b"l", letters[-EDGE:])]
    return tuple(kept), (_number(b"m", letters), *((_number(b"w", main),) if main else ()))
