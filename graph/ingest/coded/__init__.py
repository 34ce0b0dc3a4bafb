"""Coded interviews in: projects of analysis programs, tables of interviews by codes, transcripts."""
