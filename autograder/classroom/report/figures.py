"""What a report says, as plain data: the page shows it, `--json` prints it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bin:
    """How many scores lie from `low` on and below `high`; the last bin holds its upper end as well."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Scores:
    """The distribution of scores in points; everything but `count` and `max_points` is None where nobody has one."""

    count: int
    max_points: float
    bins: tuple[Bin, ...] = ()
    mean: float | None = None
    deviation: float | None = None
    """The sample's standard deviation; None for a single score."""
    lowest: float | None = None
    lower_quartile: float | None = None
    median: float | None = None
    upper_quartile: float | None = None
    highest: float | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """What one student wrote (`is_typed`) or was told."""

    text: str
    is_typed: bool = False
    who: str | None = None
    """None in an anonymous report."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that several answers to one question share: a mistake, a reason why they could not be read or graded.

    share   of the submissions that are counted in the question
    where   outputs of a function in which it was seen, most often first
    """

    name: str
    sentence: str
    count: int
    share: float
    where: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    who: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spelling:
    typed: str
    count: int


@dataclass(frozen=True, slots=True)
class AnswerGroup:
    """Formulas that mean the same, however they are typed.

    meaning        the fingerprint that they share
    states         how many of them are in each state, most frequent first
    elsewhere      the mean share of the points that their authors earned in all other questions
    """

    meaning: str
    count: int
    share: float
    states: dict[str, int]
    latex: str
    plain: str
    spellings: tuple[Spelling, ...]
    spelling_count: int
    mistake: str | None = None
    elsewhere: float | None = None
    who: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Why a question may be broken, and what to do about it."""

    kind: str
    sentence: str
    reasons: tuple[str, ...]
    advice: str


@dataclass(frozen=True, slots=True)
class Discrimination:
    """How well a question tells strong from weak: its correlation with the rest of the test.

    value    None where it is not defined or says nothing yet; `why` then has the words for it
    """

    value: float | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What came of one part.

    counted        submissions with points in it: all but those that wait for a person or could not be graded; none as
                   long as no answer that is there has points
    mean_share     of the points; the higher, the easier
    seconds        it took to grade, median and 95th percentile
    states         how many submissions are in each state; none is left out
    """

    id: str
    number: str
    title: str
    max_points: float
    counted: int
    mean_share: float | None
    discrimination: Discrimination
    seconds_median: float
    seconds_high: float
    states: dict[str, int]
    hand_marked: int
    mistakes: tuple[Finding, ...] = ()
    remarks: tuple[Finding, ...] = ()
    refusals: tuple[Finding, ...] = ()
    failures: tuple[Finding, ...] = ()
    groups: tuple[AnswerGroup, ...] = ()
    suspicions: tuple[Suspicion, ...] = ()

    @property
    def problem(self) -> str:
        return self.id.partition("/")[0]

    @property
    def anchor(self) -> str:
        return "question-" + "".join(letter if letter.isalnum() else "-" for letter in self.id)


@dataclass(frozen=True, slots=True)
class Period:
    """How many submissions came in a stretch of time."""

    start: str
    """ISO 8601, without a time where a period is a day or more."""
    label: str
    count: int
    first_attempts: int


@dataclass(frozen=True, slots=True)
class Cohort:
    """Those who handed in so many times; `is_more` for so many or more. Shares of the points are of graded attempts."""

    attempts: int
    is_more: bool
    students: int
    first_share: float | None
    last_share: float | None


@dataclass(frozen=True, slots=True)
class Attempts:
    """What handing in again came to; `up`, `same` and `down` compare first and last graded attempts."""

    total: int
    repeaters: int
    up: int
    same: int
    down: int
    periods: tuple[Period, ...]
    period_name: str
    cohorts: tuple[Cohort, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One submission in a report with names."""

    who: str
    submission: str
    points: float
    max_points: float
    attempts: int
    open: int
    """Parts that wait for a person or could not be graded."""


@dataclass(frozen=True, slots=True)
class ClassReport:
    assignment: str
    title: str
    is_anonymous: bool
    submissions: int
    students: int
    failures: tuple[Finding, ...]
    """Why whole submissions have no marks."""
    waiting: int
    """Submissions with parts that a person has yet to mark."""
    last_handed_in: str | None
    scores: Scores
    questions: tuple[Question, ...]
    attempts: Attempts | None = None
    rows: tuple[Row, ...] = ()

    @property
    def suspect(self) -> tuple[Question, ...]:
        return tuple(question for question in self.questions if question.suspicions)
