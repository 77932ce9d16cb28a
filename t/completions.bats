#!/usr/bin/env bats
# What the shells complete, from what -h prints.

load helper

BASH_FILES=$BUILD/share/bash-completion/completions
ZSH_FILES=$BUILD/share/zsh/site-functions
FISH_FILES=$BUILD/share/fish/vendor_completions.d

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	touch "a file"
}

# completed WORD...: what bash offers for the last word of a command line.
completed() {
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_connpipe_"$1"
	printf '%s\n' "${COMPREPLY[@]}"
}

# typed TEXT WANT INIT SHELL...: TEXT and the TAB key show WANT.
typed() {
	python3 "$BATS_TEST_DIRNAME/typed.py" "$3" "$1" "$2" "${@:4}"
}

@test "bash completes every option of every program" {
	for file in "$BASH_FILES"/*; do
		program=$(basename "$file")
		bash -n "$file"
		. "$file"
		complete -p "$program" | grep -q "_connpipe_$program $program$"
		$program -h | grep -o '^  .*' | sed 's/   *[^- ].*//' |
		    grep -oe '--[0-9a-zA-Z-]*\|-[0-9a-zA-Z],' | tr -d , |
		    sort -u >want
		completed "$program" - | sort -u | comm -13 - want >missing
		same /dev/null missing
	done
}

@test "bash completes files, devices, users and lists where they belong" {
	for program in connmon tcpeek rttmatch mkfilter; do
		. "$BASH_FILES/$program"
	done
	[ "$(completed rttmatch -D al)" = all ]
	[ "$(completed rttmatch 'a f')" = 'a file' ]
	[ "$(completed tcpeek --read 'a f')" = 'a file' ]
	[ "$(completed tcpeek --read = 'a f')" = 'a file' ]
	[ "$(completed tcpeek --read =)" = 'a file' ]
	[ "$(completed tcpeek -i lo)" = lo ]
	completed tcpeek -u '' | grep -qx root
	[ "$(completed mkfilter hand)" = handshake ]
	[ -z "$(completed connmon --sumInt a)" ]
	[ -z "$(completed connmon a)" ]
}

@test "a TAB completes a long option, in each shell that is installed" {
	need python3
	typed 'connmon --mach' 'connmon --machine ' \
	    ". '$BASH_FILES/connmon'" bash --norc --noprofile -i
	if command -v zsh >/dev/null; then
		typed 'connmon --mach' 'connmon --machine ' \
		    "fpath=('$ZSH_FILES' \$fpath); autoload -Uz compinit; compinit -u -D" \
		    zsh -f -i
	fi
	if command -v fish >/dev/null; then
		typed 'connmon --mach' '--machine' \
		    "source '$FISH_FILES/connmon.fish'" fish --no-config -i
	fi
}

@test "zsh and fish, where installed, read every file" {
	for shell in zsh fish; do
		command -v $shell >/dev/null || {
			echo "# $shell is not installed: not tried" >&3
			continue
		}
		tried=$shell
		case $shell in
		zsh)	files=("$ZSH_FILES"/_*) ;;
		fish)	files=("$FISH_FILES"/*.fish) ;;
		esac
		for file in "${files[@]}"; do
			$shell -n "$file"
		done
	done
	[ -n "${tried-}" ] || skip 'neither zsh nor fish is installed'
}

@test "install puts them where the shells look, uninstall removes them" {
	make -C "$top" BUILD="$BUILD" DESTDIR="$PWD/dest" PREFIX=/usr install
	for program in "$BUILD"/bin/*; do
		program=${program##*/}
		[ -s dest/usr/share/bash-completion/completions/$program ]
		[ -s dest/usr/share/zsh/site-functions/_$program ]
		[ -s dest/usr/share/fish/vendor_completions.d/$program.fish ]
	done
	make -C "$top" BUILD="$BUILD" DESTDIR="$PWD/dest" PREFIX=/usr uninstall
	[ -z "$(find dest -type f)" ]
}
