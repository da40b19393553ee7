"""The unchanging HTML of the page's regions; what changes is put into them by `handlers`.

Gradio reads these as templates, so they hold no backtick, no double brace, and no dollar sign but in `${value}`.
"""

from __future__ import annotations

from assistant.page import icons, texts

HEADER = WELCOME = "${value}"

CONVERSATIONS = f"""
<button type="button" class="icon list-toggle" aria-label="{texts.CONVERSATIONS}" title="{texts.CONVERSATIONS}"
  aria-controls="conversation-list" aria-expanded="false">{icons.CONVERSATIONS}</button>
<nav class="conversations" id="conversation-list" aria-label="{texts.CONVERSATIONS}" data-named="{texts.RENAMED_AS}">
  <div class="finding">
    <label class="search">{icons.SEARCH}<input type="search" maxlength="200" autocomplete="off"
      aria-label="{texts.SEARCH_CONVERSATIONS}" placeholder="{texts.SEARCH_CONVERSATIONS}"></label>
    <button type="button" class="icon" data-fold aria-label="{texts.CLOSE}">{icons.CLOSE}</button>
  </div>
  <div class="rows"></div>
  <template>
    <dialog class="confirm" aria-labelledby="delete-title">
      <h2 id="delete-title">{texts.DELETE_TITLE}</h2>
      <p class="what"></p>
      <p>{texts.DELETE_MEANING}</p>
      <div class="choices"><button type="button" class="secondary" value="keep" autofocus>{texts.KEEP}</button>
        <button type="button" class="danger" value="remove">{texts.DELETE}</button></div>
    </dialog>
  </template>
</nav>
<div class="veil"></div>
"""

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
<template>
  <form class="editing">
    <textarea rows="1" maxlength="{texts.QUESTION_LIMIT}" aria-label="{texts.EDIT}"></textarea>
    <p class="below">{texts.EDIT_MEANING}</p>
    <div class="choices"><button type="button" class="secondary">{texts.EDIT_CANCEL}</button>
      <button type="submit" class="again">{texts.EDIT_ASK}</button></div>
  </form>
</template>
"""

CHOOSER = "${value}"

CHECK = f"""
<section class="panel" role="complementary" tabindex="-1" aria-label="{texts.CHECK}"
  data-working="{texts.CHECK_WORKING}">
  <header><div class="bar"><h2>{texts.CHECK}</h2>
    <button type="button" class="icon" data-close aria-label="{texts.CLOSE}">{icons.CLOSE}</button></div></header>
  <div class="scroll">
    <p class="lead">{texts.CHECK_LEAD}</p>
    <textarea rows="3" maxlength="{texts.QUESTION_LIMIT}" aria-label="{texts.CHECK_LABEL}"
      placeholder="{texts.CHECK_PLACEHOLDER}"></textarea>
    <button type="button" class="primary" data-judge-claim>{texts.CHECK_DO}</button>
    <div class="result" role="status"></div>
  </div>
</section>
"""

SETTINGS = f"""
<section class="panel" role="complementary" tabindex="-1" aria-label="{texts.SETTINGS}">
  <header><div class="bar"><h2 tabindex="-1">{texts.SETTINGS}</h2>
    <button type="button" class="icon" data-close aria-label="{texts.CLOSE}">{icons.CLOSE}</button></div></header>
  <div class="scroll"></div>
</section>
"""

SOURCE = f"""
<section class="panel" role="complementary" tabindex="-1" aria-label="{texts.SOURCE}">${{value}}</section>
"""

ADDING = f"""
    <label class="drop">
      <input type="file" multiple data-limit="{texts.UPLOAD_LIMIT * 2**20}">
      {icons.UPLOAD}<span><b>{texts.UPLOAD}</b> {texts.UPLOAD_HINT}</span>
    </label>
    <div class="address">
      <input type="url" maxlength="2000" autocomplete="off" aria-label="{texts.ADDRESS}"
        placeholder="{texts.ADDRESS_PLACEHOLDER}">
      <button type="button" class="secondary" data-fetch>{texts.ADDRESS_ADD}</button>
    </div>
"""

DOCUMENTS = f"""
<section class="panel" role="complementary" tabindex="-1" aria-label="{texts.DOCUMENTS}">
  <header><div class="bar"><h2 tabindex="-1">{texts.DOCUMENTS}</h2>
    <button type="button" class="icon" data-close aria-label="{texts.CLOSE}">{icons.CLOSE}</button></div></header>
  <div class="scroll">
    {ADDING}
    <p class="sending" role="status" data-sending="{texts.UPLOAD_SENDING}"></p>
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
</section>
"""

DOCUMENTS_READ_ONLY = DOCUMENTS.replace(ADDING, f'<p class="notice">{texts.READ_ONLY}</p>')
