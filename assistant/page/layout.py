"""The unchanging HTML of the page's regions; what changes is put into them by `handlers`.

Gradio reads these as templates, so they hold no backtick, no double brace, and no dollar sign but in `${value}`.
"""

from __future__ import annotations

from assistant.page import icons, texts

HEADER = WELCOME = "${value}"

CONVERSATION = f"""
<section class="exchanges" tabindex="0" aria-label="{texts.CONVERSATION}"></section>
<p class="said" role="status" aria-live="polite"></p>
<form class="composer" autocomplete="off">
  <div class="box">
    <textarea id="question" name="question" rows="1" maxlength="{texts.QUESTION_LIMIT}" enterkeyhint="send"
      aria-label="{texts.QUESTION_LABEL}" placeholder="{texts.QUESTION_PLACEHOLDER}"></textarea>
    <button type="submit" class="send" aria-label="{texts.ASK}" title="{texts.ASK}">{icons.ASK}</button>
    <button type="button" class="send stop" data-stop aria-label="{texts.STOP}"
      title="{texts.STOP}">{icons.STOP}</button>
  </div>
  <p class="hint">{texts.ASK_HINT}</p>
</form>
"""

SOURCE = f"""<aside class="panel" aria-label="{texts.SOURCE}">${{value}}</aside>"""

DOCUMENTS = f"""
<aside class="panel" aria-label="{texts.DOCUMENTS}">
  <header><div class="bar"><h2 tabindex="-1">{texts.DOCUMENTS}</h2>
    <button type="button" class="icon" data-close aria-label="{texts.CLOSE}">{icons.CLOSE}</button></div></header>
  <div class="scroll">
    <label class="drop">
      <input type="file" multiple>
      {icons.UPLOAD}<span><b>{texts.UPLOAD}</b> {texts.UPLOAD_HINT}</span>
    </label>
    <p class="sending" role="status" data-sending="{texts.UPLOAD_SENDING}" data-failed="{texts.UPLOAD_FAILED}"></p>
    <div class="list">${{value}}</div>
  </div>
  <template>
    <dialog class="confirm" aria-labelledby="confirm-title">
      <h2 id="confirm-title">{texts.REMOVE_TITLE}</h2>
      <p class="what"></p>
      <p>{texts.REMOVE_MEANING}</p>
      <div class="choices"><button type="button" class="secondary" value="keep" autofocus>{texts.KEEP}</button>
        <button type="button" class="danger" value="remove">{texts.REMOVE}</button></div>
    </dialog>
  </template>
</aside>
"""
