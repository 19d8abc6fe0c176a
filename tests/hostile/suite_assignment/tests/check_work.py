import unittest

from gradescope_utils.autograder_utils.decorators import weight
from work import cube, square


class TestWork(unittest.TestCase):
    @weight(6)
    def test_square(self):
        """A square"""
        self.assertEqual(square(7), 49)  # noqa: PT009

    @weight(4)
    def test_cube(self):
        """A cube"""
        self.assertEqual(cube(3), 27)  # noqa: PT009
