"""`./run bench [NAME…]`: how fast, as ratios between two things measured in one run.

Every figure is the best of several rounds of each side, taken in turn, so that what else the machine does strikes
both. Absolute figures hold for two cores and stand beside a calibration loop.
"""
