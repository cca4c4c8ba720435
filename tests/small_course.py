"""A course of two lessons in a directory of the test's own."""

from __future__ import annotations

import os
from pathlib import Path

# Each worker of the tests has lessons of its own on the one server, and none has the number of a real lesson.
MODULE = str(90 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")))
FIRST, SECOND = f"{MODULE}.1", f"{MODULE}.2"

COURSE = f"""[[modules]]
folder = "{MODULE}_small"
title = "Small"
lessons = ["1_count", "2_again"]
"""

LOAD = """
def load(connection, progress):
    connection.execute("INSERT INTO pebbles VALUES (1), (2), (3)")
    progress(3, 3)
"""

TEXT = """---
title: Count what is there
minutes: 10
objectives:
  - count rows
data: pebbles
---

# Count what is there

Three pebbles lie on the table.

```{{code-cell}}
from mnemo_helpers import lesson
lesson.open("{number}")
```

```{{code-cell}}
:tags: [nbval-check-output]
%%sql
SELECT count(*) FROM pebbles
```

```{{code-cell}}
:tags: [measured]
import time
time.time_ns()
```

```{{code-cell}}
:tags: [nbval-check-output]
lesson.claim("X-01", 1 + 1 == 2, "two")
```

And that was that.
"""

OPENING = """```{{code-cell}}
from mnemo_helpers import lesson
lesson.open("{number}")
```
"""


def write(root: Path) -> Path:
    """Write the course into ``root`` and return it."""
    files = {
        "lessons/course.toml": COURSE,
        "lessons/claims.toml": '[claims]\n"X-01" = "One and one are two."\n',
        f"lessons/{MODULE}_small/1_count/lesson.md": TEXT.format(number=FIRST),
        f"lessons/{MODULE}_small/2_again/lesson.md": TEXT.format(number=SECOND)
        .replace("Count what is there", "Count again")
        .replace("data: pebbles", f'data: pebbles\nneeds: ["{FIRST}"]'),
        "datasets/pebbles/card.md": "# Pebbles\n",
        "datasets/pebbles/schema.sql": "CREATE TABLE pebbles (id int PRIMARY KEY);\n",
        "datasets/pebbles/load.py": LOAD,
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def lesson_file(root: Path, name: str = "1_count") -> Path:
    """Return the text of one of its lessons."""
    return root / "lessons" / f"{MODULE}_small" / name / "lesson.md"


def notebook_file(root: Path, name: str = "1_count", folder: str = "notebooks") -> Path:
    """Return the notebook of one of its lessons, or a learner's copy of it."""
    return root / folder / f"{MODULE}_small" / f"{name}.ipynb"


def rewrite(path: Path, *cells: str) -> None:
    """Leave a lesson's text nothing but these cells."""
    head, _, _ = path.read_text(encoding="utf-8").partition("```{code-cell}")
    path.write_text(head + "\n".join(f"```{{code-cell}}\n{cell}\n```\n" for cell in cells), encoding="utf-8")


def add_page(root: Path, name: str = "shapes", title: str = "Shapes of pebbles", lesson: str = "1_count") -> Path:
    """Put a page beside one of its lessons, and return its text's path."""
    number = f"{MODULE}.{lesson.partition('_')[0]}"
    path = lesson_file(root, lesson).with_name(f"{name}.md")
    path.write_text(f"---\ntitle: {title}\n---\n\n# {title}\n\n{OPENING.format(number=number)}", encoding="utf-8")
    return path
