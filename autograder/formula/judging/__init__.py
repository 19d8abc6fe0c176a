"""An answer and a question -> verdict: by value, by layout, by form."""
