"""The chain: hashing and signatures as the EVM does them, a client, contract wrappers, intents."""
