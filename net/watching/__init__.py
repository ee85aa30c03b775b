"""Watching: a journal that is run again is shown to viewers, who have no seat and touch nothing.

    Reel (frames of a journal, a file or one that is being written) -> Show (ticks, bundles) -> Screening (viewers, controls)

A Screening knows of a Show only what net/watching/show.py says, so that rooms of another model may be watched by another one.
"""
