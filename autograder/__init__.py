"""Grade derive-it-and-implement-it homework."""

__version__ = "0.1.0"
