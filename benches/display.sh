#!/usr/bin/env bash
# Opens the window on each kind of display, and takes away what it needs, one thing at a time: it must show a window, or end with 2
# and say in words what is missing and which package brings it. It must never panic, hang, or be silent.
# Linux alone: needs Xvfb, weston, xdotool, and the right to mount in a namespace of its own. PROGRAM names another build.
set -euo pipefail
cd "$(dirname "$0")/.."
windlass=${PROGRAM:-$PWD/target/release/windlass}
if [ -z "${DISPLAY_INSIDE:-}" ]; then
    [ -n "${PROGRAM:-}" ] || cargo build --release --quiet --package windlass
    exec env DISPLAY_INSIDE=1 unshare --mount --map-root-user "$BASH" "$0"
fi

folder=$(mktemp -d)
export HOME=$folder XDG_STATE_HOME=$folder/state XDG_RUNTIME_DIR=$folder/runtime
mkdir -m 700 "$XDG_RUNTIME_DIR"
servers=()
clean() { [ -z "${libraries:-}" ] || umount "$libraries" /usr/share/X11 "$folder/over" 2>/dev/null || true; }
trap 'kill "${servers[@]}" 2>/dev/null || true; wait 2>/dev/null || true; clean; rm -rf "$folder"' EXIT
unset DISPLAY WAYLAND_DISPLAY WAYLAND_SOCKET

wrong=0
fail() { echo "display: $1" >&2; sed 's/^/    /' "$folder/said" >&2 || true; wrong=1; }
well() { echo "display: $1"; }

# Starts a server, and waits until its socket answers.
serve() {
    local socket=$1
    shift
    "$@" >"$folder/server" 2>&1 &
    servers+=($!)
    for _ in $(seq 200); do [ -S "$socket" ] && return; sleep 0.05; done
    echo "display: $1 does not start" >&2
    cat "$folder/server" >&2
    exit 1
}

# A window must come: on X11 it is looked for there, on Wayland the program itself says what it asks of the server.
shows() {
    local name=$1 kind=$2
    shift 2
    timeout 60 env WAYLAND_DEBUG=client "$@" "$windlass" edit >"$folder/said" 2>&1 &
    local program=$! seen=no
    for _ in $(seq 200); do
        if [ "$kind" = x11 ]; then
            DISPLAY=$x11 timeout 5 xdotool search --name Windlass >/dev/null 2>&1 && seen=yes
        else
            grep -q 'set_title("Untitled' "$folder/said" && grep -q 'wl_surface.*commit' "$folder/said" && seen=yes
        fi
        if [ "$seen" = yes ] || ! kill -0 "$program" 2>/dev/null; then break; fi
        sleep 0.1
    done
    sleep 0.5
    if [ "$seen" = yes ] && kill -0 "$program" 2>/dev/null; then well "$name: a window"; else fail "$name: no window"; fi
    kill "$program" 2>/dev/null || true
    wait "$program" 2>/dev/null || true
}

# It must end with 2, and say something that fits.
refuses() {
    local name=$1 words=$2 code=0
    shift 2
    timeout 60 env "$@" "$windlass" edit >"$folder/said" 2>&1 || code=$?
    if [ "$code" -ne 2 ]; then fail "$name: ended with $code"
    elif grep -qi 'panic\|has a bug' "$folder/said"; then fail "$name: panics"
    elif ! grep -q -- "$words" "$folder/said"; then fail "$name: does not say “$words”"
    else well "$name: $(head -n 1 "$folder/said")"; fi
}

number=90
while [ -e "/tmp/.X11-unix/X$number" ]; do number=$((number + 1)); done
x11=:$number
serve "/tmp/.X11-unix/X$number" Xvfb "$x11" -screen 0 1280x800x24 -noreset
serve "$XDG_RUNTIME_DIR/there" weston --backend=headless-backend.so --socket=there --idle-time=0

shows "X11" x11 DISPLAY="$x11"
shows "Wayland" wayland WAYLAND_DISPLAY=there
shows "a dead Wayland beside a good X11" x11 WAYLAND_DISPLAY=gone DISPLAY="$x11"
refuses "a dead Wayland alone" 'nothing answers at the display `gone`' WAYLAND_DISPLAY=gone
refuses "a dead X11" 'nothing answers at the display `:4711`' DISPLAY=:4711
refuses "no display" 'neither `DISPLAY` nor `WAYLAND_DISPLAY` is set' LANG=C

# What is taken away is gone in this namespace alone: the folder of libraries is laid over.
libraries=$(dirname "$(ldconfig -p | sed -n 's/.*libX11\.so\.6 .*=> //p' | head -n 1)")
mkdir "$folder/over"
mount -t tmpfs tmpfs "$folder/over"
lay_over() {
    mkdir -p "$folder/over/$1/upper" "$folder/over/$1/work"
    mount -t overlay overlay -o "lowerdir=$2,upperdir=$folder/over/$1/upper,workdir=$folder/over/$1/work" "$2"
}
lay_over libraries "$libraries"

# Does something while a library is away.
away() {
    local path=$1
    shift
    mv "$(readlink -f "$path")" "$folder/over/away"
    [ -L "$path" ] && mv "$path" "$folder/over/link"
    "$@"
    [ -L "$folder/over/link" ] && mv "$folder/over/link" "$path"
    mv "$folder/over/away" "$(readlink -m "$path")"
}
without() {
    local path=$1 words=$2
    shift 2
    away "$path" refuses "without $(basename "$path")" "$words" "$@"
}

for pair in libX11.so.6=libx11-6 libX11-xcb.so.1=libx11-xcb1 libXcursor.so.1=libxcursor1 libXi.so.6=libxi6 \
    libxkbcommon.so.0=libxkbcommon0 libxkbcommon-x11.so.0=libxkbcommon-x11-0; do
    without "$libraries/${pair%=*}" "apt install ${pair#*=}" DISPLAY="$x11"
done
# Where one of the two ways to OpenGL is missing, X11 takes the other.
away "$libraries/libGL.so.1" shows "X11 without libGL.so.1" x11 DISPLAY="$x11"
away "$libraries/libEGL.so.1" shows "X11 without libEGL.so.1" x11 DISPLAY="$x11"
# This server has no keyboard, without which nothing asks for libxkbcommon.
for pair in libwayland-client.so.0=libwayland-client0 libwayland-egl.so.1=libwayland-egl1 libEGL.so.1=libegl1; do
    without "$libraries/${pair%=*}" "apt install ${pair#*=}" WAYLAND_DISPLAY=there
done
mount -t tmpfs tmpfs /usr/share/X11
refuses "without the tables of keys" 'apt install xkb-data' DISPLAY="$x11"

[ "$wrong" -eq 0 ] && echo "display: all of it is shown, or said in words"
exit "$wrong"
