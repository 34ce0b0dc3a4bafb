"""Statements about people, which no source of a store may make: a role and a level are enough."""

from __future__ import annotations

import pyoxigraph as ox

from ontology.terms import RDF

_FOAF = "http://xmlns.com/foaf/0.1/"
_VCARD = ("http://www.w3.org/2006/vcard/ns#", "http://www.w3.org/2001/vcard-rdf/3.0#")
_SCHEMA = ("https://schema.org/", "http://schema.org/")
_TYPE = str(RDF.type)
_PEOPLE = {
    _FOAF + "Person",
    "http://www.w3.org/ns/prov#Person",
    "http://www.w3.org/ns/person#Person",
    *(s + "Person" for s in _SCHEMA),
}
_OF_PEOPLE = {
    *(
        _FOAF + name
        for name in (
            "name", "givenName", "givenname", "familyName", "family_name", "firstName", "lastName", "surname", "nick",
            "mbox", "mbox_sha1sum", "phone", "title", "img", "birthday", "age", "gender", "knows", "account",
        )
    ),
    *(
        schema + name
        for schema in _SCHEMA
        for name in ("givenName", "familyName", "additionalName", "honorificPrefix", "honorificSuffix", "email",
                     "telephone", "birthDate", "gender", "jobTitle")
    ),
}  # fmt: skip


def personal(quad: ox.Quad) -> str | None:
    """What a statement says of a person, in the words of its vocabulary; None where it speaks of none."""
    predicate = quad.predicate.value
    if predicate in _OF_PEOPLE or predicate.startswith(_VCARD):
        return _short(predicate)
    if predicate == _TYPE and isinstance(quad.object, ox.NamedNode):
        kind = quad.object.value
        if kind in _PEOPLE or kind.startswith(_VCARD):
            return _short(kind)
    return None


def _short(iri: str) -> str:
    """An IRI with a prefix that people know."""
    for prefix, namespaces in (
        ("foaf", (_FOAF,)),
        ("vcard", _VCARD),
        ("schema", _SCHEMA),
        ("prov", ("http://www.w3.org/ns/prov#",)),
        ("person", ("http://www.w3.org/ns/person#",)),
    ):
        for namespace in namespaces:
            if iri.startswith(namespace):
                return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri
