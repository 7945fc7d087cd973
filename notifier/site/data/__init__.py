"""Open data: the same facts and marks as on the pages, for programs. Pure.

columns.py      the one table of all columns: what files hold, and what the dictionary says of them
records.py      a lot or an agreement as JSON Lines and CSV
ocds.py         a tender as a release of the Open Contracting Data Standard
extension.py    our mark as an extension of that standard, described
dictionary.py   the columns for people and, as a Data Package, for programs
dates.py        when each record last became another
snapshots.py    what stood in the files at the beginning of each month
straining.py    files of records without some of these
"""
