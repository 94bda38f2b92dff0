"""Rows of files through a program: tables that are read batch by batch, and written with new columns.

Imports the rooms below `commands`, and `commands.shared`; Polars where it is installed and needed.
"""
