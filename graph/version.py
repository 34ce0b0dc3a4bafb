"""Which version of Joinedup this is."""

__version__ = "0.1.0"
