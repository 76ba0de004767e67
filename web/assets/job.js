// Follows a job by server-sent events: stage, rate, time left. A lost connection is made again by the browser.
'use strict';
{
  const root = document.getElementById('job');
  const part = (id) => document.getElementById(id);
  const bytes = (n) => {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    let i = 0;
    while (n >= 1024 && i < units.length - 1) { n /= 1024; i += 1; }
    return `${n.toFixed(i ? 1 : 0)} ${units[i]}`;
  };
  const amount = (n, unit) => (unit === 'bytes' ? bytes(n) : `${Math.round(n).toLocaleString('en')} ${unit}`);
  let begun = null;

  // How much, how fast, how long still, counted from the start of the stage.
  const rate = (status) => {
    if (begun === null || begun.stage !== status.stage || status.done < begun.done) {
      begun = { stage: status.stage, done: status.done, at: performance.now() };
    }
    const seconds = (performance.now() - begun.at) / 1000;
    const speed = seconds > 0.5 ? (status.done - begun.done) / seconds : 0;
    const words = [];
    if (status.done) words.push(status.total ? `${amount(status.done, status.unit)} of ${amount(status.total, status.unit)}` : amount(status.done, status.unit));
    if (status.n_rows && status.unit !== 'rows') words.push(`${status.n_rows.toLocaleString('en')} rows`);
    if (speed > 0) words.push(`${amount(speed, status.unit)}/s`);
    if (speed > 0 && status.total > status.done) words.push(`about ${Math.ceil((status.total - status.done) / speed)} s left in this stage`);
    return words.join(' · ');
  };

  const show = (status) => {
    const isOver = ['done', 'failed', 'cancelled'].includes(status.phase);
    const bar = part('progress');
    part('phase').textContent = status.phase;
    part('stage').textContent = isOver ? '' : status.stage;
    part('rate').textContent = isOver ? '' : rate(status);
    if (status.curve) window.drawCurve(part('curve'), status.curve);
    part('message').textContent = status.message ?? '';
    part('message').classList.toggle('warning', status.phase === 'failed');
    bar.hidden = isOver;
    part('cancel').hidden = isOver;
    if (status.total) { bar.max = status.total; bar.value = Math.min(status.done, status.total); } else bar.removeAttribute('value');
    document.title = `${isOver ? status.phase : status.stage} – bro-ml`;
    if (status.page) { part('result').href = status.page; part('result').hidden = false; }
    if (status.phase === 'done' && status.page) window.location.replace(status.page);
  };

  if (root.dataset.over === 'false') {
    const events = new EventSource(`/api/v1/jobs/${root.dataset.id}/events`);
    events.onmessage = (event) => {
      const status = JSON.parse(event.data);
      show(status);
      if (['done', 'failed', 'cancelled'].includes(status.phase)) events.close();
    };
    events.onerror = () => {
      part('rate').textContent = 'The server does not answer; trying again …';
    };
  }
}
