// Sends logs one after the other, each with its progress; the server's jobs import them.
'use strict';
{
  const form = document.getElementById('upload');
  const drop = document.getElementById('drop');
  const list = document.getElementById('uploads');
  const input = form.elements.logs;
  const csrf = document.querySelector('meta[name=csrf]').content;
  const most = Number(form.dataset.most);

  const line = (name) => {
    const item = document.createElement('li');
    const text = document.createElement('span');
    const bar = document.createElement('progress');
    text.textContent = `${name}: waiting`;
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute('aria-label', `Upload of ${name}`);
    item.append(text, document.createElement('br'), bar);
    list.append(item);
    return { text, bar, item };
  };

  const failed = (shown, name, why) => {
    shown.text.textContent = `${name}: ${why}`;
    shown.text.className = 'alarm';
    shown.bar.remove();
  };

  const send = (dataset, file) => new Promise((resolve) => {
    const shown = line(file.name);
    if (file.size > most) {
      failed(shown, file.name, 'larger than this server takes; compress it, or import it from a folder of the server');
      resolve(null);
      return;
    }
    const request = new XMLHttpRequest();
    request.open('POST', `/api/v1/datasets/${encodeURIComponent(dataset)}/logs?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader('X-CSRF-Token', csrf);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.responseType = 'json';
    request.upload.onprogress = (event) => {
      shown.bar.value = event.total ? event.loaded / event.total : 0;
      shown.text.textContent = `${file.name}: ${Math.round(100 * shown.bar.value)} % sent`;
    };
    request.onerror = () => { failed(shown, file.name, 'the server cannot be reached'); resolve(null); };
    request.onload = () => {
      if (request.status !== 202) {
        failed(shown, file.name, [request.response?.error?.message, request.response?.error?.cure].filter(Boolean).join('; ') || `failed (${request.status})`);
        resolve(null);
        return;
      }
      const { job } = request.response;
      const link = document.createElement('a');
      link.href = `/jobs/${job}`;
      link.textContent = 'importing';
      shown.text.textContent = `${file.name}: sent, `;
      shown.text.append(link);
      shown.bar.remove();
      resolve(job);
    };
    request.send(file);
  });

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = form.querySelector('button');
    const files = [...input.files];
    const dataset = form.elements.dataset.value.trim();
    if (!files.length || !dataset) return;
    button.disabled = true;
    const jobs = [];
    for (const file of files) jobs.push(await send(dataset, file));
    button.disabled = false;
    form.elements.logs.value = '';
    // One log leads to its import; of several, each has its link.
    if (jobs.length === 1 && jobs[0] !== null) window.location.assign(`/jobs/${jobs[0]}`);
  });

  for (const name of ['dragenter', 'dragover']) {
    drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add('over'); });
  }
  for (const name of ['dragleave', 'drop']) drop.addEventListener(name, () => drop.classList.remove('over'));
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    input.files = event.dataTransfer.files;
    if (form.elements.dataset.value.trim()) form.requestSubmit();
    else form.elements.dataset.focus();
  });
}
