"""Arguments, options, inputs and output that several commands share.

Imports the rooms below `commands`, and no command.
"""
