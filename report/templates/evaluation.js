'use strict';
{
  const distinct = (name) => [...new Set(data.cells.map((cell) => cell[name]))].sort((a, b) => a - b);
  const [jitters, losses] = [distinct('jitter'), distinct('loss')];
  const at = (jitter, loss) => data.cells.find((cell) => cell.jitter === jitter && cell.loss === loss);
  const map = (id, name, title) => {
    const z = losses.map((loss) => jitters.map((jitter) => at(jitter, loss)?.[name] ?? null));
    const text = losses.map((loss) => jitters.map((jitter) => {
      const cell = at(jitter, loss);
      return cell ? `${cell[name].toFixed(2)}<br>n ${cell.n}` : '';
    }));
    Plotly.newPlot(id, [{
      type: 'heatmap', x: jitters.map(String), y: losses.map(String), z, text, texttemplate: '%{text}',
      zmin: 0, zmax: 1, colorscale: 'Cividis', hoverinfo: 'skip',
    }], layout({
      title: { text: title }, margin: { t: 50, r: 20, b: 60, l: 70 },
      xaxis: Object.assign(axis('jitter'), { type: 'category' }),
      yaxis: Object.assign(axis('share of beats lost'), { type: 'category' }),
    }), options);
  };
  map('ours', 'recall', 'bro-ml');
  map('rita', 'rita_recall', 'RITA v5');
  Plotly.newPlot('delays', [{
    type: 'scatter', mode: 'lines+markers', x: data.delays.map((d) => d.n_events), y: data.delays.map((d) => d.found),
    text: data.delays.map((d) => `${d.n} beacons`), hoverinfo: 'x+y+text', line: { color: colours[0] },
  }], layout({
    xaxis: Object.assign(axis('events seen'), { type: 'log' }),
    yaxis: Object.assign(axis('share of the beacons found'), { range: [0, 1] }),
  }), options);
}
