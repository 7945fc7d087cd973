#!/usr/bin/env bash
# Brings the Nu HTML checker to var/tools, once: the W3C's own package, of the version and with the hashes that stand
# here. To renew it, take another version, and the hashes of what it brings (sha256sum) after looking at what it says.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
VERSION=26.9.27
PACKAGE=5970d3ffca91a627cf0965e5d91bb2e4242307c29292998de0b419d6a901b2b7  # of vnu-jar-$VERSION.tgz
JAR=22f15dd39a33bed929d2a5c0cddf5946849a647eca9272bf4d5d00bc7e7a4d47  # of the vnu.jar in it

is() { echo "$1  $2" | sha256sum --check --status -; }

jar=var/tools/vnu-$VERSION.jar
if [ -f "$jar" ] && is "$JAR" "$jar"; then exit 0; fi
mkdir -p var/tools
scratch=$(mktemp -d -p var/tools)  # beside its goal: one step then gives it its name
trap 'rm -rf "$scratch"' EXIT
npm pack --silent --pack-destination "$scratch" "vnu-jar@$VERSION" >/dev/null
is "$PACKAGE" "$scratch/vnu-jar-$VERSION.tgz" || { echo "vnu-jar-$VERSION.tgz is another than was looked at" >&2; exit 1; }
tar -xzf "$scratch/vnu-jar-$VERSION.tgz" -C "$scratch" package/build/dist/vnu.jar
is "$JAR" "$scratch/package/build/dist/vnu.jar" || { echo "vnu.jar is another than was looked at" >&2; exit 1; }
mv "$scratch/package/build/dist/vnu.jar" "$jar"
