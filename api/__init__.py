"""The doors: command line, HTTP, SPARQL and pages."""

__version__ = "0.1.0"
