# SPDX-License-Identifier: GPL-2.0
# A table of hit-path.tsv, as text or, with -v rst=1, in reStructuredText.
# Its exit status is 1 when a goal is missed.

function peer_row(name, base,    ratio1, ratio32)
{
	if (base == "") {
		row(name, cost[name, 1], cost[name, 32], "", "")
		return
	}
	ratio1 = cost[name, 1] / cost[base, 1]
	ratio32 = cost[name, 32] / cost[base, 32]
	row(name, cost[name, 1], cost[name, 32],
	    sprintf("%.3f", ratio1), sprintf("%.3f", ratio32))
}

function row(a, b, c, d, e)
{
	printf("%-25s %8s %8s %8s %8s\n", a, b, c, d, e)
}

function rule(    line)
{
	line = "========================= ======== ======== ======== ========"
	if (!rst)
		gsub(/=/, "-", line)
	print line
}

# goal NAME BASE MOST: what the ratios must not exceed
function goal(name, base, most,    i, depth, ratio, verdict)
{
	for (i = 1; i <= 2; i++) {
		depth = i == 1 ? 1 : 32
		ratio = cost[name, depth] / cost[base, depth]
		verdict = "met"
		if (ratio > most) {
			verdict = "MISSED"
			missed = 1
		}
		printf("%s%s over %s, depth %d: %.3f, at most %.2f wanted: %s\n",
		       rst ? "- " : "", name, base, depth, ratio, most, verdict)
	}
}

BEGIN {
	FS = "\t"
}

{
	cost[$1, $2] = $3
	rows++
}

END {
	if (rows != 16) {
		print "report: " rows + 0 " of 16 rows; the run was cut short" \
			>"/dev/stderr"
		exit 1
	}
	rule()
	row("instructions per read", "depth 1", "depth 32", "ratio 1",
	    "ratio 32")
	rule()
	peer_row("raw device", "")
	peer_row("dm-linear", "raw device")
	peer_row("evergreen, block device", "dm-linear")
	peer_row("direct I/O on a file", "")
	peer_row("loop, direct I/O", "direct I/O on a file")
	peer_row("evergreen, directory", "loop, direct I/O")
	peer_row("none parked", "")
	peer_row("10000 parked", "none parked")
	rule()
	print ""
	goal("evergreen, block device", "dm-linear", 1.15)
	goal("evergreen, directory", "loop, direct I/O", 1)
	goal("10000 parked", "none parked", 1.02)
	exit missed
}
