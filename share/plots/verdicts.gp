# Connection attempts of every minute, by verdict.
#
#	tcpdecode FILE | hsclass |
#	    summarize -w 60 -g result -v took -q '' -o tsv >hs.tsv
#	gnuplot -e "data='hs.tsv'" verdicts.gp

load ARG0[:strlen(ARG0) - strlen('verdicts.gp')].'output.gp'
set title 'Connection attempts by verdict'
set xlabel 'seconds'
set ylabel 'attempts a minute'
set yrange [0:*]
set offsets graph 0.02, graph 0.02, 0, 0
stats data using 'time' name 'T' nooutput
verdicts = 'success reject timeout unreach abort pending'
v = 'strcol("result")'
plot for [w in verdicts] data using (@v eq w ? column('time') - T_min : NaN):(column('records')) with linespoints pt 7 ps 0.6 lw 2 title w
