"""The flow of a gradient as people read it: one module for each format, each with ``render(tellings, chart)``."""
