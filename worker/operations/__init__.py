"""Each verb as one function: typed arguments, a typed result, nothing printed, no terminal read.

The command line and the office's page call the same functions. Who decides is an argument, `by`. What needs a
confirmation has two steps: a preview, and the act, which is refused where what was shown has changed meanwhile.
"""
