"""Disputes and Faults: challenges of reported places, their answers, and proofs that void at once."""

from dataclasses import dataclass

from wellhead.chain.contract import AbiStruct, ContractCall, ContractWrapper
from wellhead.chain.posted import Posted
from wellhead.chain.stakes import ZERO_ADDRESS

BY_RECEIPT = 1 << 32
"""Added to a device's index: the challenge of an empty leaf by a member's receipt."""

SUMMONS = 1 << 33
"""The index that asks only for the report itself, from the hard end on."""


@dataclass(frozen=True, slots=True)
class Place:
    """`IDisputes.Place`: a place in an asset's report."""

    asset_id: int
    period: int
    revision: int
    index: int

    def as_tuple(self) -> tuple[int, int, int, int]:
        """Fields in the struct's order."""
        return self.asset_id, self.period, self.revision, self.index


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge; answered or returned, it has no challenger any more."""

    challenger: str
    opened_at: int
    bond_gwei: int
    giver: int = 0
    """Place of the member whose receipt it is by."""

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.challenger != ZERO_ADDRESS

    @property
    def bond(self) -> int:
        """Bond in wei."""
        return self.bond_gwei * 10**9


class DisputesContract(ContractWrapper):
    """The challenge game."""

    artifact_name = "Disputes"

    def open(self, place: Place, posted: Posted, bond: int) -> ContractCall:
        """Challenge a place (anyone); what the bond is above `bond_of` is owed back."""
        return self.prepare("open", place.as_tuple(), posted.as_tuple(), value=bond)

    def answer_reading(self, place: Place, posted: Posted, opening: AbiStruct) -> ContractCall:
        """Answer with the reading at the place (anyone; the bond is his)."""
        return self.prepare("answerReading", place.as_tuple(), posted.as_tuple(), opening.as_tuple())

    def answer_empty(self, place: Place, posted: Posted, shown: AbiStruct, sum_path: bytes) -> ContractCall:
        """Answer that the place is empty (anyone)."""
        return self.prepare("answerEmpty", place.as_tuple(), posted.as_tuple(), shown.as_tuple(), sum_path)

    def answer_absent(self, place: Place, posted: Posted, path: tuple[bytes, ...]) -> ContractCall:
        """Answer that the asset has no report in that revision (anyone)."""
        return self.prepare("answerAbsent", place.as_tuple(), posted.as_tuple(), list(path))

    def answer_report(self, place: Place, posted: Posted, shown: AbiStruct) -> ContractCall:
        """Answer a summons with the report (anyone)."""
        return self.prepare("answerReport", place.as_tuple(), posted.as_tuple(), shown.as_tuple())

    def answer_equivocation(self, place: Place, posted: Posted, both: AbiStruct) -> ContractCall:
        """Answer a receipt with the two histories that the device's key signed (anyone)."""
        return self.prepare("answerEquivocation", place.as_tuple(), posted.as_tuple(), both.as_tuple())

    def expire(self, place: Place, posted: Posted) -> ContractCall:
        """Void a report by a challenge that nobody answered in time (anyone)."""
        return self.prepare("expire", place.as_tuple(), posted.as_tuple())

    def reclaim(self, place: Place) -> ContractCall:
        """Return the bond of a challenge of a report that is void already (anyone)."""
        return self.prepare("reclaim", place.as_tuple())

    def claim_wei(self, payee: str) -> ContractCall:
        """Pay what is owed to `payee` (anyone)."""
        return self.prepare("claimWei", payee)

    def owed_wei(self, payee: str) -> int:
        """Wei that is owed to `payee`."""
        return int(self.read("owedWei", payee))

    def challenge_of(self, place: Place) -> Challenge:
        """A challenge; all zero if the place was never challenged."""
        return Challenge(*self.read("challengeOf", place.as_tuple()))

    def pot_of(self, asset_id: int, period: int) -> int:
        """Wei that the asset's tenants share for a period."""
        return int(self.read("potOf", asset_id, period))


class FaultsContract(ContractWrapper):
    """Proofs of fault."""

    artifact_name = "Faults"

    def prove_totals(self, place: Place, posted: Posted, shown: AbiStruct, terms: AbiStruct) -> ContractCall:
        """Void a report whose totals break a rule (anyone)."""
        return self.prepare(
            "proveTotals", place.as_tuple(), posted.as_tuple(), shown.as_tuple(), terms.as_tuple()
        )

    def prove_reading(
        self, place: Place, posted: Posted, shown: AbiStruct, leaf: AbiStruct, terms: AbiStruct
    ) -> ContractCall:
        """Void a report with a leaf that breaks a reading's rules (anyone)."""
        structs = (place, posted, shown, leaf, terms)
        return self.prepare("proveReading", *(each.as_tuple() for each in structs))

    def prove_device(
        self, place: Place, posted: Posted, shown: AbiStruct, leaf: AbiStruct, listed: AbiStruct
    ) -> ContractCall:
        """Void a report with a leaf of another device than the list has there (anyone)."""
        structs = (place, posted, shown, leaf, listed)
        return self.prepare("proveDevice", *(each.as_tuple() for each in structs))

    def prove_order(
        self, place: Place, posted: Posted, shown: AbiStruct, listed: AbiStruct, later: AbiStruct
    ) -> ContractCall:
        """Void a report over a list whose ids do not increase (anyone); free of cost without readings."""
        structs = (place, posted, shown, listed, later)
        return self.prepare("proveOrder", *(each.as_tuple() for each in structs))

    def prove_receipt(
        self,
        place: Place,
        posted: Posted,
        shown: AbiStruct,
        leaf: AbiStruct,
        received: AbiStruct,
        terms: AbiStruct,
    ) -> ContractCall:
        """Void a report that leaves out more of a reading than a member's receipt allows (anyone)."""
        structs = (place, posted, shown, leaf, received, terms)
        return self.prepare("proveReceipt", *(each.as_tuple() for each in structs))

    def challenge_by_receipt(
        self,
        place: Place,
        posted: Posted,
        shown: AbiStruct,
        sum_path: bytes,
        received: AbiStruct,
        terms: AbiStruct,
        bond: int,
    ) -> ContractCall:
        """Challenge an empty leaf by a member's receipt (anyone, bonded)."""
        return self.prepare(
            "challengeByReceipt",
            place.as_tuple(),
            posted.as_tuple(),
            shown.as_tuple(),
            sum_path,
            received.as_tuple(),
            terms.as_tuple(),
            value=bond,
        )
