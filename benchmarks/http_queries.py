"""The queries of over_http.py: the same text for every server."""

from __future__ import annotations

from collections.abc import Iterator

_PREFIXES = """PREFIX ju: <https://w3id.org/joinedup/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
_ID = "https://joinedup.example/id"
_JU = "PREFIX ju: <https://w3id.org/joinedup/ontology#>"
_SKOS = "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>"
SMALL = f"{_SKOS} SELECT ?label {{{{ <{_ID}/programme/p{{n}}> skos:prefLabel ?label }}}}"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER (?c != ?f && ?f != ?i) }"
MANY_ROWS = "SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 100000"
_KINDS = (
    SMALL,
    f"SELECT ?p ?o {{{{ <{_ID}/finding/f{{n}}-{{m}}> ?p ?o }}}}",
    f"{_JU} SELECT ?barrier {{{{ ?barrier ju:blocks <{_ID}/programme/p{{n}}> }}}} # {{m}}",
    f"{_JU} {_SKOS} SELECT ?name {{{{ <{_ID}/finding/f{{n}}-{{m}}> ju:evidences ?b . ?b skos:prefLabel ?name }}}}",
    f"{_JU} ASK {{{{ <{_ID}/action/a{{n}}> ju:owner ?who . FILTER (?who != <{_ID}/x{{m}}>) }}}}",
)


def different(programmes: int) -> Iterator[str]:
    """Small queries, no two of them the same: labels, all of a thing, who refers to it, a step, a question."""
    for number in range(200_000):
        turn, kind = divmod(number, len(_KINDS))
        again, n = divmod(turn, programmes)
        yield f"{_KINDS[kind].format(n=n, m=again % 6)} #{again}"


ANALYTICAL = {
    name: _PREFIXES + text.strip()
    for name, text in {
        "departments that share barriers' types": """
SELECT ?a ?b (COUNT(DISTINCT ?type) AS ?n) {
  ?x ju:heldBy ?a ; ju:barrierType ?type . ?y ju:heldBy ?b ; ju:barrierType ?type . FILTER (STR(?a) < STR(?b))
} GROUP BY ?a ?b ORDER BY DESC(?n) ?a ?b LIMIT 50""",
        "barriers by type": "SELECT ?type (COUNT(?b) AS ?n) { ?b ju:barrierType ?type } GROUP BY ?type ORDER BY ?type",
        "findings by department and stance": """
SELECT ?department ?stance (COUNT(?f) AS ?n) (AVG(?severity) AS ?mean) {
  ?f ju:about ?p ; ju:stance ?stance ; ju:severity ?severity . ?p ju:ledBy ?department
} GROUP BY ?department ?stance ORDER BY ?department ?stance""",
        "severity by level of interview": """
SELECT ?level (AVG(?severity) AS ?mean) (COUNT(*) AS ?n) {
  ?f ju:fromInterview ?i ; ju:severity ?severity . ?i ju:level ?level } GROUP BY ?level ORDER BY ?level""",
        "programmes with most partners": """
SELECT ?p (COUNT(DISTINCT ?who) AS ?n) { ?x ju:inProgramme ?p ; ju:participant ?who }
GROUP BY ?p ORDER BY DESC(?n) ?p LIMIT 20""",
        "partners that two departments share": """
SELECT ?who (COUNT(DISTINCT ?d) AS ?n) { ?x ju:inProgramme ?p ; ju:participant ?who . ?p ju:ledBy ?d }
GROUP BY ?who HAVING (COUNT(DISTINCT ?d) > 1) ORDER BY DESC(?n) ?who LIMIT 50""",
        "barriers not removed, with their lever": """
SELECT ?b ?name ?holder { ?b a ju:Barrier ; skos:prefLabel ?name ; ju:heldBy ?holder
  FILTER NOT EXISTS { ?b ju:removedOn ?day } } ORDER BY ?b LIMIT 500""",
        "actions past their day": """
SELECT ?a ?owner ?due { ?a ju:due ?due ; ju:owner ?owner . OPTIONAL { ?a ju:completedOn ?done }
  FILTER (!BOUND(?done) && ?due < "2014-07-01"^^xsd:date) } ORDER BY ?due ?a LIMIT 500""",
        "what a department's dependencies wait for": """
SELECT ?from ?to (COUNT(*) AS ?n) { ?x ju:dependent ?p ; ju:provider ?q . ?p ju:ledBy ?from . ?q ju:ledBy ?to }
GROUP BY ?from ?to ORDER BY DESC(?n) ?from ?to LIMIT 50""",
        "disputed findings and what was asked": """
SELECT ?f ?question { ?f ju:stance ?stance ; ju:fromInterview ?i . ?i ju:inDeepDive ?dive . ?dive ju:question ?question
  FILTER (CONTAINS(STR(?stance), "disputes")) } ORDER BY ?f LIMIT 500""",
        "words in what was said": """
SELECT ?f { ?f ju:excerpt ?text FILTER (CONTAINS(LCASE(?text), "late again")) } ORDER BY ?f LIMIT 500""",
        "everything by kind": "SELECT ?class (COUNT(?s) AS ?n) { ?s a ?class } GROUP BY ?class ORDER BY DESC(?n) ?class",
    }.items()
}
