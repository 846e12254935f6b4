'use strict';
(function () {
  // What JSON cannot say: how a custom series draws one of its items. An option names it as "$interval" and so on.
  const renderers = {
    // [category, value, low, high, shift, series]: a mark with whiskers, shifted beside those of other series.
    $estimate: function (params, api) {
      const width = api.size([1, 0])[0];
      const shift = api.value(4) * width;
      const colour = api.visual('color');
      const at = api.coord([api.value(0), api.value(1)]);
      if (isNaN(at[1])) return null;
      const x = at[0] + shift, y = at[1];
      const marks = [{ type: 'circle', shape: { cx: x, cy: y, r: 5 } }, { type: 'rect', shape: { x: x - 5, y: y - 5, width: 10, height: 10 } },
        { type: 'polygon', shape: { points: [[x, y - 6], [x + 6, y + 5], [x - 6, y + 5]] } },
        { type: 'polygon', shape: { points: [[x, y - 7], [x + 6, y], [x, y + 7], [x - 6, y]] } }];
      const mark = marks[api.value(5) % marks.length];
      mark.style = { fill: colour };
      const children = [mark];
      const low = api.coord([api.value(0), api.value(2)])[1], high = api.coord([api.value(0), api.value(3)])[1];
      if (!isNaN(low) && !isNaN(high)) {
        const half = Math.min(8, width / 8);
        for (const ends of [[x, low, x, high], [x - half, low, x + half, low], [x - half, high, x + half, high]]) {
          children.push({ type: 'line', shape: { x1: ends[0], y1: ends[1], x2: ends[2], y2: ends[3] }, style: { stroke: colour, lineWidth: 2 } });
        }
      }
      return { type: 'group', children: children };
    },
    // [category, value 1, density 1, value 2, density 2, ...], densities in [0, 1]: a shape as wide as the data is dense.
    $violin: function (params, api) {
      const half = api.size([1, 0])[0] * 0.42;
      const right = [], left = [];
      for (let i = 1; !isNaN(api.value(i)) && api.value(i) !== undefined; i += 2) {
        const at = api.coord([api.value(0), api.value(i)]);
        right.push([at[0] + half * api.value(i + 1), at[1]]);
        left.push([at[0] - half * api.value(i + 1), at[1]]);
      }
      return { type: 'polygon', shape: { points: right.concat(left.reverse()) },
        style: { fill: api.visual('color'), opacity: 0.55, stroke: api.visual('color') } };
    },
    // [category, low, high]: a line across, for fences.
    $fence: function (params, api) {
      const half = api.size([1, 0])[0] * 0.4;
      const children = [];
      for (const i of [1, 2]) {
        if (!isFinite(api.value(i))) continue;
        const at = api.coord([api.value(0), api.value(i)]);
        children.push({ type: 'line', shape: { x1: at[0] - half, y1: at[1], x2: at[0] + half, y2: at[1] },
          style: { stroke: api.visual('color'), lineWidth: 2, lineDash: [6, 4] } });
      }
      return { type: 'group', children: children };
    }
  };

  function has_webgl() {
    try { return !!document.createElement('canvas').getContext('webgl'); } catch (e) { return false; }
  }

  const charts = [];
  for (const figure of document.querySelectorAll('figure')) {
    const drawing = figure.querySelector('.drawing');
    const spatial = figure.dataset.renderer === 'gl';
    try {
      if (spatial && !has_webgl()) {
        drawing.textContent = 'This browser has no WebGL, which three axes need; the numbers are below.';
        drawing.style.height = 'auto';
        figure.dataset.drawn = 'no-webgl';
        continue;
      }
      const option = JSON.parse(figure.querySelector('script').textContent);
      for (const series of option.series) {
        if (series.renderItem) series.renderItem = renderers[series.renderItem];
      }
      const chart = echarts.init(drawing, null, { renderer: spatial ? 'canvas' : 'svg' });
      chart.setOption(option);
      charts.push(chart);
      figure.dataset.drawn = 'yes';
    } catch (error) {
      drawing.textContent = 'This figure could not be drawn; its numbers are below.';
      figure.dataset.drawn = 'no';
      console.error(figure.id + ': ' + error);
    }
  }

  function resize() { for (const chart of charts) chart.resize(); }
  window.addEventListener('resize', resize);
  window.addEventListener('beforeprint', function () {
    for (const details of document.querySelectorAll('details')) details.open = true;
    resize();
  });
  window.addEventListener('afterprint', resize);
})();
