# SPDX-License-Identifier: GPL-2.0
# A section of Documentation/pareto.rst from what pareto says of one workload;
# set name.

BEGIN {
	FS = "\t"
	n = split("1 2 5 10 20 50 100", shares, " ")
	policies = split("no prefetch;sequential;functions;best", policy, ";")
	bar = "======== =========== ========== ========= ========= ====================="
}

$1 == "occupied" { occupied = $2 }
$1 == "activity" {
	activities++
	blocks += $4
	# By itself, not beside the others' functions.
	same_lost += $3 * $6 / $5
	other_lost += $3 * $8 / $7
}
$1 == "functions" { size[$2] = $3; same[$2] = $4; other[$2] = $5; whole[$2] = $7 }
$1 == "curve" {
	served[$2, $3 + 0] = $6
	again[$2, $3 + 0] = $5
	most[$2] = $4
	if ($6 >= 80 && !($2 in enough))
		enough[$2] = $3
}

function verdict(is_met)
{
	return is_met ? "met" : "MISSED"
}

END {
	title = toupper(substr(name, 1, 1)) substr(name, 2)
	print "\n" title
	gsub(/./, "-", title)
	print title "\n"
	printf "%d activities; the application occupies %.0f MiB.\n\n", activities,
		occupied / 256
	print bar
	print "  cached no prefetch sequential functions      best functions, same input"
	print bar
	for (i = 1; i <= n; i++) {
		printf "%6s %%", shares[i]
		for (p = 1; p <= policies; p++)
			printf "%*.1f %%", p == 1 ? 10 : p == 2 ? 9 : 8, served[policy[p], shares[i]]
		printf "%20.1f %%\n", again["functions", shares[i]]
	}
	print bar "\n"
	printf "- 80 %% of accesses from %s %% of the bytes by functions", enough["functions"]
	printf " (no prefetch %s %%, sequential %s %%, best %s %%); at most 20 %% wanted: %s\n",
		("no prefetch" in enough) ? enough["no prefetch"] : "never", enough["sequential"],
		enough["best"], verdict(enough["functions"] <= 20)
	printf "- a recorded function alone, same input: %.2f %% of its accesses; 100 %% wanted: %s\n",
		100 - 100 * same_lost, verdict(same_lost == 0)
	printf "- a recorded function alone, other input: %.2f %% of its accesses\n",
		100 - 100 * other_lost
	printf "- all functions are %.1f %% of the bytes: %.2f %% of accesses with other input\n",
		100 * size[1] / occupied, other[1]
	printf "- rounded up to regions of 64 KiB they are %.1f %%: %.2f %%\n",
		100 * size[16] / occupied, other[16]
	exit !(enough["functions"] <= 20 && same_lost == 0)
}
