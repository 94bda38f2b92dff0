"""One module a command, in the words of the command line.

Imports every room below it; `shared` holds what several commands use.
"""
