"""The page: the assistant in a browser. `app.py` opens this door.

opening      a library and its assistant, opening in a thread of their own
serve        the web application around the page
build        the page in Gradio: regions and events
handlers     what happens on an event
conversation what one session has asked and been answered
answer, source, documents, welcome   HTML of what they show
layout, icons, texts, *.css, *.js    what never changes: HTML, icons, English, style and scripts
"""

from __future__ import annotations
