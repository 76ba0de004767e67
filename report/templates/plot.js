// What the pages' plots have in common.
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const colours = ['#0072b2', '#009e73', '#56b4e9', '#cc79a7', '#e69f00', '#7b61ff', '#8c6d31', '#637939', '#999999'];
const colour = (cluster) => colours[cluster % colours.length];
const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const [ink, line, mark] = ['--ink', '--line', '--mark'].map(variable);
// Plotly reads some tags in its labels; text from a log must not become one.
// Nor may it hide, reorder or move what stands beside it.
const shown = (text) => String(text).replace(/[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g, (c) => `\\u{${c.charCodeAt(0).toString(16)}}`);
const plain = (text) => shown(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const wrapped = (text) => plain(text).replace(/(.{60}[^ ]*) /g, '$1<br>');
const axis = (title) => ({ title: { text: plain(title) }, gridcolor: line, zerolinecolor: line, automargin: true });
const layout = (more) => Object.assign({
  paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', font: { color: ink, family: 'system-ui, sans-serif' },
  margin: { t: 30, r: 20, b: 60, l: 70 }, hoverlabel: { align: 'left' },
  modebar: { bgcolor: 'rgba(0,0,0,0)', color: ink, activecolor: mark },
}, more);
const options = { responsive: true, displaylogo: false };
const host = (address, port) => `${address ?? '?'}:${port ?? '?'}`;
const shortened = (text) => (text.length > 100 ? `${text.slice(0, 100)}…` : text);
const sessionText = (row, facts) => [
  `<b>${plain(row.uid ?? '')}</b>`,
  plain(`${host(row['id.orig_h'], row['id.orig_p'])} → ${host(row['id.resp_h'], row['id.resp_p'])}`),
  row.method === undefined
    ? plain(`${row.proto ?? '-'} ${row.service ?? '-'} ${row.conn_state ?? '-'}`)
    : plain(shortened(`${row.method ?? '-'} ${row.host ?? '-'} ${row.uri ?? '-'} → ${row.status_code ?? '-'}`)),
  facts,
  wrapped(row.reason),
].filter(Boolean).join('<br>');
// Counts of rows on a grid, on a logarithmic colour scale.
const densityTrace = ({ start, step, cells, counts }) => {
  const z = [];
  for (let y = 0; y < cells[1]; y += 1) {
    z.push(counts.slice(y * cells[0], (y + 1) * cells[0]).map((n) => (n ? Math.log10(n) : null)));
  }
  const ticks = [0, 1, 2, 3, 4, 5, 6, 7];
  return {
    type: 'heatmap', z, x0: start[0] + step[0] / 2, dx: step[0], y0: start[1] + step[1] / 2, dy: step[1],
    colorscale: 'Cividis', hoverinfo: 'skip', showlegend: false,
    colorbar: { title: { text: 'sessions' }, tickvals: ticks, ticktext: ticks.map((n) => (10 ** n).toLocaleString('en')) },
  };
};
const clusterTrace = (cluster, size) => {
  const rows = data.points.cluster.flatMap((c, i) => (c === cluster ? [i] : []));
  return {
    type: 'scatter', mode: 'markers', name: `cluster ${cluster} (${size.toLocaleString('en')})`,
    x: rows.map((i) => data.points.x[i]), y: rows.map((i) => data.points.y[i]),
    text: rows.map((i) => plain(data.points.label[i])), hoverinfo: 'text', customdata: rows.map((i) => data.points.label[i].split(' ')[0]),
    marker: { color: colour(cluster), size: 5, opacity: 0.55 },
  };
};
