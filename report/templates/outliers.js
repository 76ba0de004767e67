'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue('--ink').trim();
  const line = style.getPropertyValue('--line').trim();
  const mark = style.getPropertyValue('--mark').trim();
  const colours = ['#0072b2', '#009e73', '#56b4e9', '#cc79a7', '#e69f00', '#7b61ff', '#8c6d31', '#637939', '#999999'];
  const colour = (cluster) => colours[cluster % colours.length];
  // Plotly reads some tags in its labels; text from a log must not become one.
  const plain = (text) => String(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  const wrapped = (text) => plain(text).replace(/(.{60}[^ ]*) /g, '$1<br>');
  const axis = (title) => ({ title: { text: title }, gridcolor: line, zerolinecolor: line, automargin: true });
  const layout = (more) => Object.assign({
    paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', font: { color: ink, family: 'system-ui, sans-serif' },
    margin: { t: 30, r: 20, b: 60, l: 70 }, hoverlabel: { align: 'left' },
    modebar: { bgcolor: 'rgba(0,0,0,0)', color: ink, activecolor: mark },
  }, more);
  const options = { responsive: true, displaylogo: false };

  const host = (address, port) => `${address ?? '?'}:${port ?? '?'}`;
  const outlierText = (row) => [
    `<b>${plain(row.uid ?? '')}</b> cluster ${row.cluster}`,
    plain(`${host(row['id.orig_h'], row['id.orig_p'])} → ${host(row['id.resp_h'], row['id.resp_p'])}`),
    plain(`${row.proto ?? '-'} ${row.service ?? '-'} ${row.conn_state ?? '-'}`),
    `distance ${row.distance.toFixed(3)}, percentile ${row.percentile.toFixed(2)}`,
    wrapped(row.reason),
  ].join('<br>');

  const traces = [];
  if (data.density) {
    const { start, step, cells, counts } = data.density;
    const z = [];
    for (let y = 0; y < cells[1]; y += 1) {
      z.push(counts.slice(y * cells[0], (y + 1) * cells[0]).map((n) => (n ? Math.log10(n) : null)));
    }
    const ticks = [0, 1, 2, 3, 4, 5, 6, 7];
    traces.push({
      type: 'heatmap', z, x0: start[0] + step[0] / 2, dx: step[0], y0: start[1] + step[1] / 2, dy: step[1],
      colorscale: 'Cividis', hoverinfo: 'skip', showlegend: false,
      colorbar: { title: { text: 'sessions' }, tickvals: ticks, ticktext: ticks.map((n) => (10 ** n).toLocaleString('en')) },
    });
  }
  if (data.points) {
    for (const { cluster, size, small } of data.clusters) {
      if (small) continue;
      const rows = data.points.cluster.flatMap((c, i) => (c === cluster ? [i] : []));
      traces.push({
        type: 'scatter', mode: 'markers', name: `cluster ${cluster} (${size.toLocaleString('en')})`,
        x: rows.map((i) => data.points.x[i]), y: rows.map((i) => data.points.y[i]),
        text: rows.map((i) => plain(data.points.label[i])), hoverinfo: 'text',
        marker: { color: colour(cluster), size: 5, opacity: 0.55 },
      });
    }
  }
  const many = data.outliers.length > 1000;
  for (const { cluster, size, small } of data.clusters) {
    if (!small) continue;
    const rows = data.outliers.filter((row) => row.cluster === cluster);
    traces.push({
      type: 'scatter', mode: 'markers', name: `outliers: cluster ${cluster} (${size.toLocaleString('en')})`,
      x: rows.map((row) => row.position[0]), y: rows.map((row) => row.position[1]),
      text: rows.map(outlierText), hoverinfo: 'text',
      marker: { color: colour(cluster), size: many ? 5 : 9, symbol: 'diamond', line: { color: mark, width: many ? 0.5 : 1.5 } },
    });
  }
  traces.push({
    type: 'scatter', mode: 'text', name: 'centres', hoverinfo: 'skip',
    x: data.clusters.map((c) => c.center[0]), y: data.clusters.map((c) => c.center[1] ?? 0),
    text: data.clusters.map((c) => `<b>${c.cluster}</b>`), textfont: { size: 15, color: ink },
  });
  if (data.clusters.length > 1) {
    Plotly.newPlot('scatter', traces, layout({
      xaxis: axis(data.axes[0]), yaxis: axis(data.axes[1] ?? ''), hovermode: 'closest',
      legend: data.density ? { orientation: 'h', y: -0.12 } : { title: { text: 'click to hide' } },
    }), options);
  }

  Plotly.newPlot('sizes', [{
    type: 'bar', x: data.clusters.map((c) => `${c.cluster}`), y: data.clusters.map((c) => c.size),
    text: data.clusters.map((c) => c.size.toLocaleString('en')), textposition: 'outside', cliponaxis: false,
    marker: { color: data.clusters.map((c) => colour(c.cluster)), line: { color: mark, width: data.clusters.map((c) => (c.small ? 3 : 0)) } },
    hoverinfo: 'skip',
  }], layout({ xaxis: Object.assign(axis('cluster'), { type: 'category' }), yaxis: Object.assign(axis('sessions, log scale'), { type: 'log' }) }), options);

  const strongest = data.loadings
    .map((row) => ({ feature: row.feature, weights: row.weights, most: Math.max(...row.weights.map(Math.abs)) }))
    .sort((a, b) => b.most - a.most).slice(0, 20).reverse();
  Plotly.newPlot('loadings', data.axes.slice(0, 2).map((name, i) => ({
    type: 'bar', orientation: 'h', name, y: strongest.map((row) => plain(row.feature)), x: strongest.map((row) => row.weights[i]),
    marker: { color: ['#0072b2', '#e69f00'][i] },
  })), layout({ xaxis: axis('weight'), yaxis: { automargin: true }, barmode: 'group', legend: { orientation: 'h', y: 1.02, yanchor: 'bottom' } }), options);
})();
