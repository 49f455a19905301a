# make demo     mines a small bulletin pack whose truth is known, and says how well that went
# make test     runs the tests
# make check    format, lint, types and tests: what a change must pass
# make setup    everything installed, nothing run
# make format   puts the code into its format
# make clean    removes what was made, but not .venv
#
# Each sets up what it needs first. Nothing is installed outside .venv but missing system packages.

PARTS := schemas alignment datasets pipelines infra
PIP := .venv/bin/pip --disable-pip-version-check
CODE := $(PARTS) tests
# Side by side, each file by one process: what a file sets up is set up once. In the order of the listing: slow files
# hold few tests, and would all come last.
PYTEST := .venv/bin/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

# What is installed in .venv holds the path of this folder: where that has moved, all is installed again.
$(shell [ "$$(cat .venv/.made 2>/dev/null)" = "$$(pwd)" ] || rm -f .venv/.made .venv/.mine .venv/.dev)

.PHONY: demo test check setup format clean typing-view
.DELETE_ON_ERROR:

demo: .venv/.mine
	.venv/bin/wavelode demo --out demo

test: .venv/.dev
	$(PYTEST)

check: .venv/.dev typing-view
	.venv/bin/ruff format --check $(CODE)
	.venv/bin/ruff check $(CODE)
	.venv/bin/mypy -p wavelode
	$(PYTEST)

setup: .venv/.dev typing-view

format: .venv/.dev
	.venv/bin/ruff format $(CODE)
	.venv/bin/ruff check --fix $(CODE)

clean:
	rm -rf build dist demo .typing .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.made:
	@sh infra/setup/venv.sh $(filter demo,$(MAKECMDGOALS))
	@pwd > $@

.venv/.mine: .venv/.made pyproject.toml constraints.txt $(wildcard alignment/csrc/*)
	@echo "Installing Wavelode and what it needs into .venv; this takes a minute or two ..."
	@$(PIP) install --quiet --use-pep517 --editable ".[mine]" --constraint constraints.txt
	@touch $@

# Not ".[mine,dev]": pip would build Wavelode a second time.
.venv/.dev: .venv/.mine
	@echo "Installing what the tests need into .venv ..."
	@.venv/bin/python infra/setup/dev_requirements.py pyproject.toml > .venv/dev.txt
	@$(PIP) install --quiet --requirement .venv/dev.txt --constraint constraints.txt
	@touch $@

# The type checker does not see an editable install; it looks at this view of the same files.
typing-view:
	@mkdir -p .typing/wavelode
	@for part in $(PARTS); do ln -sfn ../../$$part .typing/wavelode/$$part; done
