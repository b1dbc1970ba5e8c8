# `./just` runs these with nothing installed but Python; `just` does where just and uv are.

# No tool downloads a Python of its own. Compiled once, everything starts faster from then on, tests
# too: as many images of Python do, the caller may have asked Python to keep nothing.
export UV_PYTHON_DOWNLOADS := "never"
export UV_COMPILE_BYTECODE := "1"
export PYTHONDONTWRITEBYTECODE := ""

run := "uv run --frozen --no-sync"

# Five at a time, for most wait longer than they compute; a file by one of them. One that dies ends the
# run: it would die again of the same test.
together := "-n 5 --dist loadfile --max-worker-restart 0"

# Each feature's own tests and what every store promises.
quick := "tests/access tests/audit tests/authorization_server tests/budget tests/catalogue tests/contracts tests/conversations tests/http tests/integration tests/kernel tests/notices tests/oauth tests/policy tests/proxy tests/settings tests/storage tests/vault tests/test_leaks.py simulator/tests"

# Demo and start need no development tools, and leave those alone that are there.
without_tools := "uv run --frozen --no-dev --extra ui --quiet"
gateway := without_tools + " notion-gateway"
export NOTION_GATEWAY_UI := justfile_directory() / "conversational-ui/.next/standalone"

[private]
default:
    @'{{ just_executable() }}' --justfile '{{ justfile() }}' --list --unsorted

# Run gateway and front end beside a simulated Notion, and print the address to open
[positional-arguments]
demo *args: _announce _ui
    @exec {{ without_tools }} --group demo python -m demo "$@"

# Run gateway and front end for the real Notion, on this machine only
[positional-arguments]
start *args: _announce _ui
    @exec {{ gateway }} start "$@"

# Everything that must hold before a change is shared: check, with the types of every file, then every test
[positional-arguments]
test *args: _sync _checks_of_all
    @tests/support/install-servers
    @[ $# -eq 0 ] || {{ run }} pytest "$@"
    @[ $# -gt 0 ] || {{ run }} python -m tests.support.tried_again -q {{ together }} --no-loadscope-reorder -m 'not alone'
    @[ $# -gt 0 ] || {{ run }} python -m tests.support.tried_again -q -m alone
    @[ $# -gt 0 ] || '{{ just_executable() }}' --justfile '{{ justfile() }}' test-ui

# For everyday work: check, and the tests that need no browser, fault, other suite or attack
test-quick: _sync check
    @tests/support/install-servers
    @{{ run }} python -m tests.support.tried_again -q {{ together }} -m 'not alone and not thorough' {{ quick }}

# The tests of test-quick on the lowest versions that pyproject.toml allows, in an environment of its own
test-lowest:
    @tests/support/install-servers
    @tests/support/run-on-lowest -q {{ together }} -m 'not alone and not thorough' {{ quick }}

# Every fault and attack with the tests that try it: run them, and write the table of docs/reliability.md
[positional-arguments]
faults *args: _sync
    @tests/support/install-servers
    @{{ run }} python -m tests.support.fault_table "$@"

# Runs too long for a test, by name, each with a figure at its end; without a name, lists them
[positional-arguments]
longer-runs *args: _sync
    @[ $# -eq 0 ] || tests/support/install-servers
    @exec {{ run }} python -m tests.support.longer_runs "$@"

# The front end's part of test: its lint, types, unit tests, and end to end in a browser
test-ui: _sync
    @tests/support/install-servers
    @{{ run }} python conversational-ui/scripts/verify.py

# The fast part of test: formatting, lint, layers, strict types of what a change can touch
check: _installed _checks

# Format, and mend what the linter can mend
fix: _sync
    @{{ run }} ruff check --quiet --fix-only .
    @{{ run }} ruff format .
    @{{ run }} python -m notion_gateway.openapi > conversational-ui/openapi.json
    @{{ run }} python conversational-ui/scripts/verify.py --fix

# Register a client with Notion once, and print the exports; prints the known ones again
[positional-arguments]
export-notion-mcp-credentials *args: _announce
    @exec {{ gateway }} credentials export "$@"

# Build the wheel with the front end inside, into dist/
build: _sync _ui
    @{{ run }} python -m hatchling build -t wheel -d dist

# Write down the Python and npm packages that come along, as CycloneDX, into dist/
sbom: _sync
    @mkdir -p dist
    @uv export --quiet --frozen --no-dev --all-extras --no-emit-workspace --format cyclonedx1.5 --preview-features sbom-export --output-file dist/gateway.cdx.json
    @{{ run }} python conversational-ui/scripts/sbom.py dist/front-end.cdx.json

# Look for known faults in what comes along; asks the package indexes, so that test leaves it out
audit: _audited
    @failed=0; uvx --quiet pip-audit@2.10.1 --strict --disable-pip --require-hashes --requirement dist/audited.txt || failed=1; {{ run }} python conversational-ui/scripts/audit.py || failed=1; exit $failed

# The whole lock, as pip-audit reads it
[private]
_audited: _sync
    @mkdir -p dist
    @uv export --quiet --frozen --no-dev --all-extras --no-emit-workspace --output-file dist/audited.txt

# Measure the proxy against a direct connection and nginx
[positional-arguments]
bench *args: _sync
    @exec {{ run }} python -m bench "$@"

# Install real MCP clients and print what each does with the gateway; not part of test
[positional-arguments]
prove-clients *args: _sync
    @exec {{ run }} python -m tests.prove_clients "$@"

[private]
_announce:
    @[ -x .venv/bin/notion-gateway ] || echo 'Installing what the gateway needs into .venv/' >&2

# Built once; again when something has changed
[private]
_ui:
    @{{ without_tools }} python conversational-ui/scripts/build.py

[parallel]
[private]
_checks: _types _style _api

[parallel]
[private]
_checks_of_all: (_types "--all") _style _api

[private]
_style:
    @{{ run }} ruff format --check --quiet . || { echo 'Not formatted: ./just fix' >&2; exit 1; }
    @{{ run }} ruff check --quiet .
    @{{ run }} lint-imports --no-logo

[private]
_api:
    @{{ run }} python -m notion_gateway.openapi | cmp -s - conversational-ui/openapi.json || { echo 'The API has changed: ./just fix, and look at what that does to the front end' >&2; exit 1; }

# Room for young objects spares Node a fifth of the time.
[private]
_types *which:
    @NODE_OPTIONS=--max-semi-space-size=64 {{ run }} python -m tests.support.type_check {{ which }}

[private]
_sync: _announce_tools
    @uv sync --frozen --quiet

# To compile all of it takes longer than checks do, which load little.
[private]
_installed: _announce_tools
    @UV_COMPILE_BYTECODE=0 uv sync --frozen --quiet

[private]
_announce_tools:
    @[ -x .venv/bin/pytest ] || echo 'Installing what the project needs into .venv/' >&2
