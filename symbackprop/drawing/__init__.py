"""Pictures: the network as layers of units, and its computation graph, as SVG and as TikZ."""
