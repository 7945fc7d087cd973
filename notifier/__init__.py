"""The procurement notifier: from a public buyer's pages to the mailbox of a social enterprise.

Read the modules in the order in which a lot passes them: `spiders` (fetch and read), `lots` (what was read),
`changes` (what is new), `store` (what is kept), `suitability` (whom it suits and why), `matching` and `digest`
(who is told), `render` (how it reads), `publish`, `outbox` and `mail` (how it gets there), `cli` (who calls whom).
"""

__version__ = "0.1.0"
