"""Settings of a study: one class per section of the configuration.

A class holds the name, type, range, default, unit, description and source of each key. The JSON Schema for editors, the
reference in `config/README.md`, validation and the objects that steps take come from these classes. Results
depend on their values alone, which are parameters of the rules, so that `core.code_hash` leaves the classes out.
"""
