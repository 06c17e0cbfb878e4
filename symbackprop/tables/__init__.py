"""What the program knows, as tables of frozen records: one record holds every facet of a thing."""
