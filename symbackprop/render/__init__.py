"""Setting derivations: one walk over the formula trees, printed as LaTeX, text or MathML, in every form."""
