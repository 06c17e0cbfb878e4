"""The words everything else is written in: errors, quantities, terms, formulas."""
