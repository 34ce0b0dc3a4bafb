"""A reader of HTML: a page as nodes, every tag closed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser


@dataclass
class Node:
    """One element: its name, attributes, text and children."""

    name: str
    attributes: dict[str, str]
    children: list[Node] = field(default_factory=list)
    text: str = ""

    def find(self, name: str, /, **attributes: str) -> list[Node]:
        """Every element below of that name and with these attributes, in order."""
        found = [self] if self.name == name and attributes.items() <= self.attributes.items() else []
        return [*found, *(node for child in self.children for node in child.find(name, **attributes))]

    def words(self) -> str:
        """All the words in it, with single spaces."""
        return " ".join((self.text + " " + " ".join(child.words() for child in self.children)).split())

    def every(self) -> list[Node]:
        """Itself and everything below."""
        return [self, *(node for child in self.children for node in child.every())]


class Reader(HTMLParser):
    """Reads a page into nodes; fails on an end tag that closes nothing."""

    EMPTY = frozenset({"meta", "link", "input", "img", "br", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.root = Node("page", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {k: v or "" for k, v in attrs})
        self.open[-1].children.append(node)
        if tag not in self.EMPTY:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().name == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(Node("#", {}, text=data))


@lru_cache(maxsize=200)
def read(page: str) -> Node:
    """The page as nodes, every tag closed."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert len(reader.open) == 1, f"never closed: {[node.name for node in reader.open[1:]]}"
    return reader.root
