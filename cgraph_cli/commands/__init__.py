"""One module a command, and the folder `shared` for the parts that several commands use.

Imports every room below it.
"""
