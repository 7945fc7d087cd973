// Keys of the desk. Everything works without them: each key presses a button, follows a link or fills in a form that
// stands on the page.
//
//   data-key="b"      anywhere: pressed (or entered, where it is a field) by that key
//   data-row          a lot in a list; j and k, or the arrows, go from one to the next
//   data-row-key="r"  inside a row: pressed for the row that has the focus; a verdict is sent without leaving the page
//
// Words are sent one after the other, in the order in which they were typed.
(() => {
  'use strict';
  const box = document.getElementById('keys');
  if (!box) return;
  const live = document.querySelector('[data-keys-live]');
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const seen = element => element.getClientRects().length > 0;
  const plain = element => (element.dataset.keyLabel || [...element.childNodes]
    .map(node => node.nodeName === 'KBD' ? '' : node.textContent).join('')).trim().replace(/\s+/g, ' ');
  const rows = () => all('[data-row]');
  const bar = live.parentElement;  // at the foot of the window, as long as something stands in it
  const lay = () => document.body.classList.toggle('keybar-on', !!bar.querySelector(':scope > :not(.unseen)'));
  const hush = () => { live.classList.add('unseen'); lay(); };
  const tell = (words, shown = false) => {  // heard, and seen where no row says it
    live.textContent = '';
    live.classList.toggle('unseen', !shown);
    lay();
    setTimeout(() => { live.textContent = words; }, 50);
  };
  const keep = {  // in this tab, as long as it is open
    get: name => { try { return JSON.parse(sessionStorage.getItem(name)); } catch { return null; } },
    set: (name, value) => { try { sessionStorage.setItem(name, JSON.stringify(value)); } catch { /* forgotten */ } },
  };

  // -- on or off, kept in this browser
  const memory = {
    get: () => { try { return localStorage.getItem('keys') !== 'off'; } catch { return true; } },
    set: on => { try { localStorage.setItem('keys', on ? 'on' : 'off'); } catch { /* for this page alone */ } },
  };
  let on = memory.get();
  const choice = document.getElementById('keys-on');
  const switched = () => { choice.checked = on; document.body.classList.toggle('keys-on', on); };
  choice.addEventListener('change', () => { on = choice.checked; memory.set(on); switched(); });
  switched();

  // -- rows
  const current = () => document.activeElement && document.activeElement.closest('[data-row]');
  const go = row => { hush(); row.focus(); row.scrollIntoView({ block: 'nearest' }); };
  const named = row => row.getAttribute('aria-labelledby');
  // Where one was in this list, and what came after: a lot that was tagged on its own page is in the list no more.
  const here = location.pathname + location.search.replace(/[?&]gjort=\d+$/, '');
  addEventListener('focusin', () => {
    const list = rows(), at = list.indexOf(current());
    if (at >= 0) keep.set('row', { here, next: list.slice(at).map(named) });
  });
  const left = list => {
    const was = keep.get('row');
    if (!was || was.here !== here) return -1;
    const name = was.next.find(one => list.some(row => named(row) === one));
    return list.findIndex(row => named(row) === name);
  };
  const step = (by, skip) => {
    const list = rows(), at = list.indexOf(current());
    let next = at + by;
    if (at < 0) next = left(list) >= 0 ? left(list) : by > 0 ? 0 : list.length - 1;
    while (skip && list[next] && list[next].matches('.done')) next += by;
    if (list[next]) go(list[next]);
    else if (list.length) tell(box.dataset.end, true);
  };
  const tick = row => row.querySelector('input.tick');
  const ticked = () => rows().filter(row => tick(row) && tick(row).checked);
  const tickGroup = row => {
    const group = rows().filter(one => one.closest('[data-group]') === row.closest('[data-group]')
      && tick(one) && !('alone' in tick(one).dataset) && !one.matches('.done'));
    const some = group.some(one => !tick(one).checked);
    group.forEach(one => { tick(one).checked = some; });
  };
  const chosen = document.querySelector('[data-keys-chosen]');
  const count = () => {
    const number = ticked().length, words = number === 1 ? chosen.dataset.one : chosen.dataset.other;
    chosen.firstElementChild.textContent = number ? words.replace('…', number) : '';
    chosen.lastElementChild.hidden = !number;
    chosen.classList.toggle('unseen', !number);
    lay();
  };
  const untick = () => { ticked().forEach(row => { tick(row).checked = false; }); count(); };
  addEventListener('change', event => { if (event.target.matches('.tick')) count(); });
  addEventListener('pageshow', count);  // the browser may have kept them
  chosen.lastElementChild.addEventListener('click', () => { const row = ticked()[0]; untick(); if (row) go(row); });

  // -- what is sent
  let line = Promise.resolve(), waiting = 0;
  const did = [], turns = new WeakMap();  // of a row that has two words on their way, the later one is shown
  let turn = 0;
  const uid = value => value.slice(0, value.lastIndexOf('|'));
  const lotOf = row => row.querySelector('[data-row-form] input[name=lot]');
  const renew = values => {
    const now = new Map(values.map(value => [uid(value), value]));
    all('input[name=lot]').forEach(input => { if (now.has(uid(input.value))) input.value = now.get(uid(input.value)); });
    recount();
  };
  // The numbers that the page was made with, less what was tagged on it since.
  const waits = row => !lotOf(row) || lotOf(row).value.endsWith('|0');
  const waited = rows().filter(waits);
  const lower = (text, by) => /^[\d.,]+$/.test(text) ? Number(text.replace(/\D/g, '')) - by : null;  // not "1.000+"
  const grouped = number => number.toLocaleString(document.documentElement.lang === 'da' ? 'da-DK' : 'en-GB');
  const recount = () => {
    const done = waited.filter(row => !waits(row));
    all('[data-count]').forEach(one => {
      const set = one.dataset, number = lower(set.count, done.length);
      if (number === null) return;
      const whole = set.all && lower(set.all, done.length);
      const words = set.of || (number === 0 ? set.none : number === 1 ? set.one : set.other);
      one.textContent = words.replace('{total}', grouped(number))
        .replace('{all}', whole === null ? set.all : grouped(Number(whole)));
    });
    all('[data-clear]').forEach(one => {
      const clear = new Set(one.closest('section').querySelector('[name=ids]').value.split(',').map(id => `t${id}`));
      const number = lower(one.dataset.clear, done.filter(row => clear.has(named(row))).length);
      one.textContent = (number === 1 ? one.dataset.one : one.dataset.other).replace('{count}', grouped(number));
      one.closest('section').hidden = !number;
    });
  };
  const show = (row, state, words) => {
    row.classList.remove('sent', 'done', 'failed');
    if (state) row.classList.add(state);
    row.querySelector('[data-row-said]').textContent = words;
  };
  const post = async (address, data) => {
    const answer = await fetch(address, {
      method: 'POST', body: data, redirect: 'error', credentials: 'same-origin',
      headers: { Accept: 'application/json' },
    });
    const told = (answer.headers.get('content-type') || '').startsWith('application/json') ? await answer.json() : {};
    if (!answer.ok && !told.left) throw new Error(told.error || (answer.status === 401 ? box.dataset.signedOut : box.dataset.failed));
    return told;
  };
  // Of many lots some may stay as they were, for a colleague spoke meanwhile: why, by row.
  const leftOf = told => row => (told.left || {})[uid(lotOf(row).value)];
  const later = work => {
    waiting += 1;
    line = line.then(work).finally(() => { waiting -= 1; });
    return line;
  };
  const failed = (error, several) => {
    const words = error instanceof TypeError ? box.dataset.failed : error.message;
    several.forEach(row => show(row, 'failed', words));
    tell(words);
  };
  const say = (form, button, several) => {
    const words = box.dataset.done.replace('…', plain(button));
    const data = new URLSearchParams(new FormData(form));
    data.delete('lot');
    data.set('verdict', button.value);
    const own = turn += 1, latest = () => several.filter(row => turns.get(row) === own);
    several.forEach(row => {
      turns.set(row, own);
      show(row, 'sent', words);
      if (tick(row)) tick(row).checked = false;
    });
    count();
    later(async () => {
      several.forEach(row => data.append('lot', lotOf(row).value));
      try {
        const told = await post(form.action, data), why = leftOf(told);
        renew(told.lots);
        if (told.action) did.push({ action: told.action, several: several.filter(row => !why(row)) });
        latest().forEach(row => (why(row) ? show(row, 'failed', why(row)) : show(row, 'done', words)));
        tell(told.error || words);
      } catch (error) { failed(error, latest()); }
    });
  };
  const undo = () => {
    const form = document.querySelector('form[data-last]');
    if (did.length || waiting) later(undoOne);
    else if (form) {
      keep.set('told', `${box.dataset.undone}: ${form.dataset.words}`);
      form.querySelector('button').click();
    } else tell(box.dataset.nothing, true);
  };
  const undoOne = async () => {
    const last = did.pop();
    if (!last) { tell(box.dataset.nothing, true); return; }
    const data = new URLSearchParams(new FormData(lotOf(last.several[0]).form));
    ['lot', 'why', 'trades', 'had_trades'].forEach(name => data.delete(name));
    data.set('action', last.action);
    try {
      const told = await post(box.dataset.undoAddress, data), why = leftOf(told);
      const undone = new Set(told.lots.map(uid));
      renew(told.lots);
      last.several.forEach(row => {
        if (why(row)) show(row, 'failed', why(row));
        else if (undone.has(uid(lotOf(row).value))) show(row, '', box.dataset.undone);
      });
      tell(told.error || box.dataset.undone);
      go(last.several[0]);
    } catch (error) {
      if (error instanceof TypeError) did.push(last);
      failed(error, last.several);
    }
  };
  addEventListener('beforeunload', event => { if (waiting) event.preventDefault(); });

  // -- keys
  const field = element => element.matches(
    'textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=submit], [type=button])');
  const press = element => {
    const folded = element.closest('details:not([open])');
    if (folded && !element.closest('summary')) folded.open = true;
    if (field(element)) { element.focus(); element.select?.(); }
    else if (element.matches('summary')) {
      const more = element.parentElement;
      more.open = !more.open;
      (more.open && more.querySelector('input:not([type=hidden]), textarea, select') || element).focus();
    } else if (waiting) line.then(() => element.click());  // it may lead away
    else element.click();
  };
  const onRow = (key, row) => {
    if (key === 'x' && tick(row)) { tick(row).checked = !tick(row).checked; count(); return true; }
    if (key === 'g') { tickGroup(row); count(); return true; }
    const element = all(`[data-row-key="${CSS.escape(key)}"]`, row)[0];
    if (!element) return false;
    if (!element.matches('button[name=verdict]')) { press(element); return true; }
    const several = ticked();
    if (several.includes(row)) say(document.getElementById('many'), element, several);
    else say(row.querySelector('[data-row-form]'), element, [row]);
    step(1, true);
    return true;
  };
  const moves = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
  const handled = event => {
    const key = event.key, list = rows().length > 0;
    if (key === '?') { help(); return true; }
    if (list && key in moves) { step(moves[key]); return true; }
    if (event.repeat) return false;
    if (list && key === 'u') { undo(); return true; }
    if (key === 'Escape' && ticked().length) { untick(); return true; }
    const row = current();
    if (row && onRow(key, row)) return true;
    const element = all(`[data-key="${CSS.escape(key)}"]`).find(seen);
    if (element) { press(element); return true; }
    if (list && !row && document.querySelector(`[data-row-key="${CSS.escape(key)}"]`)) tell(box.dataset.noRow, true);
    return false;
  };
  // Enter and Escape in what goes with a word: on to where the word's key is pressed.
  const written = event => {
    const input = event.target instanceof Element && event.target.closest('[name=why], [name=trades], [name=set_trades]');
    if (!input || !['Enter', 'Escape'].includes(event.key)) return null;
    if (input.form.id === 'many') return ticked()[0] || null;
    return input.closest('[data-row]') || (input.form.querySelector('[data-key][name=verdict]')
      && document.querySelector('h1[tabindex]'));
  };
  addEventListener('keydown', event => {
    if (!on || box.open || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const leads = written(event);
    if (leads) { event.preventDefault(); go(leads); return; }
    if (event.target instanceof Element && field(event.target)) return;
    if (handled(event)) event.preventDefault();
  });

  // -- where one came from, and what was done there
  const told = keep.get('told');
  keep.set('told', null);
  const inbox = document.querySelector('[data-inbox]'), was = keep.get('row');
  if (inbox && was && was.here.startsWith(inbox.pathname)) inbox.search = was.here.slice(inbox.pathname.length);
  if (told && document.querySelector('[data-count], [data-inbox]')) tell(told, true);

  // -- the list of them
  const help = () => {
    const told = [['?', box.dataset.help]], list = rows()[0];
    if (list) {
      told.push(['j ↓', box.dataset.next], ['k ↑', box.dataset.previous]);
      if (tick(list)) told.push(['x', box.dataset.tick], ['g', box.dataset.group]);
      all('[data-row-key]', list).forEach(one => told.push([one.dataset.rowKey, one.matches('button[name=verdict]')
        ? box.dataset.say.replace('…', plain(one)) : one.matches('summary') ? box.dataset.why : box.dataset.open]));
      told.push(['u', box.dataset.undo]);
    }
    all('[data-key]').filter(seen).forEach(one => told.push([one.dataset.key, plain(one)]));
    box.querySelector('tbody').replaceChildren(...told.map(([key, words]) => {
      const line = document.createElement('tr'), head = document.createElement('th'), cell = document.createElement('td');
      head.scope = 'row';
      head.append(Object.assign(document.createElement('kbd'), { textContent: key }));
      cell.textContent = words;
      line.append(head, cell);
      return line;
    }));
    box.showModal();
  };
  const opener = document.querySelector('[data-keys-show]');
  opener.hidden = false;
  opener.addEventListener('click', help);
  box.querySelector('[data-keys-close]').addEventListener('click', () => box.close());
})();
