"""Roles: OpenZeppelin's AccessManager."""

from collections.abc import Sequence

from wellhead.chain.contract import ContractCall, ContractWrapper


class RolesContract(ContractWrapper):
    """Who may do what that not everybody may."""

    artifact_name = "Roles"

    def set_target_function_role(self, target: str, selectors: Sequence[bytes], role: int) -> ContractCall:
        """Give functions of a contract to a role (admin)."""
        return self.prepare("setTargetFunctionRole", target, list(selectors), role)

    def grant_role(self, role: int, account: str, delay_seconds: int) -> ContractCall:
        """Give a role to an account, whose calls then wait `delay_seconds` (admin)."""
        return self.prepare("grantRole", role, account, delay_seconds)

    def set_role_guardian(self, role: int, guardian: int) -> ContractCall:
        """Let one role's holders cancel what another's have scheduled (admin)."""
        return self.prepare("setRoleGuardian", role, guardian)

    def schedule(self, call: ContractCall, when: int = 0) -> ContractCall:
        """Announce a call that its caller may make only after a delay; 0 = as early as possible."""
        return self.prepare("schedule", call.to, call.data, when)

    def cancel(self, caller: str, call: ContractCall) -> ContractCall:
        """Take back what `caller` scheduled (himself, or his role's guardian)."""
        return self.prepare("cancel", caller, call.to, call.data)

    def renounce_role(self, role: int, account: str) -> ContractCall:
        """Give up a role (its holder)."""
        return self.prepare("renounceRole", role, account)

    def has_role(self, role: int, account: str) -> tuple[bool, int]:
        """Whether the account has the role, and with which delay in seconds."""
        member, delay = self.read("hasRole", role, account)
        return bool(member), int(delay)
