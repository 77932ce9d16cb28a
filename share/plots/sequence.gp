# One connection's time-sequence diagram: what one side sent, what the other
# acknowledged, and what was lost or sent again.
#
#	tcpdecode FILE >all.tsv
#	c='-w src=10.0.0.1 -w sport=5001 -w dst=10.0.0.2 -w dport=80'
#	r='-w src=10.0.0.2 -w sport=80 -w dst=10.0.0.1 -w dport=5001'
#	reccut $c -w 'len > 0' pkt time,seq,len all.tsv >seq.tsv
#	reccut $r pkt time,ack all.tsv >ack.tsv
#	flowtrack -e all.tsv | reccut $c -w side=src loss time,seq,what >loss.tsv
#	gnuplot -e "data='seq.tsv'; ack='ack.tsv'; loss='loss.tsv'" sequence.gp

load ARG0[:strlen(ARG0) - strlen('sequence.gp')].'output.gp'
set title 'Time and sequence'
set xlabel 'seconds'
set ylabel 'bytes since the first segment'
stats data using 'time' name 'T' nooutput
stats data using 'seq' every ::0::0 name 'S' nooutput
d(v) = v - S_min >= 0 ? (v - S_min > 2.0**31 ? v - S_min - 2.0**32 : v - S_min) : (S_min - v > 2.0**31 ? v - S_min + 2.0**32 : v - S_min)
x = 'column("time") - T_min'
plot data using (@x):(d(column('seq'))):(0):(column('len')) with vectors nohead lw 2 lc rgb '#1f4e9c' title 'sent', \
    ack using (@x):(d(column('ack'))) with steps lc rgb '#2a9d4e' title 'acknowledged', \
    loss using (@x):(d(column('seq'))) with points pt 2 ps 1.2 lc rgb '#c0392b' title 'lost or sent again'
