"""The reverse sweep, the derivation it yields, and its closed forms."""
