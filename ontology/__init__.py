"""The vocabulary of Joinedup: its terms, schemes, shapes and JSON-LD context."""
