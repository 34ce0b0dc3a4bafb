# make demo: install, load the example, serve it.   make test: install, check, test.   make format: tidy the code.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
STORE := .demo/store

.PHONY: demo test format pictures clean

demo: $(VENV)/demo
	$(VENV)/bin/joinedup load examples/major-projects examples/deep-dive --store $(STORE)
	$(VENV)/bin/joinedup serve --store $(STORE) --port $(PORT)

test: $(VENV)/test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/pytest -n auto --maxprocesses 4 --dist loadfile

format: $(VENV)/test
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

pictures: $(VENV)/test
	$(VENV)/bin/python examples/pictures.py

$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo: pyproject.toml | $(VENV)/bin/pip
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/test: pyproject.toml | $(VENV)/bin/pip
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@ $(VENV)/demo

clean:
	rm -rf $(VENV) .demo dist build
