"""What an operator wrote: the files, the names that exist, secrets, and the last settings that were good.

Light: worker, guards, hooks and sender read the settings here, by the same rules; nothing in a file is ignored.
"""
