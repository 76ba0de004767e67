// Fetches what a run's plots draw, hands it to the scripts that the reports use, and makes points lead to sessions.
'use strict';
{
  const root = document.getElementById('plots');
  const load = (name) => new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = `/assets/${name}?v=${root.dataset.assets}`;
    script.onload = resolve;
    script.onerror = () => reject(new Error(`${name} could not be loaded`));
    document.head.append(script);
  });

  // The scripts take their data from this element; as JSON it is data, never code.
  const provide = (json) => {
    const element = document.createElement('script');
    element.type = 'application/json';
    element.id = 'data';
    element.textContent = json;
    document.body.append(element);
  };

  const fetchPlot = async () => {
    const answer = await fetch(`/api/v1/runs/${root.dataset.run}/plot`);
    if (!answer.ok) throw new Error((await answer.json()).error.message);
    return answer.text();
  };

  // Points lead to their sessions.
  const lead = () => {
    const scatter = document.getElementById('scatter');
    if (!root.dataset.sessions || !scatter?.on) return;
    scatter.on('plotly_click', ({ points: [point] }) => {
      if (point?.customdata) window.location.assign(root.dataset.sessions + encodeURIComponent(point.customdata));
    });
  };

  // A click on the k-distance curve asks for that eps.
  const propose = () => {
    const curve = document.getElementById('distances');
    if (!root.dataset.change || !curve?.on) return;
    curve.on('plotly_click', ({ points: [point] }) => {
      const sign = root.dataset.change.includes('?') ? '&' : '?';
      if (point?.y > 0) window.location.assign(`${root.dataset.change}${sign}eps=${Number(point.y.toPrecision(4))}`);
    });
  };

  // The axes' scales can be changed in place; the address remembers.
  const scale = () => {
    const scatter = document.getElementById('scatter');
    const place = document.getElementById('scales');
    if (!place || !scatter?.layout) return;
    place.hidden = false;
    const address = new URL(window.location.href);
    for (const button of place.querySelectorAll('button')) {
      const { axis } = button.dataset;
      const set = (isLog) => {
        button.setAttribute('aria-pressed', String(isLog));
        if ((scatter.layout[axis].type === 'log') !== isLog) window.Plotly.relayout(scatter, { [`${axis}.type`]: isLog ? 'log' : 'linear', [`${axis}.autorange`]: true });
      };
      const asked = address.searchParams.get(axis);
      set(asked === null ? scatter.layout[axis].type === 'log' : asked === 'log');
      button.addEventListener('click', () => {
        const isLog = button.getAttribute('aria-pressed') !== 'true';
        set(isLog);
        address.searchParams.set(axis, isLog ? 'log' : 'linear');
        window.history.replaceState(null, '', address);
      });
    }
  };

  // The pair that is chosen in the table is the one that is drawn.
  const follow = () => {
    if (root.dataset.kind !== 'beacons') return;
    const title = document.getElementById('pair-title');
    document.addEventListener('chosen', ({ detail: rank }) => {
      const pair = data.pairs[rank - 1];
      title.textContent = pair ? `Evidence of ${shown(pair.title)}` : `No plots of pair ${rank} are kept`;
      if (pair) drawPair(pair);
    });
    window.chooseFirst();
  };

  const draw = async () => {
    try {
      provide(await fetchPlot());
      await load('plot.js');
      for (const message of root.querySelectorAll('.loading')) message.remove();
      await load(`${root.dataset.kind}.js`);
      lead();
      propose();
      scale();
      follow();
      root.dataset.drawn = 'yes';
    } catch (error) {
      const place = root.querySelector('.plot');
      place.textContent = `The plot could not be drawn: ${error.message}. Load the page again, or repeat the run.`;
      place.classList.add('warning');
    }
  };
  if (root) draw();
}
