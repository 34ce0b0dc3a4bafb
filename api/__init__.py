"""The doors: command line, HTTP, SPARQL and pages."""
