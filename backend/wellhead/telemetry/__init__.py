"""Telemetry: samples → readings. Sources, integration, signing, the agent and the collector's store."""
