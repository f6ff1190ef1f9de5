"""Carrying out the rules of ``workflow.assignment``: candidates, less whom the case bars, then the pick, and why.

``opening.give`` is asked when tasks open, ``preview`` before that by the same ``resolve``; every named person
passes through ``settling.settle`` (substitutes). Words owned: given, barred, settled.
"""
