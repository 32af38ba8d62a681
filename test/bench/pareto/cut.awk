# SPDX-License-Identifier: GPL-2.0
# A row of Documentation/pareto.rst: what ran with the link cut; set name.

{
	n[$2]++
	ran[$2] += $3 == 0
	reads[$2] += $4
	failed[$2] += $5
}

END {
	printf "%-12s %7d of %2d %7.2f %% %8d of %2d %7.2f %%\n", name,
		ran["again"], n["again"],
		100 - 100 * failed["again"] / reads["again"],
		ran["other"], n["other"],
		100 - 100 * failed["other"] / reads["other"]
}
