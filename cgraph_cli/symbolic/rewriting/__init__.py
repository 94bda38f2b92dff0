"""Rewriting: a graph read as distinct expressions, each written in the shortest way that the laws know.

Imports `core`, `language` and `evaluation`.
"""
