"""Where samples come from: this host, NVML, a DCGM exporter; and the replay of a recorded trace."""
