"""One question a file; each declared once with @analysis."""
