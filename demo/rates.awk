# SPDX-License-Identifier: GPL-2.0
# From samples to rates: seconds since begin, hits/s, misses/s, link state's
# rank in the plot, MiB fetched.

BEGIN {
	FS = "\t"
	rank["online"] = 4
	rank["suspect"] = 3
	rank["recovering"] = 2
	rank["offline"] = 1
	rank["stale"] = 0
}

NR > 1 && $1 > clock {
	printf("%.2f\t%.1f\t%.1f\t%d\t%.2f\n", $1 - begin,
	       ($3 - hits) / ($1 - clock), ($4 - misses) / ($1 - clock),
	       rank[$2], $7 / 1048576)
}

{
	clock = $1
	hits = $3
	misses = $4
}
