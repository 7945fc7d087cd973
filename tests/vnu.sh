#!/usr/bin/env bash
# Brings the Nu HTML checker to var/tools, once: the W3C's own package, of the version and with the hash that stand here.
# To renew it, take another version, and the hash of what it brings (sha256sum) after looking at what it says.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
VERSION=26.9.27
SHA256=5970d3ffca91a627cf0965e5d91bb2e4242307c29292998de0b419d6a901b2b7  # of vnu-jar-$VERSION.tgz

jar=var/tools/vnu-$VERSION.jar
[ ! -s "$jar" ] || exit 0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
npm pack --silent --pack-destination "$scratch" "vnu-jar@$VERSION" >/dev/null
echo "$SHA256  $scratch/vnu-jar-$VERSION.tgz" | sha256sum --check --quiet -
tar -xzf "$scratch/vnu-jar-$VERSION.tgz" -C "$scratch" package/build/dist/vnu.jar
mkdir -p var/tools
mv "$scratch/package/build/dist/vnu.jar" "$jar"
