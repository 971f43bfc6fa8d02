"""The build authority: where and how images are built, as rules that are checked against reality.

`rules.py` lists them, a module an area judges (pure), `evidence.py` gathers what they judge, `doctor.py` does it all.
"""
