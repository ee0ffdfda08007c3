"""Assets, terms, devices, parties, leases, holdings."""
