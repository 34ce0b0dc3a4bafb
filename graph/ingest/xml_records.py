"""XML to records: each element of one name is a record, made as the file streams by. No DOCTYPE, no entities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from graph.ingest import limits
from graph.ingest.nested import TEXT, flat
from graph.ingest.records import Record, Unreadable

MOST_DEPTH = 100


def xml_records(file: BinaryIO, records: str) -> Iterator[Record]:
    """The elements at `records` (element names from the root on, with dots; one name: wherever it stands), in turn.

    An attribute is a key that begins with @. Namespaces are left out.
    Raises Unreadable, once it comes to it, for a DOCTYPE, for what is not well-formed XML, nested too deep or one
    enormous record, and where there is no such element.
    """
    number = 0
    with _refusing():
        for number, tree in enumerate(_trees(file, records.split(".") if records else []), start=1):
            yield Record(number, dict(flat(tree)), tree=tree)
    if not number:
        raise Unreadable(f"has no element “{records}”.", "Set [read] records in the mapping.")


def repeated(file: BinaryIO) -> dict[str, int]:
    """The elements that stand several times and in nothing that does, as `xml_records` takes them, and how many there are.

    Raises Unreadable as `xml_records` does.
    """
    counts: Counter[tuple[str, ...]] = Counter()
    names: list[str] = []
    parents: list[Any] = []
    with _refusing():
        for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                names.append(element.tag.rsplit("}", 1)[-1])
                parents.append(element)
                if len(names) > MOST_DEPTH:
                    raise Unreadable(f"is nested more than {MOST_DEPTH} deep.")
                counts[tuple(names)] += 1
                continue
            names.pop()
            parents.pop()
            if parents:
                parents[-1].remove(element)
    several = {at for at, count in counts.items() if count > 1}
    outer = [at for at in counts if at in several and not any(at[:n] in several for n in range(1, len(at)))]
    return {".".join(at): counts[at] for at in outer if len(at) > 1 and not any("." in name for name in at)}


@contextmanager
def _refusing() -> Iterator[None]:
    """What a parser says, as what a person can do."""
    try:
        yield
    except DefusedXmlException:
        raise Unreadable(
            "has a DOCTYPE, which could make it grow or fetch other files.", "Delete the <!DOCTYPE …> part."
        ) from None
    except ParseError as error:
        raise Unreadable(
            f"is not well-formed XML in line {error.position[0]}.", "Save or fetch it again."
        ) from None
    except Unreadable:
        raise
    except (UnicodeError, ValueError, LookupError):
        raise Unreadable("is in an encoding that cannot be read.", "Save it as UTF-8.") from None


def _trees(file: BinaryIO, wanted: Sequence[str]) -> Iterator[Any]:
    open_names: list[str] = []
    within: list[dict[str, Any]] = []
    parents: list[Any] = []
    parts = 0
    for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
        name = element.tag.rsplit("}", 1)[-1]
        if event == "start":
            open_names.append(name)
            parents.append(element)
            if len(open_names) > MOST_DEPTH:
                raise Unreadable(f"is nested more than {MOST_DEPTH} deep.")
            parts = parts + 1 if within else 0
            if parts > limits.MOST_PARTS_OF_RECORD:
                raise Unreadable(
                    f"has a record of more than {limits.MOST_PARTS_OF_RECORD:,} elements.",
                    "Set [read] records in the mapping to what each record is.",
                )
            if within or _is_wanted(open_names, wanted):
                within.append({f"@{key.rsplit('}', 1)[-1]}": text for key, text in element.attrib.items()})
            continue
        open_names.pop()
        parents.pop()
        if within:
            tree = within.pop()
            text = (element.text or "").strip()
            value: Any = {**tree, TEXT: text} if tree and text else tree or text
            if not within:
                yield value if isinstance(value, dict) else {TEXT: value}
            else:
                _add(within[-1], name, value)
        if parents:
            parents[-1].remove(element)  # read, so let go of it


def _is_wanted(names: Sequence[str], wanted: Sequence[str]) -> bool:
    if not wanted:
        return len(names) == 2
    return list(names) == list(wanted) if len(wanted) > 1 else names[-1] == wanted[0]


def _add(tree: dict[str, Any], name: str, value: Any) -> None:
    if value == "":
        return
    if name not in tree:
        tree[name] = value
    elif isinstance(tree[name], list):
        tree[name].append(value)
    else:
        tree[name] = [tree[name], value]
