"""What coverage costs: FLOPs, GPU seconds and dollars of k samples of each problem, and which model buys most."""
