"""The command line: `main` and one module per verb.

A verb is a module `relatum.cli.<verb>` with a function `register(app)`, and a line in
`relatum.cli.main.VERBS`. `relatum.cli.common` holds what verbs share.
"""
