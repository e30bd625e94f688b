"""Where rows and ledger live: database address, engine, models, migrations and every query."""
