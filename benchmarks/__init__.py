"""Benchmarks: ``python -m benchmarks`` runs all side by side and prints tables of ratios, measured in one run."""
