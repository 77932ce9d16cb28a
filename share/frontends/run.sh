# run.sh - for front-ends that run a pipeline until its input ends or a signal
# stops it.  make puts it into those.
# shellcheck shell=sh disable=SC2034

# Open a file without a name, to which the pipeline writes "started" and the
# process id of its source, and "failed" and the status of each program that
# fails.  Background jobs have no standard input: 9 is that of the front-end.
open_state() {
	state=$(mktemp) || exit
	exec 7>"$state"
	exec 8<"$state" 9<&0
	rm -f "$state"
	source_pid='' worst=0
}

# A part of the pipeline: the command $1.
part() {
	printf '{ %s || echo failed $? >&7; }' "$1"
}

# Its first part, which a signal to the front-end stops.
source_part() {
	part "sh -c 'echo started \$\$ >&7; exec \"\$@\"' sh $1 <&9"
}

# awk would end at a signal, before it has read what was captured.
deaf="trap '' HUP INT QUIT TERM"

# Read what the pipeline wrote.  A program that SIGPIPE ended (141) did not
# fail: the one that it wrote to ended first.
read_state() {
	while read -r what number <&8; do
		case $what,$number in
		started,*) source_pid=$number ;;
		failed,141) ;;
		*)	[ "$number" -le "$worst" ] || worst=$number ;;
		esac
	done
}

# Stop the source; the other programs continue to the end of their input.
# Ctrl-C reaches the source as well, which a second signal would end at once: so
# the signal is sent only if the source is still there a second later.
stop() {
	trap : HUP INT QUIT TERM
	read_state
	while [ -z "$source_pid" ] && kill -0 "$pipeline" 2>/dev/null; do
		sleep 0.1
		read_state
	done
	(sleep 1; kill "$source_pid") >/dev/null 2>&1 6>&- 7>&- 8<&- 9<&- &
}

# Wait for process $pipeline, and set status to the worst of all its parts.  A
# signal interrupts wait.
await() {
	wait "$pipeline"
	status=$?
	while kill -0 "$pipeline" 2>/dev/null; do
		wait "$pipeline"
		status=$?
	done
	read_state
	[ "$worst" -le "$status" ] || status=$worst
}
