"""What each client says to a transaction, word for word, and what it means; no answer means "failed"."""

import pytest

from wellhead.chain.answers import Verdict, verdict_of

SAID = [
    ("geth", "already known", Verdict.KNOWN),
    ("geth", "nonce too low: next nonce 5, tx nonce 4", Verdict.NONCE_USED),
    ("geth", "replacement transaction underpriced", Verdict.UNDERPRICED),
    ("geth", "transaction underpriced: tip needed 1, tip permitted 0", Verdict.FEE_TOO_LOW),
    ("geth", "max fee per gas less than block base fee: address 0x1, maxFeePerGas: 1", Verdict.FEE_TOO_LOW),
    ("geth", "insufficient funds for gas * price + value: balance 0, tx cost 1", Verdict.NO_FUNDS),
    ("geth", "txpool is full", Verdict.BUSY),
    ("geth", "in-flight transaction limit reached for delegated accounts", Verdict.BUSY),
    ("geth", "intrinsic gas too low: gas 1, minimum needed 21000", Verdict.INVALID),
    ("geth", "invalid chain id for signer: have 1 want 2", Verdict.INVALID),
    ("reth", "already known", Verdict.KNOWN),
    ("reth", "nonce too low: next nonce 3, tx nonce 2", Verdict.NONCE_USED),
    ("reth", "replacement transaction underpriced", Verdict.UNDERPRICED),
    ("anvil", "transaction already imported", Verdict.KNOWN),
    ("anvil", "nonce too low", Verdict.NONCE_USED),
    ("anvil", "max fee per gas less than block base fee", Verdict.FEE_TOO_LOW),
    ("anvil", "Failed to decode transaction", Verdict.INVALID),
    ("nethermind", "AlreadyKnown", Verdict.KNOWN),
    ("nethermind", "OldNonce, Current nonce: 4, nonce of rejected tx: 3", Verdict.NONCE_USED),
    ("nethermind", "ReplacementNotAllowed", Verdict.UNDERPRICED),
    ("nethermind", "FeeTooLow, MaxFeePerGas too low", Verdict.FEE_TOO_LOW),
    ("nethermind", "InsufficientFunds, Account balance: 0", Verdict.NO_FUNDS),
    ("besu", "Known transaction", Verdict.KNOWN),
    ("besu", "Transaction nonce below sender account nonce", Verdict.NONCE_USED),
    ("besu", "Upfront cost exceeds account balance", Verdict.NO_FUNDS),
    ("erigon", "could not replace existing tx", Verdict.UNDERPRICED),
    ("hosted", "ALREADY_EXISTS: already exists", Verdict.KNOWN),
    ("hosted", "Too Many Requests", Verdict.BUSY),
    ("nobody", "no answer: status 502", Verdict.UNKNOWN),
    ("nobody", "no answer: ReadTimeout", Verdict.UNKNOWN),
    ("nobody", "no answer: empty", Verdict.UNKNOWN),
    ("nobody", "no answer: bad JSON", Verdict.UNKNOWN),
    ("nobody", "no answer: wrong id", Verdict.UNKNOWN),
    ("somebody", "something that was never said before", Verdict.UNKNOWN),
]


@pytest.mark.parametrize(("client", "message", "verdict"), SAID)
def test_the_clients_words_are_understood(client: str, message: str, verdict: Verdict) -> None:
    assert verdict_of(message) is verdict


def test_no_message_means_accepted() -> None:
    assert verdict_of(None) is Verdict.ACCEPTED


def test_only_what_a_node_has_or_had_is_not_sent_again_at_once() -> None:
    with_node = {Verdict.ACCEPTED, Verdict.KNOWN, Verdict.NONCE_USED}
    assert {verdict for verdict in Verdict if verdict.is_with_node} == with_node
