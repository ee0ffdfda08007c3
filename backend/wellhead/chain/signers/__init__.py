"""Keys that sign transactions: in memory, in a keystore file, in AWS KMS. None of them ever shows its key."""

from wellhead.chain.signers.protocol import Signer

__all__ = ["Signer"]
