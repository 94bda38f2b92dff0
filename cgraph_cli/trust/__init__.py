"""The status of a number: events in doubles, high precision, limits from both sides, verdicts.

Imports `evaluation` and the rooms below it.
"""
