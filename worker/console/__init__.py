"""The office's page: what the command line can do, for a browser on this machine. It has no power of its own."""
