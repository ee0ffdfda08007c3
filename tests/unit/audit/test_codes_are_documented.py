"""Every finding code in the source stands in docs/audit.md, and every code there in the source."""

import re
from pathlib import Path

from wellhead.audit.history import OUTCOME_LINES


def test_source_and_page_name_the_same_codes(repo_root: Path) -> None:
    sources = repo_root.joinpath("backend/wellhead/audit").rglob("*.py")
    code = "".join(path.read_text(encoding="utf-8") for path in sources)
    used = set(re.findall(r'"([A-Z]{3,}(?:_[A-Z]+)*)"', code))
    page = repo_root.joinpath("docs/audit.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    documented = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    assert used == documented
    assert "`WATERFALL_<LINE>`" in page
    assert all(re.sub("([A-Z])", r"_\1", line).upper() in page for line in OUTCOME_LINES)
