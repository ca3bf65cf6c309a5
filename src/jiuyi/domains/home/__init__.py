"""Home: what the first page and the frame around every page need, put together from the other domains.

Nouns: *bootstrap* (what a page must know before it draws), *home design* (an arrangement of blocks), *now card* (what
is happening to the patient today), *record* (a registration in the hospital, wherever it was made). It owns no
fact of its own but the designs, the agreements' texts and the feature matrix.
"""
