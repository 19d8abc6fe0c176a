"""`autograder class`: a whole class, from its export to its gradebook.

    class_grade.py      grade an export
    class_marks.py      diff, apply, undo, log, mark
    class_export.py     gradebooks
    class_report.py     one page on the class
    class_suggest.py    frequent mistakes that no problem file knows
"""

from __future__ import annotations

import click

from autograder.commands.class_export import export
from autograder.commands.class_grade import grade
from autograder.commands.class_marks import apply, diff, log, mark, undo
from autograder.commands.class_report import report
from autograder.commands.class_suggest import suggest


@click.group(name="class", epilog="Example: autograder class grade submissions.zip --store class.db")
def classroom() -> None:
    """Grade a whole class, see who moves before it counts, and hand the marks on: docs/classes.md."""


for command in (grade, diff, apply, undo, log, mark, export, report, suggest):
    classroom.add_command(command)
