"""Reports on hand derivations, one module for each format, each with ``render(reports, voices)``."""
