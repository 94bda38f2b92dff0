"""Rows of files for a program: tables that are read batch by batch, and written with the new columns.

Imports what the commands may; Polars where it is there and asked for.
"""
