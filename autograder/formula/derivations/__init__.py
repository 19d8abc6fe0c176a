"""A chain of equal sides, cut out of a student's text and judged step by step."""
