"""What a gradient is a product of: its factors layer by layer, their bounds, and their numbers."""
