# SPDX-License-Identifier: GPL-2.0
# The plot of Documentation/pareto.rst; run-pareto sets dir and out.

set terminal svg size 1000,760 dynamic background rgb "white" font "sans-serif,13"
set output out
set datafile separator "\t"
set border 3 lc rgb "#666666"
set tics nomirror out
set grid lc rgb "#e4e4e4" lt 1
set logscale x
set xrange [0.5:100]
set yrange [0:100]
set xtics ("0.5" 0.5, "1" 1, "2" 2, "5" 5, "10" 10, "20" 20, "50" 50, "100" 100)
set format y "%g %%"
# The goal: above and to the left of this corner.
set arrow 1 from 20,80 to 20,100 nohead lc rgb "#888888" dt 2
set arrow 2 from 0.5,80 to 20,80 nohead lc rgb "#888888" dt 2
set label 1 "wanted: a curve that enters here" at 0.55,83 font ",11" tc rgb "#666666"

is(p, x, y) = strcol(1) eq "curve" && strcol(2) eq p && x <= 100 ? y : 1/0
names = "synthetic compile interpreters documents"
set multiplot layout 2,2 margins 0.08,0.98,0.09,0.88 spacing 0.08,0.14 \
	title "Accesses served against bytes cached, other input than was recorded" font ",16"
do for [i = 1:4] {
	name = word(names, i)
	file = dir."/".name.".tsv"
	set title name font ",14"
	set xlabel (i > 2 ? "share of the application's bytes that is cached, %" : "")
	set ylabel (i % 2 ? "share of accesses served" : "")
	if (i == 2) {	# it has room
		set key at graph 0.02,0.76 left top Left reverse samplen 2
	} else {
		unset key
	}
	plot file using 3:(is("best", $3, $6)) every 5 with lines lw 1.5 lc rgb "#888888" dt 3 title "best possible", \
		file using 3:(is("functions", $3, $6)) every 5 with lines lw 2.5 lc rgb "#1b7f4f" title "recorded functions", \
		file using 3:(is("no prefetch", $3, $6)) every 5 with lines lw 1.5 lc rgb "#2166ac" title "no prefetch", \
		file using 3:(is("sequential", $3, $6)) every 5 with lines lw 1.5 lc rgb "#d95f02" title "sequential hydration"
}
unset multiplot
