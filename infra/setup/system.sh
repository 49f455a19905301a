#!/bin/sh
# Installs the system packages that are missing: a compiler, Python with headers and venv, two voices, recognition of
# pages in English and Hindi.
#
#   sh infra/setup/system.sh [demo]
#
# Where it may not install them it says in one sentence which are missing and how to get them. Without a compiler or
# Python it stops; without the voices it stops only for the demo, which speaks with them.
set -u
here=$(dirname "$0")
log=$(mktemp)
mode=${1:-}
system=other
trap 'rm -f "$log"' EXIT

stop() {
    echo "$1" >&2
    exit 1
}

has() {
    command -v "$1" >/dev/null 2>&1
}

ask_python() {
    "$python" -c "$1" >/dev/null 2>&1
}

has_headers() {
    ask_python 'import os, sysconfig; os.stat(os.path.join(sysconfig.get_paths()["include"], "Python.h"))'
}

# Debian calls headers and venv after the version of the Python they belong to.
debian_python() {
    for version in 3.13 3.12 3.11; do
        apt-cache show "python$version-venv" >/dev/null 2>&1 && break
    done
    echo "python$version python$version-venv python$version-dev"
}

debian_needs() {
    has c++ || echo g++
    if [ -z "$python" ]; then
        debian_python
        return
    fi
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    ask_python 'import ensurepip, venv' || echo "python$version-venv"
    has_headers || echo "python$version-dev"
}

mac_needs() {
    [ -n "$python" ] || echo python@3.13
}

wanted() {
    has flite || echo flite
    has espeak-ng || echo espeak-ng
    [ "$mode" = demo ] || has tesseract || recognition
}

# Recognition of pages whose text layer can't be believed; other languages have packs of their own.
recognition() {
    if [ "$system" = mac ]; then
        echo tesseract tesseract-lang
    else
        echo tesseract-ocr tesseract-ocr-eng tesseract-ocr-hin
    fi
}

apt_install() {
    $sudo apt-get -qq install -y --no-install-recommends "$@" >"$log" 2>&1
}

install() {
    [ "$can_install" = yes ] || return 1
    echo "Installing $* ..."
    if [ "$system" = mac ]; then
        HOMEBREW_NO_AUTO_UPDATE=1 brew install --quiet "$@" >"$log" 2>&1
    else
        apt_install "$@" || { $sudo apt-get -qq update >>"$log" 2>&1 && apt_install "$@"; }
    fi || { tail -n 5 "$log" >&2; return 1; }
}

python=$(sh "$here/python.sh") || python=
export DEBIAN_FRONTEND=noninteractive
can_install=no
sudo=
if [ "$(uname)" = Darwin ]; then
    system=mac
    how="brew install"
    xcode-select -p >/dev/null 2>&1 || stop "There is no C++ compiler: run 'xcode-select --install', then make again."
    has brew && can_install=yes
elif has apt-get; then
    system=debian
    how="sudo apt-get install"
    if [ "$(id -u)" = 0 ]; then
        can_install=yes
    elif has sudo && sudo -n true 2>/dev/null; then
        can_install=yes
        # The value of a variable set here would not reach apt-get through sudo by itself.
        sudo="sudo -n DEBIAN_FRONTEND=noninteractive"
    fi
    [ -n "$python" ] || [ "$can_install" = no ] || $sudo apt-get -qq update >"$log" 2>&1
else
    { has c++ && [ -n "$python" ] && ask_python 'import ensurepip, venv' && has_headers; } ||
        stop "Install a C++ compiler and Python 3.11 or later with its headers and venv module, then run make again."
    [ -z "$(wanted)" ] || echo "Missing: $(wanted | xargs); install them by your package manager." >&2
    exit 0
fi

needed=$("${system}_needs" | xargs)
optional=$(wanted | xargs)
[ -z "$needed$optional" ] && exit 0
# shellcheck disable=SC2086 # the lists are lists
install $needed $optional && exit 0
message="Missing: $(echo "$needed $optional" | xargs); install with '$how $(echo "$needed $optional" | xargs)', then run make again."
if [ -n "$needed" ] || [ "$mode" = demo ]; then
    stop "$message"
fi
echo "$message" >&2
