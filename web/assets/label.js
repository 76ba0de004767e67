// Chooses rows by key, draws the evidence of a pair, and labels sessions: what was said last can be taken back.
'use strict';
{
  const table = document.getElementById('ranked');
  const place = document.getElementById('labels');
  const status = document.getElementById('label-status');
  const csrf = document.querySelector('meta[name=csrf]').content;
  const rows = table ? [...table.tBodies[0].rows] : [];
  const said = [];
  let chosen = -1;

  const ask = async (method, address, body) => {
    const answer = await fetch(address, { method, headers: { 'X-CSRF-Token': csrf, 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) });
    const json = answer.status === 204 ? null : await answer.json();
    if (!answer.ok) throw new Error([json.error.message, json.error.cure].filter(Boolean).join('; '));
    return json;
  };
  const uids = (row) => row.dataset.uids.split(' ').filter(Boolean);

  const choose = (index, isMoved) => {
    if (index < 0 || index >= rows.length) return;
    rows[chosen]?.removeAttribute('aria-selected');
    chosen = index;
    const row = rows[index];
    row.setAttribute('aria-selected', 'true');
    if (isMoved) row.focus();
    const address = new URL(window.location.href);
    address.searchParams.set('pair', row.dataset.rank);
    window.history.replaceState(null, '', address);
    document.dispatchEvent(new CustomEvent('chosen', { detail: Number(row.dataset.rank) }));
  };

  const show = (labels) => {
    for (const row of rows) {
      const own = uids(row).map((uid) => labels.get(uid)).filter(Boolean);
      const cell = row.querySelector('td.label');
      if (cell) cell.textContent = [...new Set(own)].join(', ');
    }
  };

  const load = async () => {
    const list = await ask('GET', `/api/v1/datasets/${encodeURIComponent(place.dataset.dataset)}/labels`);
    show(new Map(list.map(({ uid, label }) => [uid, label])));
  };
  const told = (text) => { status.textContent = text; };
  const guarded = (work) => async (...args) => {
    try { await work(...args); } catch (error) { told(error.message); }
  };

  const label = guarded(async (name) => {
    const row = rows[chosen];
    if (!row) { told('Choose a row first.'); return; }
    if (!uids(row).length) { told('This row has no session to label.'); return; }
    const { ids } = await ask('POST', `/api/v1/datasets/${encodeURIComponent(place.dataset.dataset)}/labels`, { uid: uids(row), label: name });
    said.push({ ids, rank: row.dataset.rank });
    place.querySelector('[data-undo]').disabled = false;
    await load();
    told(`Row ${row.dataset.rank} is labelled ${name}.`);
    choose(chosen + 1, true);
  });

  const undo = guarded(async () => {
    const last = said.pop();
    if (!last) return;
    for (const id of last.ids) await ask('DELETE', `/api/v1/labels/${id}`);
    place.querySelector('[data-undo]').disabled = !said.length;
    await load();
    told(`The label of row ${last.rank} is taken back.`);
  });

  const keys = { j: () => choose(chosen + 1, true), k: () => choose(chosen - 1, true) };
  if (place?.dataset.dataset) Object.assign(keys, { b: () => label('beacon'), n: () => label('benign'), u: () => label('unsure'), z: undo });
  document.addEventListener('keydown', (event) => {
    const isTyped = event.target.closest('input, select, textarea') || event.ctrlKey || event.metaKey || event.altKey;
    if (isTyped || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  for (const [index, row] of rows.entries()) row.addEventListener('click', () => choose(index, false));
  if (place) {
    if (place.dataset.dataset) guarded(load)(); else place.hidden = true;
    for (const button of place.querySelectorAll('[data-label]')) button.addEventListener('click', () => label(button.dataset.label));
    place.querySelector('[data-undo]').addEventListener('click', undo);
  }
  const asked = new URL(window.location.href).searchParams.get('pair');
  window.chooseFirst = () => choose(Math.max(0, rows.findIndex((row) => row.dataset.rank === asked)), false);
  if (rows.length) window.chooseFirst();
}
