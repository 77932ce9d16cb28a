# run.sh - for front-ends that run a pipeline: as one job by runpipe(1), or
# printed.  make puts it into those.
# shellcheck shell=sh disable=SC2034,SC2154

# The pipeline as a shell has it, and as arguments of runpipe.
pipeline='' job=''

# Append a stage, the command $1, which reads the one before.
stage() {
	pipeline="$pipeline${pipeline:+ | }$1"
	job="$job${job:+ '|' }$1"
}

# The user that stages need not be more than: $1, or nobody.  Only root becomes
# another.
user_option() {
	[ "$(id -u)" -ne 0 ] || printf %s " -u $(quote "${1:-nobody}")"
}

# shellcheck disable=SC2120
# Run it: this process becomes the job.  Its source keeps root, and drops it
# itself; the others are the user $1.  $2 are further options of runpipe.
run() {
	eval "exec runpipe$(user_option "$1") ${2-} -- $job"
}
