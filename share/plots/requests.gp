# How many requests HTTP connections carry.
#
#	tcpdecode -d all FILE | httpreq | reccut http reqs >reqs.tsv
#	gnuplot -e "data='reqs.tsv'" requests.gp

load ARG0[:strlen(ARG0) - strlen('requests.gp')].'output.gp'
set title 'Requests on a connection'
set xlabel 'requests'
set ylabel 'connections'
set yrange [0:*]
set offsets graph 0.02, graph 0.02, 0, 0
set style fill solid 0.7
set boxwidth 0.8
plot data using 'reqs':(1) smooth frequency with boxes lc rgb '#1f4e9c' title 'connections'
