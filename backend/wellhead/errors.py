"""Every error that Wellhead raises on purpose.

    WellheadError
    ├── InputError               something from outside is wrong; nothing was written
    │   ├── SampleError          a raw measurement or a trace line
    │   ├── ReadingError         a device's signed totals
    │   ├── ReportError          totals, roots or members' signatures
    │   └── TermsError           an asset's terms or its device list
    ├── ChainError               the chain did not do what was asked
    │   ├── ContractReverted     a contract refused: its error's name and numbers
    │   └── TransactionUnknown   sent, but no answer tells what became of it (never: "failed")
    ├── StateError               asked for too early, too late, twice or out of order
    └── ArtifactError            compiled contracts are missing or not what the sources give

Anything else that escapes is a bug. Messages carry the numbers that failed.
"""


class WellheadError(Exception):
    """Base of all errors raised on purpose."""


class InputError(WellheadError):
    """Something from outside is wrong; nothing was written."""


class SampleError(InputError):
    """A raw measurement or a trace line cannot be used."""


class ReadingError(InputError):
    """A device's signed totals break a rule."""


class ReportError(InputError):
    """A report's totals, roots or signatures break a rule."""


class TermsError(InputError):
    """An asset's terms or device list break a rule."""


class ChainError(WellheadError):
    """The chain did not do what was asked."""


class ContractReverted(ChainError):
    """A contract refused a call.

    `name` is the Solidity error's name, `args_by_name` its numbers (empty if the revert carried none).
    """

    def __init__(self, name: str, args_by_name: dict[str, object] | None = None, action: str = "") -> None:
        self.name = name
        self.args_by_name = args_by_name or {}
        self.action = action
        numbers = ", ".join(f"{key}={value}" for key, value in self.args_by_name.items())
        super().__init__(f"{action + ': ' if action else ''}{name}({numbers})")


class TransactionUnknown(ChainError):
    """A transaction was sent and nothing tells yet what became of it."""


class StateError(WellheadError):
    """Asked for too early, too late, twice or out of order."""


class ArtifactError(WellheadError):
    """Compiled contracts are missing, or are not what the sources compile to."""
