'use strict';
{
  const count = (n) => n.toLocaleString('en');
  const unique = (values) => [...new Set(values)];
  // A row of choices above a plot; `draw` gets what is chosen.
  const choose = (id, lists, draw) => {
    const place = document.getElementById(`${id}-choices`);
    if (!place) return;
    const selects = lists.map((values) => {
      const select = document.createElement('select');
      select.setAttribute('aria-label', 'What is drawn');
      for (const value of values) select.add(new Option(value, value));
      select.onchange = () => draw(selects.map((one) => one.value));
      place.append(select);
      return select;
    });
    draw(selects.map((one) => one.value));
  };

  const drawBoxes = (id, all) => {
    if (!all.length) return;
    choose(id, [unique(all.map((row) => row.column)), unique(all.map((row) => row.by))], ([column, by]) => {
      const rows = all.filter((row) => row.column === column && row.by === by);
      const name = (row) => `${plain(row.group)}<br>n ${count(row.n)}`;
      const drawn = rows.filter((row) => row.box);
      const dots = drawn.flatMap((row) => row.outliers.map(([value, n]) => ({ row, value, n })));
      Plotly.newPlot(`${id}-plot`, [
        {
          type: 'box', name: 'values above 0', x: drawn.map(name), lowerfence: drawn.map((row) => row.box[0]), q1: drawn.map((row) => row.box[1]),
          median: drawn.map((row) => row.box[2]), q3: drawn.map((row) => row.box[3]), upperfence: drawn.map((row) => row.box[4]),
          marker: { color: colours[0] }, showlegend: false,
        },
        {
          type: 'scatter', mode: 'markers', name: 'beyond the whiskers', x: dots.map((dot) => name(dot.row)), y: dots.map((dot) => dot.value),
          marker: { color: mark, size: 4, opacity: 0.6 }, text: dots.map((dot) => `${count(dot.n)} here`), hoverinfo: 'y+text',
        },
        { type: 'bar', name: '0', x: rows.map(name), y: rows.map((row) => row.zeros), yaxis: 'y2', marker: { color: colours[2] }, hovertemplate: '%{y:.1%} are 0<extra></extra>' },
        { type: 'bar', name: 'unset', x: rows.map(name), y: rows.map((row) => row.missing), yaxis: 'y2', marker: { color: colours[8] }, hovertemplate: '%{y:.1%} are unset<extra></extra>' },
      ], layout({
        xaxis: Object.assign(axis(''), { type: 'category', categoryorder: 'array', categoryarray: rows.map(name), anchor: 'y2' }),
        yaxis: Object.assign(axis(`${column}, ${rows[0].unit}, log scale`), { type: 'log', domain: [0.2, 1], exponentformat: 'SI' }),
        yaxis2: Object.assign(axis('0 or unset'), { domain: [0, 0.14], range: [0, 1], tickformat: '.0%', nticks: 3 }),
        barmode: 'stack', legend: { orientation: 'h', y: 1.05 },
      }), options);
    });
  };
  drawBoxes('boxes', data.boxes);
  drawBoxes('labels', data.labels);

  if (data.behaviours.length) {
    const columns = unique(data.behaviours.map((one) => one.column));
    const classes = unique(data.behaviours.map((one) => one.class));
    const at = (name, column) => data.behaviours.find((one) => one.class === name && one.column === column);
    const z = classes.map((name) => columns.map((column) => at(name, column)?.delta ?? null));
    Plotly.newPlot('behaviours-plot', [{
      type: 'heatmap', x: columns, y: classes, z, zmin: -1, zmax: 1, xgap: 1, ygap: 1, hovertemplate: '%{y}, %{x}<br>delta %{z:.3f}<extra></extra>',
      colorscale: [[0, '#b2182b'], [0.5, '#f7f7f7'], [1, '#2166ac']], colorbar: { title: { text: "Cliff's delta" } },
    }], layout({
      xaxis: Object.assign(axis(''), { type: 'category' }), yaxis: Object.assign(axis(''), { type: 'category', autorange: 'reversed' }),
      annotations: classes.flatMap((name, i) => columns.map((column, j) => ({ x: column, y: name, text: z[i][j] === null ? '' : z[i][j].toFixed(2), showarrow: false, font: { size: 11, color: Math.abs(z[i][j]) > 0.6 ? '#fff' : '#222' } }))),
    }), options);
  }

  if (data.clusters) {
    const { x, y, cluster, smallest, axes } = data.clusters;
    Plotly.newPlot('clusters-plot', unique(cluster).sort((a, b) => a - b).map((name) => {
      const rows = cluster.flatMap((one, i) => (one === name ? [i] : []));
      const small = smallest.includes(name);
      return {
        type: 'scatter', mode: 'markers', name: `cluster ${name} (${count(rows.length)})`, hoverinfo: 'name',
        x: rows.map((i) => x[i]), y: rows.map((i) => y[i]),
        marker: { color: colour(name), size: small ? 8 : 4, opacity: small ? 1 : 0.5, symbol: small ? 'diamond' : 'circle', line: { color: mark, width: small ? 1 : 0 } },
      };
    }), layout({ xaxis: axis(`component 1 (${axes[0]})`), yaxis: axis(`component 2 (${axes[1] ?? ''})`), hovermode: 'closest' }), options);
  }

  if (data.correlations.length) {
    const lists = [unique(data.correlations.map((m) => m.method)), unique(data.correlations.map((m) => m.proto))];
    choose('correlations', lists, ([method, proto]) => {
      const matrix = data.correlations.find((m) => m.method === method && m.proto === proto);
      if (!matrix) { Plotly.purge('correlations-plot'); return; }
      const text = matrix.r.map((row, i) => row.map((r, j) => (r === null ? `not defined<br>n ${count(matrix.n[i][j])}` : `r ${r.toFixed(3)}<br>n ${count(matrix.n[i][j])}`)));
      Plotly.newPlot('correlations-plot', [{
        type: 'heatmap', x: matrix.columns, y: matrix.columns, z: matrix.r, zmin: -1, zmax: 1, text, hovertemplate: '%{y}, %{x}<br>%{text}<extra></extra>',
        colorscale: [[0, '#b2182b'], [0.5, '#f7f7f7'], [1, '#2166ac']], colorbar: { title: { text: 'r' } }, xgap: 1, ygap: 1,
      }], layout({
        xaxis: Object.assign(axis(''), { type: 'category' }), yaxis: Object.assign(axis(''), { type: 'category', autorange: 'reversed' }),
        annotations: matrix.r.flatMap((row, i) => row.map((r, j) => ({ x: matrix.columns[j], y: matrix.columns[i], text: r === null ? '' : r.toFixed(2), showarrow: false, font: { size: 11, color: Math.abs(r) > 0.6 ? '#fff' : '#222' } }))),
      }), options);
    });
  }

  const time = data.activity.start.map((ms) => (Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : null));
  const timeAxis = () => Object.assign(axis('UTC'), { type: 'date' });
  if (time.length) {
    Plotly.newPlot('activity-plot', [
      { type: 'scatter', mode: 'lines', name: data.activity.rows, x: time, y: data.activity.n, line: { color: colours[0], width: 1, shape: 'hv' } },
      { type: 'scatter', mode: 'lines', name: 'failed', x: time, y: data.activity.failed, line: { color: mark, width: 1, shape: 'hv' } },
    ], layout({ xaxis: timeAxis(), yaxis: axis('in each bin'), legend: { orientation: 'h', y: 1.1 } }), options);
  }
  if (time.length) {
    const rate = (bytes) => bytes.map((n) => (n * 8) / data.activity.seconds);
    Plotly.newPlot('bandwidth-plot', data.activity.directions.map((name, i) => ({
      type: 'scatter', mode: 'lines', name, stackgroup: 'all', x: time, line: { color: colours[i], width: 0.5, shape: 'hv' },
      y: rate(data.activity.bytes[i].map(([sent, received]) => sent + received)),
    })).filter((trace) => trace.y.some((y) => y > 0)), layout({
      xaxis: timeAxis(), yaxis: Object.assign(axis('bit/s'), { exponentformat: 'SI' }), legend: { orientation: 'h', y: 1.1 },
    }), options);
  }
}
