"""Why a wrong formula is wrong: edits of the right one, and the name of the one that fits."""
