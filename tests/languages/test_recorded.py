"""What is read in texts stays as it was recorded, unless a change means to improve it."""

from __future__ import annotations

import json

from tests.languages.recorded import RECORD, read


def test_texts_of_every_language_are_read_as_recorded() -> None:
    """Where a difference is an improvement, a test names it and `python -m tests.languages.recorded` records it."""
    different = []
    for line in RECORD.read_text(encoding="utf-8").splitlines():
        (of, given), (_, recorded) = json.loads(line).items()
        now = json.loads(json.dumps(read(of, given)))
        different += [
            (given, key, recorded.get(key), now.get(key))
            for key in {*recorded, *now}
            if recorded.get(key) != now.get(key)
        ]
    assert different == []
