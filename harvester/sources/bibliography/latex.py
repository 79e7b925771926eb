r"""LaTeX as it stands in BibTeX fields, as plain text: one pass over its tokens, no recursion, time in step with length.

The names of signs (`\alpha`, `\textendash`) are pylatexenc's. Its own converter is left aside: it recurses at every
brace (400 of them end in a RecursionError), fails with an IndexError on `\href{a}{b}`, leaves "H_2O" of `H$_2$O`, and
takes some fifty times as long.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable

_MARKS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308", "H": "\u030b", "c": "\u0327",
    "k": "\u0328", "=": "\u0304", ".": "\u0307", "d": "\u0323", "r": "\u030a", "u": "\u0306", "v": "\u030c",
    "b": "\u0331", "t": "\u0361",
}  # fmt: skip
_ALONE = {"~": "~", "^": "^", "`": "`", "'": "'", '"': '"'}
r"""What an accent over nothing shows: `\~{}` is how a tilde is written."""

_SIGNS = {
    "textless": "<", "textgreater": ">", "textbar": "|", "textunderscore": "_", "textbraceleft": "{",
    "textbraceright": "}", "textdollar": "$", "textasciicircum": "^", "textbackslash": "\\", "textquotesingle": "'",
    "textemdash": "—", "euro": "€", "pounds": "£", "copyright": "©", "S": "§", "P": "¶", "par": " ", "newline": " ",
    "TeX": "TeX", "LaTeX": "LaTeX", "textcommabelow": "", "mkbibquote": "", "quad": " ", "qquad": " ", "i": "ı", "j": "ȷ",
}  # fmt: skip
_DOTLESS = {"ı": "i", "ȷ": "j"}  # under an accent, the plain letter is meant

_HIDDEN = frozenset({
    "cite", "citep", "citet", "color", "footnote", "hspace", "href", "include", "input", "label", "noopsort", "ref",
    "textcolor", "thanks", "vspace",
})  # fmt: skip
"""Commands whose first argument is not to be read."""

# A formula as pandoc tells it from a sum in dollars: no space inside its ends, no digit behind it.
_FORMULA = re.compile(r"(?<!\\)\$(?=\S)([^$\\]*(?:\\.[^$\\]*)*)(?<=\S)\$(?!\d)", re.DOTALL)
_RAISED = re.compile(r"(?<!\\)[_^]")
_PLAIN = re.compile(r"[^\\{}~`'-]+")
_TOKEN = re.compile(
    r"\\(?P<word>[A-Za-z]+)\*?[ \t]*|\\(?P<sign>.)|(?P<open>\{)|(?P<close>\})|(?P<other>[^\\{}~`'-]+|-{2,3}|``|''|.)",
    re.DOTALL,
)
_OTHER = {"~": " ", "--": "–", "---": "—", "``": "“", "''": "”"}
_SPACES = {"\\": " ", " ": " ", "\n": " ", "\t": " ", "\r": " ", ",": " ", ";": " ", ":": " "}
_NOTHING = frozenset("!/-@()[]*")


def text(value: str) -> str:
    r"""A value's text.

    >>> text(r"{\"O}sterreich, Caf\'e, na\"{\i}ve, \v{C}apek, \c c, {\L}\'{o}d\'z, \ss, \o re, \AA")
    'Österreich, Café, naïve, Čapek, ç, Łódź, ß, øre, Å'
    >>> text(r"On $\alpha$-decay of H$_2$O: \emph{a} {\textit{new} way} -- 50\% \& \$5 to $6"), text("{{Double} Braces}")
    ('On α-decay of H2O: a new way – 50% & $5 to $6', 'Double Braces')
    >>> text(r"A~b\href{http://x.org}{c} ``quoted'' \unknown{d} \~{}e \noopsort{1}f {\`{}}g"), text("{" * 5 + "}")
    ('A bc “quoted” d ~e f `g', '')
    """
    if _PLAIN.fullmatch(value) and "$" not in value:
        return value
    plain = _FORMULA.sub(lambda found: _RAISED.sub("", found[1]), value)
    return _read(plain, lambda sign: _OTHER.get(sign, sign))


def verbatim(value: str) -> str:
    r"""The text of a value that is an address or an identifier: what programs escape is as it was, all else is as it is.

    >>> verbatim(r"10.1002/(SICI)1097\_4571(1998){\textless}693::AID$>$3.0.CO;2-\#"), verbatim(r"\url{http://x.org/~a--b%20c}")
    ('10.1002/(SICI)1097_4571(1998)<693::AID>3.0.CO;2-#', 'http://x.org/~a--b%20c')
    """
    if _PLAIN.fullmatch(value) and "$" not in value:
        return value
    return _read(re.sub(r"\$([<>])\$", r"\1", value), lambda sign: sign)


def _read(value: str, other: Callable[[str], str]) -> str:
    """The tokens one after the other; `other` says what a piece that is no command and no brace stands for."""
    out = _Out()
    for token in _TOKEN.finditer(value):
        match token.lastgroup:
            case "word":
                out.word(token["word"])
            case "sign":
                out.sign(token["sign"])
            case "open":
                out.open()
            case "close":
                out.close()
            case _:
                out.put(other(token["other"]))
    return "".join(out.parts)


class _Out:
    """The text so far, the accent that waits for its letter, and how deep one is in what is not to be read."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._accent: str | None = None
        self._hide = False  # from the next brace on
        self._hidden = 0

    def word(self, name: str) -> None:
        if name in _MARKS:
            self._accent = name
        elif name in _HIDDEN:
            self._hide = True
        else:
            self.put(_sign(name))

    def sign(self, sign: str) -> None:
        if sign in _MARKS:
            self._accent = sign
        elif sign not in _NOTHING:
            self.put(_SPACES.get(sign, sign))

    def open(self) -> None:
        if self._hidden or self._hide:
            self._hidden += 1
            self._hide = False

    def close(self) -> None:
        if self._hidden:
            self._hidden -= 1
        elif self._accent is not None:
            self.parts.append(_ALONE.get(self._accent, ""))
            self._accent = None

    def put(self, piece: str) -> None:
        if self._hidden or not piece:
            return
        if self._accent is not None:
            piece = piece.lstrip() or piece
            letter = _DOTLESS.get(piece[0], piece[0])
            piece = unicodedata.normalize("NFC", letter + _MARKS[self._accent]) + piece[1:]
            self._accent = None
        self._hide = False
        self.parts.append(piece)


@functools.cache
def _table() -> Callable[[str], object]:
    from pylatexenc.latex2text import get_default_latex_context_db  # 30 ms, only where a sign is written by its name

    find: Callable[[str], object] = get_default_latex_context_db().get_macro_spec
    return find


@functools.lru_cache(maxsize=4096)
def _sign(name: str) -> str:
    r"""What a command shows by itself: a sign, or nothing where it only says how its argument looks."""
    if name in _SIGNS:
        return _SIGNS[name]
    shown = getattr(_table()(name), "simplify_repl", None)
    return shown if isinstance(shown, str) and "%" not in shown else ""
