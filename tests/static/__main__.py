"""`python -m tests.static REPORT`: exit status 1 where Slither found what docs/slither.md does not accept."""

import json
import sys
from pathlib import Path

from tests.static.triage import accepted_in, faults

PAGE = Path(__file__).parents[2] / "docs/slither.md"


def main(report: Path) -> int:
    """Print what is wrong."""
    page = PAGE.read_text(encoding="utf-8")
    wrong = faults(json.loads(report.read_text(encoding="utf-8")), page)
    for each in wrong:
        sys.stdout.write(f"{each}\n\n")
    sys.stdout.write(
        f"slither: {len(wrong)} not accepted, {len(accepted_in(page))} places accepted with a reason\n"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
