"""The page that says how other tools read from this server, with its own address in every snippet."""

from __future__ import annotations

from dataclasses import dataclass

from visualisations.links import Link
from visualisations.rendering import render


@dataclass(frozen=True)
class Way:
    """One tool, and what to type in it."""

    id: str
    tool: str
    says: str
    code: str
    language: str = "text"
    tried: str = ""
    """How it was tried; empty where it was not."""


_TEST = "run by a test on every change"
_WAYS = (
    Way(
        "python", "Python and Jupyter",
        "The client comes with Joinedup: frames of polars and pandas, rdflib graphs, networkx networks. In a notebook, "
        "end a cell with an answer to see it as a table.",
        """from api.client import Client

joinedup = Client("ADDRESS")  # with tokens: Client("ADDRESS", token="…")
answer = joinedup.analysis("shared-blockers", min_departments=3)
print(answer.summary, answer.caveats)
frame = answer.to_polars()  # or answer.to_pandas()
rows = joinedup.query("SELECT ?barrier ?label { ?barrier a ju:Barrier ; skos:prefLabel ?label }")
programmes = list(joinedup.things("programmes"))
network = joinedup.network("required-ties")""",
        "python", _TEST,
    ),
    Way(
        "pandas", "pandas and polars",
        "Every list, analysis, saved query and SPARQL answer can be had as CSV, which both read. Polars asks an address for ranges of bytes, which "
        "answers that are made anew do not have: fetch it first.",
        """from urllib.request import urlopen

import pandas as pd
import polars as pl

blockers = pd.read_csv("ADDRESS/analyses/shared-blockers.csv")
question = pl.read_csv(urlopen("ADDRESS/queries/question-11?format=csv").read())""",
        "python", _TEST,
    ),
    Way(
        "sparqlwrapper", "SPARQLWrapper and rdflib",
        "Any client of the SPARQL 1.1 Protocol works at /sparql. The prefixes of the vocabulary need not be declared for the server.",
        """from rdflib import Dataset
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import JSON, SPARQLWrapper

endpoint = SPARQLWrapper("ADDRESS/sparql")
endpoint.setReturnFormat(JSON)
endpoint.setQuery("SELECT ?barrier { ?barrier a ju:Barrier } LIMIT 5")
found = endpoint.query().convert()["results"]["bindings"]
graph = Dataset(SPARQLStore("ADDRESS/sparql"))
rows = list(graph.query("SELECT ?barrier { ?barrier a <https://w3id.org/joinedup/ontology#Barrier> } LIMIT 5"))""",
        "python", _TEST,
    ),
    Way(
        "curl", "curl",
        "With tokens, add -H \u201cAuthorization: Bearer \u2026\u201d.",
        """curl -sSf ADDRESS/analyses/shared-blockers.csv
curl -sSf -H 'Accept: text/csv' --data-urlencode 'query=SELECT ?b { ?b a ju:Barrier } LIMIT 5' ADDRESS/sparql
curl -sSf 'ADDRESS/queries/question-11?as_of=2014-04-01&format=csv'
curl -sSf ADDRESS/networks/required-ties.graphml""",
        "sh", _TEST,
    ),
    Way(
        "r", "R",
        "read.csv takes an address. With tokens, httr2 sends the header.",
        """blockers <- read.csv("ADDRESS/analyses/shared-blockers.csv")
query <- "SELECT ?barrier ?label { ?barrier a ju:Barrier ; skos:prefLabel ?label }"
rows <- read.csv(paste0("ADDRESS/sparql?format=csv&query=", URLencode(query, reserved = TRUE)))
print(head(rows))""",
        "r", "run by a test where R is installed",
    ),
    Way(
        "httr2", "R with a token (httr2)",
        "",
        """library(httr2)
answer <- request("ADDRESS/analyses/shared-blockers.csv") |>
  req_auth_bearer_token(Sys.getenv("JOINEDUP_TOKEN")) |>
  req_perform()
blockers <- read.csv(text = resp_body_string(answer))""",
        "r",
    ),
    Way(
        "excel", "Excel, by Power Query",
        "Data, then Get Data, From Other Sources, From Web; give the first address, or paste the text into the Advanced Editor "
        "of a blank query. With a token, choose Advanced and add the header Authorization. CSV of analyses and lists is made so that no "
        "cell starts a formula; the answers of SPARQL are as the standard has them.",
        """let
    Source = Csv.Document(Web.Contents("ADDRESS/analyses/shared-blockers.csv"), [Delimiter=",", Encoding=65001, QuoteStyle=QuoteStyle.Csv]),
    Rows = Table.PromoteHeaders(Source, [PromoteAllScalars=true])
in
    Rows""",
        "powerquery",
    ),
    Way(
        "libreoffice", "LibreOffice Calc",
        "Sheet, then External Links; paste the address and choose the text import in UTF-8 with commas.",
        "ADDRESS/analyses/shared-blockers.csv",
    ),
    Way(
        "power-bi", "Power BI",
        "Get data, Web, and the address; or a blank query with the same text as for Excel. Each refresh asks again.",
        "ADDRESS/queries/question-11?format=csv",
    ),
    Way(
        "gephi", "Gephi and Cytoscape",
        "Save a network as a file and open it: GEXF or GraphML in Gephi, CYJS or GraphML in Cytoscape, NET in Pajek. "
        "Tests read the files back as networks; the programs themselves were not tried.",
        """ADDRESS/networks/required-ties.gexf
ADDRESS/networks/required-ties.cyjs""",
    ),
    Way(
        "qgis", "QGIS and other maps",
        "There is no GeoJSON: the data has no shapes or coordinates. Join a CSV to a layer of areas by their codes, where the "
        "areas were loaded with codes.",
        "ADDRESS/programmes.csv",
    ),
    Way(
        "comunica", "Comunica (JavaScript)",
        "Version 4.5 of @comunica/query-sparql.",
        """comunica-sparql sparql@ADDRESS/sparql 'SELECT ?b { ?b a <https://w3id.org/joinedup/ontology#Barrier> } LIMIT 5'""",
        "sh", "run by a test where it is installed",
    ),
    Way(
        "generated", "A client in another language",
        "Generators for most languages read the OpenAPI document. openapi-python-client makes one without an error; it leaves out the "
        "answers in XML, which it does not know.",
        "openapi-python-client generate --url ADDRESS/openapi.json",
        "sh", "run by hand",
    ),
)  # fmt: skip


def connect_page(address: str) -> str:
    """The page, with the address of the server in each snippet."""
    ways = [(way, way.code.replace("ADDRESS", address.rstrip("/"))) for way in _WAYS]
    return render(
        "connect.html",
        title="Connect other tools",
        here="/connect",
        trail=(Link("API", "/docs"), Link("Connect other tools")),
        ways=ways,
    )
