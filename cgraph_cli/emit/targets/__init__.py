"""One module a target language, each with its `TARGET`.

Imports the rest of `emit` and the rooms below it.
"""
