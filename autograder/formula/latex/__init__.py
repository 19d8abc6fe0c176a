"""LaTeX and Unicode text -> tree: characters, tokens, names, grammar, and what stands around a formula."""
