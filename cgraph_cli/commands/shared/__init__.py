"""Arguments, options, inputs and output that several commands share.

Imports what `commands` may import, and no command.
"""
