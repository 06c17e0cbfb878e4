"""Settings of Sphinx."""

project = "Backpropagation"
extensions = ["myst_parser", "symbackprop.hosts.sphinxext"]
exclude_patterns = ["_build"]
symbackprop_notation = "nielsen"
