#!/bin/sh
# closure.sh FOLDER PROGRAM...: makes the file system of an image from nothing: the programs of /programs without symbols,
# every library they load, certificates, time zones, and the two users there are. Runs while an image is built.
set -eu
root=$1
shift
mkdir -p "$root/usr/bin" "$root/etc/ssl/certs" "$root/usr/share" "$root/tmp" "$root/lib64"
chmod 1777 "$root/tmp"

for program in "$@"; do
    strip -o "$root/usr/bin/$program" "/programs/$program"
    chmod 0755 "$root/usr/bin/$program"
done

# ldd prints `name => path (address)`, and the loader as a path alone. A library is put where a loader without cache looks.
library_folder=/usr/lib/$(uname -m)-linux-gnu
mkdir -p "$root$library_folder"
for program in "$@"; do ldd "/programs/$program"; done | awk '
    /not found/ { print "missing: " $1 > "/dev/stderr"; exit 1 }
    $2 == "=>" { print $1, $3; next }
    $1 ~ /^\// { print $1, $1 }
' | sort -u >/tmp/libraries
while read -r name path; do
    case "$name" in
    /*) cp -L "$path" "$root$name" ;;
    *)
        cp -L "$path" "$root$library_folder/$name"
        case "$path" in */swift/*) strip --strip-unneeded "$root$library_folder/$name" ;; esac
        ;;
    esac
done </tmp/libraries
# Programs built beside their toolchain look there first and find nothing; the loader's own list comes next.
mkdir -p "$root/lib"
[ -e "$root/lib/$(uname -m)-linux-gnu" ] || ln -s "../usr/lib/$(uname -m)-linux-gnu" "$root/lib/$(uname -m)-linux-gnu"

cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
mkdir -p "$root/usr/share/zoneinfo"
(cd /usr/share/zoneinfo && tar -c --exclude=./right --exclude=./posix --exclude=./localtime --exclude=./posixrules .) | tar -x -C "$root/usr/share/zoneinfo"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
printf 'root:x:0:0::/:/none\nflotilla:x:65532:65532::/tmp:/none\n' >"$root/etc/passwd"
printf 'root:x:0:\nflotilla:x:65532:\n' >"$root/etc/group"
