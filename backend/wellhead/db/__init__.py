"""The database: engine, sessions, base model. Tables live in each step's `models.py`."""
