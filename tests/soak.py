"""`./scripts/soak [PART…] [options]`: every long run against a promise, one after the other, with its seed.

Options are the parts' own: `--seed S` and `--json` are known to all, others where one part is named.
"""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Sequence

PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "invariants": ("tests.invariants.soak", ("--scenarios", "0")),
    "differential": ("tests.differential", ()),
    "properties": ("tests.examples", ()),
    "kills": ("tests.chaos.kills", ()),
    "sends": ("tests.chaos.sends", ()),
    "reorgs": ("tests.chaos.reorgs", ()),
    "spikes": ("tests.chaos.spikes", ()),
    "pairs": ("tests.chaos.pairs", ()),
    "daemons": ("tests.chaos.daemons", ()),
    "nonces": ("tests.chaos.nonces", ()),
    "kms": ("tests.chaos.kms", ()),
    "polls": ("tests.chaos.polls", ()),
    "index": ("tests.chaos.index", ()),
}
"""Each part's module and what it is always given; its own default is the full figure."""

HELP = f"""usage: ./scripts/soak [PART…] [--seed S] [--json]

parts (default: all, hours): {" ".join(PARTS)}
one part alone takes its own options too: ./scripts/soak kills --help
"""


def main(arguments: Sequence[str]) -> int:
    """Run the parts that are named, or all; exit status 1 if one of them broke a promise."""
    parts, options = split(arguments)
    if not parts and options in (["--help"], ["-h"]):
        sys.stdout.write(HELP)
        return 0
    if "--seed" not in options:
        options += ["--seed", str(secrets.randbelow(1 << 32))]
    as_json = "--json" in options
    failed, found = [], {}
    for name in parts or PARTS:
        sys.stderr.write(f"soak: {name}, {' '.join(options)}\n")
        started = time.monotonic()
        status, output = run(name, options)
        found[name] = {"exit": status, "seconds": round(time.monotonic() - started, 1), "figures": output}
        if status:
            failed.append(name)
        if not as_json:
            sys.stdout.write(f"== {name}: {'broken' if status else 'kept'}, {found[name]['seconds']} s\n")
            sys.stdout.write(output)
            sys.stdout.flush()
    if as_json:
        sys.stdout.write(json.dumps({name: told(each) for name, each in found.items()}, indent=1) + "\n")
    return 1 if failed else 0


def split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The parts named first, and the options after them. Raises SystemExit for a part that is none."""
    names = [word for word in arguments if word in PARTS]
    options = list(arguments[len(names) :])
    if list(arguments[: len(names)]) != names or (options and not options[0].startswith("-")):
        strange = next(word for word in arguments if word not in PARTS)
        sys.exit(f"no part is called {strange!r}; parts are {', '.join(PARTS)}, then come options")
    return names, options


def run(name: str, options: Sequence[str]) -> tuple[int, str]:
    """A part's exit status and what it printed; its progress goes to stderr as it comes."""
    module, always = PARTS[name]
    command = [sys.executable, "-m", module, *always, *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stdout


def told(found: dict[str, object]) -> dict[str, object]:
    """The part's JSON in place of its text, if it gave any."""
    try:
        return found | {"figures": json.loads(str(found["figures"]))}
    except ValueError:
        return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
