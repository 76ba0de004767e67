'use strict';
{
  const outlierText = (row) => sessionText(
    row, `cluster ${row.cluster}, distance ${row.distance.toFixed(3)}, percentile ${row.percentile.toFixed(2)}`,
  );
  const traces = [];
  if (data.density) traces.push(densityTrace(data.density));
  if (data.points) {
    for (const { cluster, size, small } of data.clusters) {
      if (!small) traces.push(clusterTrace(cluster, size));
    }
  }
  const many = data.outliers.length > 1000;
  for (const { cluster, size, small } of data.clusters) {
    if (!small) continue;
    const rows = data.outliers.filter((row) => row.cluster === cluster);
    traces.push({
      type: 'scatter', mode: 'markers', name: `outliers: cluster ${cluster} (${size.toLocaleString('en')})`,
      x: rows.map((row) => row.position[0]), y: rows.map((row) => row.position[1]),
      text: rows.map(outlierText), hoverinfo: 'text', customdata: rows.map((row) => row.uid),
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

  if (data.quality) {
    const numbers = data.quality.by_n_clusters;
    const x = numbers.map((row) => row.n_clusters);
    Plotly.newPlot('numbers', [
      { type: 'scatter', mode: 'lines+markers', name: 'inertia', x, y: numbers.map((row) => row.inertia), line: { color: '#0072b2' } },
      { type: 'scatter', mode: 'lines+markers', name: 'silhouette', x, y: numbers.map((row) => row.silhouette), yaxis: 'y2', line: { color: '#e69f00', dash: 'dot' }, marker: { symbol: 'square' } },
    ], layout({
      xaxis: Object.assign(axis('n_clusters'), { dtick: 1 }), yaxis: Object.assign(axis('inertia'), { rangemode: 'tozero' }),
      yaxis2: Object.assign(axis('silhouette'), { overlaying: 'y', side: 'right', showgrid: false }),
      legend: { orientation: 'h', y: 1.02, yanchor: 'bottom' },
    }), options);
  }

  const strongest = data.loadings
    .map((row) => ({ feature: row.feature, weights: row.weights, most: Math.max(...row.weights.map(Math.abs)) }))
    .sort((a, b) => b.most - a.most).slice(0, 20).reverse();
  Plotly.newPlot('loadings', data.axes.slice(0, 2).map((name, i) => ({
    type: 'bar', orientation: 'h', name, y: strongest.map((row) => plain(row.feature)), x: strongest.map((row) => row.weights[i]),
    marker: { color: ['#0072b2', '#e69f00'][i] },
  })), layout({ xaxis: axis('weight'), yaxis: { automargin: true }, barmode: 'group', legend: { orientation: 'h', y: 1.02, yanchor: 'bottom' } }), options);
}
