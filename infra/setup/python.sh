#!/bin/sh
# Prints the path of a Python that is new enough; prints nothing and fails where there is none.
for name in python3.13 python3.12 python3.11 python3 python3.14 python; do
    path=$(command -v "$name") || continue
    "$path" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    echo "$path"
    exit 0
done
exit 1
