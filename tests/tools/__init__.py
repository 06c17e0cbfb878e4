"""Programs from outside that judge what symbackprop prints: TeX, KaTeX and a browser.

Tests get at them through the fixtures of `tests/conftest.py`, which skip the test where the program is missing.
"""
