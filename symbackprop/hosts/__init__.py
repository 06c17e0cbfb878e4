"""Where lecturers already are: Sphinx, pandoc and Quarto, Jupyter, LaTeX; each needs its own program and no other."""
