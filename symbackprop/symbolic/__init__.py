"""The boundary to SymPy: its objects, and text that it reads back. Importing this package does not import SymPy."""
