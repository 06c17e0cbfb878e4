"""From what a person types to a list of definitions: patterns, spec files, an author's own equations."""
