"""Speed and memory on this machine, as ratios within one run where there is something to compare with."""
