#!/usr/bin/env bash
# Sees to it that the programs that tests run are there: installs Debian's packages where it may, else says which to install.
set -euo pipefail

# program, and the packages that it needs
wanted="
named bind9
named-checkzone bind9-utils
knotd knot
kzonecheck knot-dnssecutils
pdns_server pdns-server pdns-backend-sqlite3
sqlite3 sqlite3
postfix postfix
ip iproute2
caddy caddy
nginx nginx-light
node nodejs
npm npm
"

PATH="$PATH:/usr/sbin:/sbin"
packages=()
while read -r program needed; do
    if [ -n "$program" ] && ! command -v "$program" >/dev/null; then
        read -ra found <<<"$needed"
        packages+=("${found[@]}")
    fi
done <<<"$wanted"

if [ "${#packages[@]}" -eq 0 ]; then
    exit 0
elif [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "installing Debian's packages ${packages[*]}: once, under a minute" >&2
    export DEBIAN_FRONTEND=noninteractive
    # The tests start servers of their own; RUNLEVEL=1 keeps the packages from starting theirs.
    export RUNLEVEL=1
    { apt-get update -qq && apt-get install -qq --yes --no-install-recommends "${packages[@]}"; } >/dev/null
else
    echo "The tests need programs that are not here. As root: apt-get install ${packages[*]}" >&2
    exit 3
fi
