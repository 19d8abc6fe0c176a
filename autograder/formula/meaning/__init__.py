"""Tree -> typed terms: what every product means, over which set every index runs, which shape everything has."""
