'use strict';
{
  const type = (isLog) => (isLog ? 'log' : 'linear');
  const traces = [];
  if (data.density) traces.push(densityTrace(data.density));
  if (data.points) {
    for (const { cluster, size } of data.clusters) traces.push(clusterTrace(cluster, size));
  }
  const many = data.noise.length > 1000;
  traces.push({
    type: 'scatter', mode: 'markers', name: `in no cluster (${data.n_noise.toLocaleString('en')})`,
    x: data.noise.map((row) => row.position[0]), y: data.noise.map((row) => row.position[1]),
    text: data.noise.map((row) => sessionText(row)), hoverinfo: 'text', customdata: data.noise.map((row) => row.uid),
    marker: { color: mark, size: many ? 4 : 7, symbol: 'x-thin', line: { color: mark, width: many ? 1 : 2 } },
  });
  Plotly.newPlot('scatter', traces, layout({
    xaxis: Object.assign(axis(data.x), { type: type(data.log_x) }),
    yaxis: Object.assign(axis(data.y), { type: type(data.log_y) }), hovermode: 'closest',
    legend: data.density ? { orientation: 'h', y: -0.12 } : { title: { text: 'click to hide' } },
  }), options);

  const curve = data.k_distances;
  if (curve.length > 1) {
    const share = (i) => (100 * i) / (curve.length - 1);
    Plotly.newPlot('distances', [
      { type: 'scatter', mode: 'lines', x: curve.map((_, i) => share(i)), y: curve, line: { color: colours[0] }, hoverinfo: 'x+y', showlegend: false },
      { type: 'scatter', mode: 'lines', name: `eps ${data.eps.toPrecision(4)}`, x: [0, 100], y: [data.eps, data.eps], line: { color: mark, dash: 'dash' }, hoverinfo: 'name' },
    ], layout({
      xaxis: axis('share of the sessions, %'), yaxis: axis('distance to the k-th nearest session'),
      legend: { x: 0.02, y: 0.98 },
    }), options);
  }
}
