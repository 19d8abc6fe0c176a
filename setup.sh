#!/usr/bin/env bash
# Set up everything the autograder needs, in .venv beside this file. Safe to run again.
# Gradescope runs it once as root when it builds the image; run_autograder runs it on first use elsewhere.
#   setup.sh         what grading needs
#   setup.sh --dev   also what the tests need

main() {
  set -eu
  local here venv lock python
  here=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
  venv=$here/.venv
  lock=requirements.lock
  [ "${1:-}" = --dev ] && lock=requirements-dev.lock
  python=$(find_python) || return 1
  if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    make_venv "$python" "$venv"
  fi
  if ! cmp -s "$here/$lock" "$venv/.installed-$lock"; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --only-binary :all: \
      --require-hashes -r "$here/$lock"
    cp "$here/$lock" "$venv/.installed-$lock"
    cp "$here/requirements.lock" "$venv/.installed-requirements.lock"  # the other lock holds all of this one
  fi
  "$venv/bin/python" - "$here" <<'PYTHON'
import pathlib, sys, sysconfig
# The package is used where it stands: a path file and a script do what an editable install would, with nothing to build.
pathlib.Path(sysconfig.get_path("purelib"), "autograder-source.pth").write_text(sys.argv[1] + "\n")
script = pathlib.Path(sysconfig.get_path("scripts"), "autograder")
script.write_text(f"#!{sys.executable}\nfrom autograder.cli import main\n\nmain()\n")
script.chmod(0o755)
PYTHON
  local folder
  for folder in "$here/autograder" "$here/reference"; do
    [ ! -d "$folder" ] || "$venv/bin/python" -m compileall -q "$folder" || true
  done
  # What is wrong with a problem is told where it is graded or validated.
  "$venv/bin/python" -c 'from autograder.spec.compiled import open_all; open_all()' || true
  echo "autograder: ready in $venv" >&2
}

find_python() {
  local name
  for name in python3 python3.10 python3.11 python3.12 python3.13 python; do
    if command -v "$name" >/dev/null 2>&1 &&
      "$name" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3 python3-venv >&2 &&
      command -v python3
    return
  fi
  echo "autograder: needs Python 3.10, 3.11, 3.12 or 3.13 on the PATH" >&2
  return 1
}

make_venv() {
  rm -rf -- "$2"
  if ! "$1" -m venv "$2" 2>/dev/null; then
    # Debian and Ubuntu ship venv apart from Python.
    rm -rf -- "$2"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
      apt-get update -qq
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$(basename "$1")-venv" >&2 ||
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >&2
    fi
    "$1" -m venv "$2"
  fi
}

main "$@"; exit
