"""Gradescope: its folders, its metadata, and the results.json that it reads."""
