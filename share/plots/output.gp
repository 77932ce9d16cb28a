# Where a plot goes: out='x.png' or 'x.svg' makes a file, else the terminal.

if (!exists('data')) { printerr "name the data: gnuplot -e \"data='FILE'\" ..."; exit status 2 }
if (exists('out') && strstrt(out, '.svg') > 0) { set terminal svg size 1000,560 dynamic background '#ffffff' font 'sans,13' }
if (exists('out') && strstrt(out, '.png') > 0) { set terminal pngcairo size 1000,560 font 'sans,11' }
if (exists('out')) { set output out } else { set terminal dumb size 100,30 }
set datafile separator tab
set datafile missing 'nan'
set grid lc rgb '#dddddd'
set border 3
set tics nomirror
set key outside top center horizontal
