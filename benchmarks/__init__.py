"""Figures that anybody can measure again: `./scripts/bench NAME`.

A benchmark is a module that offers `measure(progress) -> Measured`; `BENCHES` in `__main__` names it.
"""
