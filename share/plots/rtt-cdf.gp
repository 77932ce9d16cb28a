# How many of the round trips to each host are at most so long.
#
#	tcpdecode FILE | rttmatch -c | reccut -N nan rtt src,rtt_seq >rtt.tsv
#	gnuplot -e "data='rtt.tsv'" rtt-cdf.gp

load ARG0[:strlen(ARG0) - strlen('rtt-cdf.gp')].'output.gp'
set title 'Clean round trips'
set xlabel 'round trip, ms'
set ylabel 'share of round trips'
set logscale x
set yrange [0:1]
hosts = system("tail -n +2 '".data."' | grep -v 'nan$' | cut -f1 | sort | uniq -c | sort -rn | awk 'NR <= 8 { print $2 }'")
n(h) = int(system("grep -c '^".h."\t[0-9]' '".data."'"))
plot for [h in hosts] sprintf("< grep '^%s\t[0-9]' '%s'", h, data) using ($2 * 1000):(1.0 / n(h)) smooth cumulative with steps lw 2 title h
