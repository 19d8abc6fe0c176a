# ruff: noqa: PT009, PT028
import unittest

from calculator import Calculator
from gradescope_utils.autograder_utils.decorators import (
    hide_errors,
    leaderboard,
    number,
    partial_credit,
    tags,
    visibility,
    weight,
)
from gradescope_utils.autograder_utils.files import check_submitted_files
from helpers import SEVEN


class TestArithmetic(unittest.TestCase):
    def setUp(self):
        self.calculator = Calculator()

    @weight(2)
    @number("1.1")
    @tags("sum", "easy")
    def test_add(self):
        """Adds two numbers"""
        self.assertEqual(self.calculator.add(3, 4), SEVEN)

    @weight(3)
    @visibility("hidden")
    def test_add_negative(self):
        """Adds negative numbers"""
        self.assertEqual(self.calculator.add(-3, -4), -SEVEN)

    @weight(4)
    def test_in_parts(self):
        """Several in one"""
        for n in range(3):
            with self.subTest(n=n):
                self.assertEqual(self.calculator.add(n, n), 2 * n)

    @partial_credit(10)
    def test_share(self, set_score=None):
        """Earns a share"""
        self.calculator.share(set_score)

    @weight(5)
    @hide_errors("Look at the lecture on division.")
    def test_divide(self):
        """Divides"""
        print("the secret input is 12")
        self.assertEqual(self.calculator.divide(12, 4), 3, "12 / 4")

    @weight(2)
    @leaderboard("speed", "asc")
    def test_fast(self, set_leaderboard_value=None):
        """Is fast"""
        set_leaderboard_value(self.calculator.speed())

    @weight(1)
    def test_files(self):
        """All files are there"""
        self.assertEqual(check_submitted_files(["calculator.py"]), [])

    @weight(1)
    @unittest.expectedFailure
    def test_known_gap(self):
        """A gap that is known"""
        self.assertEqual(self.calculator.add(1, 1), 3)


class TestShared(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.calculator = Calculator.shared()

    @weight(6)
    def test_one(self):
        """Shared, one"""
        self.assertTrue(self.calculator)

    @weight(7)
    def test_two(self):
        """Shared, two"""
        self.assertTrue(self.calculator)
