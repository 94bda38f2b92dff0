"""Rewriting: a graph read as distinct expressions, each written in the shortest form that the laws give.

Imports `core`, `language` and `evaluation`.
"""
