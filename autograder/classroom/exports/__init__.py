"""What a whole class handed in, as Gradescope, Canvas, Moodle or a plain folder gives it -> Export.

    reading.py        which kind it is; the one entry
    gradescope.py, canvas.py, moodle.py, folders.py
    export.py         what all of them give
"""

from autograder.classroom.exports.export import BadExport, Export, HandedIn, Recorded
from autograder.classroom.exports.reading import KINDS, read_export

__all__ = ["KINDS", "BadExport", "Export", "HandedIn", "Recorded", "read_export"]
