"""Chromium: how it is found, started, led through the save gate and the proxy, and what is kept of its pages."""
