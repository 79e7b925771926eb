#!/usr/bin/env bash
# One harvest, for cron: settings from a file, one run at a time, a log with the time of each line.
#
#   harvest.sh [ARGUMENT...]     runs: harvester --db FILE harvest [ARGUMENT...]
#
# HARVESTER_DB        the database; default /var/lib/harvester/harvest.db. The run's folder is the database's, so that a
#                     harvest.toml beside it is read.
# HARVESTER_ENV_FILE  NAME=VALUE lines (as systemd reads them: no $, no export, # begins a comment line); default
#                     `environment` beside the database, else /etc/harvester/environment, where there is one. A variable
#                     that is already set wins. A file with a key in it must not be open to others: chmod 600.
# HARVESTER_BIN       the program; default `harvester` on PATH, else the one in .venv beside this folder.
# HARVESTER_LOG       the log, appended to; default stderr. With a log, stderr has only what went wrong: cron mails that.
#
# Exit code: the harvest's own (0 all, 4 source, 5 database, 6 partly done, 75 come back later), 75 where another run
# holds the lock, 3 where the settings are wrong. Needs bash 4.4 and flock (util-linux).

set -uo pipefail
readonly DATABASE=/var/lib/harvester/harvest.db SETTINGS=/etc/harvester/environment
readonly CONFIG=3 LATER=75
settings=()

stamp() { # the time before every line
    local line
    while IFS= read -r line || [[ -n $line ]]; do printf '%(%Y-%m-%dT%H:%M:%S%z)T %s\n' -1 "$line"; done
}

say() { stamp <<<"harvest.sh: $1"; }

die() { # code, why
    say "$2" >&2
    exit "$1"
}

absolute() { # path
    case $1 in
        /*) printf '%s' "$1" ;;
        *) printf '%s/%s' "$PWD" "$1" ;;
    esac
}

# Others may read or change it. A group may: it is how a service is given its keys.
is_open() { [[ -n $(find -L "$1" -prune \( -perm -004 -o -perm -002 \)) ]]; }

# Read, never run: a value with $ or ` stays what it is. What is in the file is never shown, it may be a key.
read_settings() { # file
    local line name value number=0 keys=
    while IFS= read -r line || [[ -n $line ]]; do
        number=$((number + 1))
        [[ $line =~ ^[[:space:]]*([#\;]|$) ]] && continue
        [[ $line =~ ^[[:space:]]*([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]] || die $CONFIG "$1: line $number is not NAME=VALUE"
        name=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
        value=${value%"${value##*[![:space:]]}"}
        [[ $value =~ ^\"(.*)\"$ || $value =~ ^\'(.*)\'$ ]] && value=${BASH_REMATCH[1]}
        [[ ${name^^} =~ KEY|TOKEN|SECRET|PASSWORD && -n $value ]] && keys=yes
        [[ -z ${!name-} ]] && settings+=("$name=$value")
    done <"$1"
    if [[ -n $keys ]] && is_open "$1"; then
        die $CONFIG "$1 holds a key and is open to others; close it: chmod 600 '$1'"
    fi
}

find_settings() {
    local file beside
    beside=$(dirname -- "${HARVESTER_DB:-$DATABASE}")/environment
    if [[ -n ${HARVESTER_ENV_FILE-} ]]; then
        [[ -f $HARVESTER_ENV_FILE && -r $HARVESTER_ENV_FILE ]] ||
            die $CONFIG "HARVESTER_ENV_FILE=$HARVESTER_ENV_FILE cannot be read"
        read_settings "$HARVESTER_ENV_FILE"
        return
    fi
    for file in "$beside" "$SETTINGS"; do
        [[ -f $file ]] || continue
        [[ -r $file ]] || die $CONFIG "$file cannot be read by $(id -un)"
        read_settings "$file"
        return
    done
}

find_program() {
    local here
    here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
    if [[ -n ${HARVESTER_BIN-} ]]; then
        absolute "$HARVESTER_BIN"
    elif ! type -P harvester; then
        printf '%s' "${here%/*}/.venv/bin/harvester"
    fi
}

find_settings
[[ ${#settings[@]} -eq 0 ]] || export "${settings[@]}"

database=$(absolute "${HARVESTER_DB:-$DATABASE}")
program=$(absolute "$(find_program)")
log=${HARVESTER_LOG:+$(absolute "$HARVESTER_LOG")}

type -P flock >/dev/null || die $CONFIG "flock is not on PATH; install util-linux"
[[ -f $program && -x $program ]] || die $CONFIG "no program at $program; set HARVESTER_BIN"
cd -- "$(dirname -- "$database")" 2>/dev/null || die $CONFIG "no folder for $database; make it, or set HARVESTER_DB"

# The program inherits the lock: it holds as long as a harvest runs, even where this script was killed.
{ exec 9>>"$database.cron-lock"; } 2>/dev/null || die $CONFIG "cannot write beside $database"
flock -n 9 || die $LATER "another run holds $database.cron-lock; nothing was done"

if [[ -n $log ]]; then
    { exec 4>>"$log"; } 2>/dev/null || die $CONFIG "cannot write the log $log"
else
    exec 4>&2
fi
say "start" >&4
exec 3> >(stamp >&4)
stamper=$!
"$program" --db "$database" harvest "$@" >&3 2>&1 &
harvest=$!
trap 'signalled=yes; kill -TERM "$harvest" 2>/dev/null' TERM INT HUP
signalled=yes
while [[ -n $signalled ]]; do # a signal ends `wait`, not the harvest: wait again, for the harvest's own code
    signalled=
    wait "$harvest"
    code=$?
done

exec 3>&-
wait "$stamper"
say "end, exit code $code" >&4
[[ $code -eq 0 || -z $log ]] || say "the harvest ended with exit code $code; see $log" >&2
exit "$code"
