"""The text of a SPARQL update, taken apart into its operations, and of a query's dataset, as far as the protocol needs it.

An engine that is asked through its text takes no dataset for an update. So where the client names one (SPARQL 1.1
Protocol, 2.2.3), or names none and means all graphs together, the clauses USING that say so are put before WHERE,
which is where the client could have written them. Nothing here keeps anything safe: what an update may change is
decided by what it did change (graph/edit_worker.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from graph.errors import QueryRefused
from graph.guard import TOKEN

_DECLARES = ("PREFIX", "BASE", "VERSION")
_NO_IRI = ("?", "$", '"', "'", "@", "_:")
_EACH_TIME_ANEW = {"RAND", "UUID", "STRUUID", "BNODE", "NOW", "LIMIT", "OFFSET", "SAMPLE"}
"""What may give other values when it is asked again."""
_ABSOLUTE = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:[^\\<>]*>")


@dataclass
class Operation:
    """One operation of an update."""

    prologue: str
    """Every PREFIX and BASE before it."""
    text: str
    """What stands behind those."""
    where: int | None = None
    """Where the word WHERE begins in the text; None for an operation without."""
    end_of_where: int = 0
    short: bool = False
    """DELETE WHERE, in which the pattern says both what is looked for and what is removed."""
    names_dataset: bool = False
    """Whether it says WITH or USING."""
    using: tuple[tuple[str, int, int], ...] | None = ()
    """The default graphs that it names by USING, as terms, and where each clause stands. None where these are several, and
    the text does not tell which."""
    everything: bool = False
    """Whether it clears or drops all graphs, or all that are named."""
    targets: frozenset[str] | None = field(default_factory=frozenset)
    """The graphs that it names outside of WHERE; None where they cannot be told from the text."""

    names: frozenset[str] | None = field(default_factory=frozenset)
    """The IRIs in what it adds and removes; None where they cannot be told from the text."""
    variables: frozenset[str] = field(default_factory=frozenset)
    """The variables in what it adds and removes."""

    @property
    def reach(self) -> str | None:
        """A query for the values that those variables have; empty where there are none. None where it cannot be told.

        The subject of whatever it adds or removes is then one of these values or names.
        """
        words = {m["word"].upper() for m in _tokens(self.text) if m["word"]}
        data = self.where is None and words & {"INSERT", "DELETE"} and "DATA" in words
        if self.names is None or self.names_dataset or not (data or self.where is not None):
            return None
        if not self.variables:
            return ""
        if self.where is None or words & _EACH_TIME_ANEW:
            return None
        head = f"{self.prologue} SELECT DISTINCT {' '.join(sorted(self.variables))}"
        return f"{head} WHERE {self.text[self.end_of_where :]}"

    @property
    def asks(self) -> str:
        """A query for whether the pattern of an operation with WHERE is found at all."""
        return f"{self.prologue} ASK {self.text[self.end_of_where :]}"

    def filled(self, values: Iterable[str]) -> str:
        """The text with its prologue, which reads nothing any more: its variables, in order, have these values.

        They are rows of VALUES (SPARQL 1.1 Query Language, 10.2).
        """
        names, rows = " ".join(sorted(self.variables)), " ".join(values)
        return f"{self.prologue} {self._changes}\nWHERE {{ VALUES ({names}) {{ {rows} }} }}"

    def on(self, default: Iterable[str], named: Iterable[str]) -> str:
        """The text with its prologue, to be run on these default and named graphs, given as terms (<...>)."""
        if self.where is None:
            return f"{self.prologue} {self.text}"
        clauses = " ".join([*(f"USING {g}" for g in default), *(f"USING NAMED {g}" for g in named)])
        return f"{self.prologue} {self._changes}\n{clauses}\nWHERE {self.text[self.end_of_where :]}"

    def using_one(self, graph: str) -> str:
        """The text with its prologue, in which one graph, a term, takes the place of all that USING names."""
        text = self.text
        for number, (_, begin, end) in reversed(list(enumerate(self.using or ()))):
            text = f"{text[:begin]}{'' if number else f'USING {graph}'} {text[end:]}"
        return f"{self.prologue} {text}"

    @property
    def _changes(self) -> str:
        """What it removes and adds."""
        return f"DELETE {self.text[self.end_of_where :]}" if self.short else self.text[: self.where]


def operations(text: str, prefixes: Mapping[str, str]) -> list[Operation]:
    """The operations of an update, in order."""
    found: list[Operation] = []
    prologue = ""
    known: dict[str, str] | None = dict(prefixes)
    for part in _parts(text):
        begin, known = _begin(part, known)
        prologue += part[:begin] + "\n"
        if part[begin:].strip():
            found.append(_read(prologue, part[begin:], known))
    return found


def from_clauses(text: str, prefixes: Mapping[str, str]) -> tuple[list[str], list[str]] | None:
    """The default and the named graphs that a query names by FROM and FROM NAMED; None where the text does not tell."""
    begin, known = _begin(text, dict(prefixes))
    default: list[str] = []
    named: list[str] = []
    depth, wanted = 0, None
    for match in _tokens(text[begin:]):
        word = (match["word"] or "").upper()
        if match["open"]:
            depth += 1
        elif match["close"]:
            depth -= 1
        elif depth:
            continue
        elif wanted is not None and word != "NAMED":
            if (iri := _iri(match[0], known)) is None:
                return None
            wanted.append(iri)
            wanted = None
        elif word in ("FROM", "NAMED"):
            wanted = default if word == "FROM" else named
        elif "FROM" in match[0].upper() and (word or match["skip"]) and not match[0].startswith(_NO_IRI):
            return None  # engines also take FROMNAMED, FROM:name and 1e5FROM
    return default, named


def check_dataset(found: Iterable[Operation]) -> None:
    """Raise QueryRefused where the client names a dataset by parameters, and the update by clauses of its own."""
    if any(operation.names_dataset for operation in found):
        raise QueryRefused(
            "The update says USING or WITH, so using-graph-uri and using-named-graph-uri may not."
        )


def _tokens(text: str) -> Iterator[re.Match[str]]:
    """The tokens of a text without blanks and comments."""
    return (m for m in TOKEN.finditer(text) if not m[0].isspace() and not m[0].startswith("#"))


def _parts(text: str) -> Iterator[str]:
    """The text between the semicolons that stand outside of all brackets."""
    depth = start = 0
    for match in _tokens(text):
        if match["open"]:
            depth += 1
        elif match["close"]:
            depth -= 1
        elif match[0] == ";" and not depth:
            yield text[start : match.start()]
            start = match.end()
    yield text[start:]


def _begin(part: str, known: dict[str, str] | None) -> tuple[int, dict[str, str] | None]:
    """Where the prologue ends, and the prefixes that are known then; None where a BASE or an escape makes them unsure."""
    declares = prefix = ""
    for match in _tokens(part):
        word = (match["word"] or "").upper()
        if word in _DECLARES:
            declares, prefix = word, ""
            known = None if word == "BASE" else known
        elif word:
            return match.start(), known
        elif declares == "PREFIX" and match[0].endswith(":"):
            prefix = match[0]
        elif prefix and known is not None and match["skip"]:
            known = {**known, prefix[:-1]: match[0][1:-1]} if _ABSOLUTE.fullmatch(match[0]) else None
    return len(part), known


def _read(prologue: str, text: str, known: Mapping[str, str] | None) -> Operation:
    operation = Operation(prologue, text)
    targets: set[str] | None = set()
    names: set[str] | None = set()
    variables: set[str] = set()
    depth, words, before = 0, [""], ""
    using: list[tuple[str, int, int]] = []
    clause, unsure, behind = -1, 0, False
    for match in _tokens(text):
        word = (match["word"] or "").upper()
        if clause >= 0:
            if (iri := _iri(match[0], known)) is not None:
                using.append((f"<{iri}>", clause, match.end()))
            else:
                unsure += word != "NAMED"
            clause = -1
        elif behind and not depth and word == "USING":
            clause = match.start()
        elif behind and not depth and match[0].upper().startswith("USING") and word != "USINGNAMED":
            unsure, operation.names_dataset = unsure + 1, True  # engines also take USING:name
        if match[0] in ("[", "(") or match[0].startswith(("_:", "<<")):
            names = None  # nodes that nobody can name
        if match[0][0] in "?$" and len(match[0]) > 1:
            variables.add(f"?{match[0][1:]}")
        if match["open"]:
            depth += 1
        elif match["close"]:
            depth -= 1
            behind = True  # the clauses stand behind the templates
        elif not depth and word.endswith("WHERE"):
            operation.where, operation.end_of_where = match.start(), match.end()
            operation.short = before == "DELETE" or word == "DELETEWHERE"
            if not operation.short:
                break
        elif not depth and word:
            words.append(word)
            operation.names_dataset |= word.startswith(("WITH", "USING"))
            operation.everything |= words[1] in ("CLEAR", "DROP") and word in ("ALL", "NAMED")
        elif match["skip"]:
            iri = _iri(match[0], known)
            if iri is not None:
                for found in (targets, names):
                    if found is not None:
                        found.add(iri)
            else:
                names = names if match[0].startswith(_NO_IRI) else None
                targets = None if before == "GRAPH" or not match[0].startswith(_NO_IRI) else targets
        before = word
    operation.targets = None if targets is None or operation.everything else frozenset(targets)
    operation.names = None if names is None else frozenset(names)
    operation.variables = frozenset(variables)
    operation.using = None if unsure and unsure + len(using) > 1 else tuple(using)
    return operation


def _iri(token: str, known: Mapping[str, str] | None) -> str | None:
    """The IRI that a token stands for; None where it stands for none, or it cannot be told which."""
    if token.startswith("<"):
        return token[1:-1] if _ABSOLUTE.fullmatch(token) else None
    prefix, colon, local = token.partition(":")
    if not colon or token[0] in "?$\"'@" or known is None or prefix not in known:
        return None
    return known[prefix] + re.sub(r"\\(.)", r"\1", local)
