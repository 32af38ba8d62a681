# SPDX-License-Identifier: GPL-2.0
# A table of Documentation/pareto.rst: times to the first result; set name.

BEGIN {
	FS = "\t"
	bar = "================================ ======== ============== =============="
}

$3 == "needed"	{ needed[$1] = $5; next }
!($1 in mbit)	{ links[++n] = $1; mbit[$1] = $2 }
n == 1		{ ways[++w] = $3 }
		{ seconds[$1, $3] = $4; came[$1, $3] = $5 }

function goal(text, is_met)
{
	printf "- %s: %s\n", text, is_met ? "met" : "MISSED"
	missed += !is_met
}

END {
	for (i = 1; i <= n; i++) {
		link = links[i]
		own = needed[link] * 8 / mbit[link] / 1000000
		whole = seconds[link, "full download of the demo's disk"]
		small = seconds[link, "full download"]
		cold = seconds[link, "evergreen, cold"]
		imported = seconds[link, "evergreen, function imported"]
		title = name ", " link
		print "\n" title
		gsub(/./, "-", title)
		print title "\n"
		printf "%.1f MiB needed; the link's own time for them is %.2f s.\n\n",
			needed[link] / 1048576, own
		print bar
		printf "%-32s %8s %14s %14s\n", "first result by", "seconds",
			"over link time", "MiB came"
		print bar
		for (k = 1; k <= w; k++)
			printf "%-32s %8.2f %14.2f %14.1f\n", ways[k],
				seconds[link, ways[k]], seconds[link, ways[k]] / own,
				came[link, ways[k]] / 1048576
		print bar "\n"
		goal(sprintf("cold, %.3f of a full download of the demo's disk, at most 0.1 wanted",
			     cold / whole), cold / whole <= 0.1)
		goal(sprintf("cold, %.3f of a full download of a disk with the application alone, at most 0.1 wanted",
			     cold / small), cold / small <= 0.1)
		goal(sprintf("with an imported function, %.2f of the link's own time, at most 1.5 wanted",
			     imported / own), imported / own <= 1.5)
	}
	exit missed > 0
}
