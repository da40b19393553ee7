"""The page: the assistant in a browser. `app.py` opens this door.

opening      a library and its assistant, opening in a thread of their own
serve        the web application around the page
build        the page in Gradio: regions and events
handlers     what happens on an event
conversation what one session has asked and been answered
keep         what is kept of it in the records, and brought back
transcript   a conversation as a Markdown file
entrance     who a request comes from: a cookie or a login; visitor, users
answer, source, documents, welcome, conversations, feedback   HTML of what they show
layout, icons, texts, *.css, *.js    what never changes: HTML, icons, English, style and scripts
"""

from __future__ import annotations
