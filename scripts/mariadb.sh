#!/bin/sh
# Print the MariaDB server that tests of sources start; install Debian's when there is none.
# `mariadb-server-core` has the programs and starts no service.
set -eu

PATH="$PATH:/usr/sbin:/usr/local/sbin"

find_server() {
    for name in "${MARIADBD:-}" mariadbd mysqld; do
        if [ -n "$name" ] && command -v "$name"; then return 0; fi
    done
    return 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

install_debians() {
    command -v apt-get > /dev/null || return 1
    [ "$(id -u)" -eq 0 ] || command -v sudo > /dev/null || return 1
    echo "Installing MariaDB for the tests of sources (once, less than a minute)" >&2
    as_root apt-get update -qq >&2 &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            mariadb-server-core mariadb-client-core > /dev/null
}

find_server && exit 0
install_debians && find_server && exit 0
echo "The tests of sources need MariaDB's server, and it could neither be found nor installed. Install it" >&2
echo "(on Debian: apt-get install mariadb-server-core mariadb-client-core), or set MARIADBD to the path of mariadbd." >&2
exit 1
