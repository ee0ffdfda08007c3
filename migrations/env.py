"""Alembic's entry: runs the migrations on the connection that `wellhead.db.engine.migrate` hands over."""

import importlib
import pkgutil

from alembic import context

import wellhead
from wellhead.db.base import Base

for module in pkgutil.walk_packages(wellhead.__path__, "wellhead."):
    if module.name.endswith(".models"):
        importlib.import_module(module.name)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
