"""Carrying out the rules of ``workflow.assignment``: candidates, less whom the case bars, then the pick, and why.

``opening.give`` is asked when tasks open, ``preview`` before that by the same ``resolve``; ``leavers`` puts
whoever has taken over in the place of those who left. Words owned: given, barred, settled.
"""
