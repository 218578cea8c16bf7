# shellcheck shell=bash
# Installs the distribution's packages; sourced by the scripts that run programs on this machine.

is_root() { ((EUID == 0)); }

missing() { die 4 "$1 is missing and could not be installed ($2)${alternative:+; $alternative}"; }

# Nothing of what is installed is started, now or at the next boot: the scripts start what they need, on ports of their own.
install_packages() { # log, packages…
  local log=$1 package sudo=()
  shift
  is_root || sudo=(sudo -n)
  command -v apt-get >/dev/null || missing "$*" "no apt-get here"
  "${sudo[@]}" true 2>/dev/null || missing "$*" "neither root nor sudo without a password"
  note "installing $*"
  forbid_service_starts "${sudo[@]}"
  local apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get)
  local install=("${apt[@]}" install -y --no-install-recommends "$@")
  # Package lists may be absent or old, so a first failure is answered by fetching them.
  { "${install[@]}" || { "${apt[@]}" update && "${install[@]}"; }; } </dev/null &>"$log" ||
    missing "$*" "apt-get failed, see $log"
  [[ -d /run/systemd/system ]] || return 0
  for package in "$@"; do
    "${sudo[@]}" systemctl disable "$package" &>>"$log" || true
  done
}

# Debian starts what it installs unless this script, while it is there, forbids it.
forbid_service_starts() {
  local policy=/usr/sbin/policy-rc.d
  [[ ! -e $policy ]] || return 0
  # shellcheck disable=SC2064 # the values of now
  trap "$* rm -f $policy" EXIT
  printf '#!/bin/sh\nexit 101\n' | "$@" tee "$policy" >/dev/null
  "$@" chmod 755 "$policy"
}
