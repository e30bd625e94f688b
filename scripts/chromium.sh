#!/bin/sh
# Print the Chromium that the browser tests drive; install Debian's when there is none.
set -eu

find_browser() {
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
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
    echo "Installing Chromium for the browser tests (once, a minute or two)" >&2
    as_root apt-get update -qq >&2 &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium \
            > /dev/null
}

find_browser && exit 0
install_debians && find_browser && exit 0
echo "The browser tests need Chromium, and it could neither be found nor installed. Install it" >&2
echo "(on Debian: apt-get install chromium), or set CHROMIUM to the path of a Chromium or Chrome." >&2
exit 1
