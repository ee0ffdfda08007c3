"""Sum trees, asset reports, period reports, members' signatures, the published form."""
