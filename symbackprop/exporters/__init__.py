"""Programs that compute a network's cost and gradients by their closed forms, in the languages of other libraries."""
