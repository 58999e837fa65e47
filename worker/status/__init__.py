"""The state of the installation, judged from outside the worker, and its renderers."""
