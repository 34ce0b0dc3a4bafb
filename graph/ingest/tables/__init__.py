"""The canonical tables, by theme."""
