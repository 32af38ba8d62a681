# SPDX-License-Identifier: GPL-2.0
# The timeline of demo/run; demo/timeline sets dir and out.

set terminal svg size 1100,800 dynamic background rgb "white" font "sans-serif,13"
set output out
lat = dir."/latency.tsv"
rates = dir."/rates.tsv"
steps = dir."/steps.tsv"
set datafile separator "\t"

# Three panels over one time axis, all with the same margins.
stats rates using 1 nooutput name "T"
set xrange [0:ceil(T_max)]
set lmargin at screen 0.10
set rmargin at screen 0.97
set border 3 lc rgb "#666666"
set tics nomirror out
set grid ytics lc rgb "#dddddd" lt 1
set y2range [0:1]
unset y2tics
set multiplot

outage = "#f3d9d4"
green = "#1b7f4f"
orange = "#d95f02"
red = "#b2182b"

# The steps of the story: a line through all panels and a name on top.
stats steps using 1 nooutput name "S"
do for [i = 0:S_records - 1] {
	stats steps every ::i::i using 1 nooutput name "M"
	set arrow i + 1 from first M_min, graph 0 to first M_min, graph 1 \
		nohead lc rgb "#999999" dt 2
}

set tmargin at screen 0.84
set bmargin at screen 0.50
set title "Reads of /dev/evg0 while its link comes and goes" font ",16" offset 0,3.6
set ylabel "read latency"
set logscale y
set yrange [1e-5:20]
set ytics ("10 us" 1e-5, "100 us" 1e-4, "1 ms" 1e-3, "10 ms" 1e-2, \
	"100 ms" 1e-1, "1 s" 1, "10 s" 10)
set format x ""
set key at graph 0.5, graph 1.24 center horizontal samplen 1 width 2
rtt = 0.02
plot rates using 1:($4 < 4 ? 1 : 0) axes x1y2 with fillsteps \
		fs solid 1 noborder fc rgb outage title "link not online", \
	lat using 1:($3 == 0 && $2 < rtt ? $2 : 1/0) with points \
		pt 7 ps 0.25 lc rgb green title "read done in less than a round trip", \
	lat using 1:($3 == 0 && $2 >= rtt ? $2 : 1/0) with points \
		pt 7 ps 0.25 lc rgb orange title "read done later", \
	lat using 1:($3 != 0 ? $2 : 1/0) with points \
		pt 2 ps 0.8 lw 1.5 lc rgb red title "read failed", \
	rtt with lines lc rgb "#888888" dt 3 notitle, \
	steps using 1:(20):2 with labels left rotate by 25 offset 0.3,0.6 \
		font ",12" tc rgb "#333333" notitle

unset title
unset key
set tmargin at screen 0.47
set bmargin at screen 0.24
set ylabel "a second"
set yrange [1:*]
set format y "%g"
set ytics auto
set key at graph 0.99, graph 0.95 right samplen 1
plot rates using 1:($4 < 4 ? 1 : 0) axes x1y2 with fillsteps \
		fs solid 1 noborder fc rgb outage notitle, \
	rates using 1:($2 > 0 ? $2 : 1/0) with impulses \
		lw 1.5 lc rgb green title "hits", \
	rates using 1:($3 > 0 ? $3 : 1/0) with impulses \
		lw 1.5 lc rgb orange title "misses"

unset key
unset logscale y
set tmargin at screen 0.21
set bmargin at screen 0.08
set ylabel "link"
set yrange [-0.5:4.5]
set ytics ("stale" 0, "offline" 1, "recovering" 2, "suspect" 3, "online" 4)
set format x "%g s"
plot rates using 1:($4 < 4 ? 1 : 0) axes x1y2 with fillsteps \
		fs solid 1 noborder fc rgb outage notitle, \
	rates using 1:4 with steps lw 2 lc rgb "#2166ac" notitle
unset multiplot
