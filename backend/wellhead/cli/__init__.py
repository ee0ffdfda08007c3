"""The command line: `wellhead demo`, `audit`, `agent`, `deploy`, `compile`."""
