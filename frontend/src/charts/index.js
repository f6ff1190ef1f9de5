// Charts: <div data-chart="id of a JSON block" data-unit="fen_wan | fen_yuan | percent | count">, drawn as SVG.
// The option is plain data; figures are formatted by unit, since JSON carries no functions.
import { BarChart, FunnelChart, GaugeChart, HeatmapChart, LineChart, PieChart, ScatterChart, TreemapChart } from 'echarts/charts';
import {
  AriaComponent, DatasetComponent, DataZoomComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TitleComponent,
  TooltipComponent, VisualMapComponent,
} from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

echarts.use([
  BarChart, FunnelChart, GaugeChart, HeatmapChart, LineChart, PieChart, ScatterChart, TreemapChart,
  AriaComponent, DatasetComponent, DataZoomComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TitleComponent,
  TooltipComponent, VisualMapComponent, SVGRenderer,
]);

const plain = (digits) => new Intl.NumberFormat('zh-CN', { minimumFractionDigits: digits, maximumFractionDigits: digits }).format;
const UNITS = {
  fen_wan: { full: (v) => `${plain(2)(v / 1e6)} 万元`, axis: (v) => (v === 0 ? '0' : Math.abs(v) >= 1e10 ? `${plain(0)(v / 1e10)} 亿` : `${plain(0)(v / 1e6)} 万`) },
  fen_yuan: { full: (v) => `${plain(2)(v / 100)} 元`, axis: (v) => plain(0)(v / 100) },
  percent: { full: (v) => `${plain(2)(v * 100)}%`, axis: (v) => `${plain(0)(v * 100)}%` },
  count: { full: (v) => plain(0)(v), axis: (v) => plain(0)(v) },
};

const INK = '#44545e';
const LINE = '#dfe6ea';
const FONT = "'PingFang SC', 'HarmonyOS Sans SC', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif";
const axis = (value) => ({
  axisLine: { show: !value, lineStyle: { color: '#bccad1' } },
  axisTick: { show: false },
  axisLabel: { color: INK, fontSize: 12 },
  splitLine: { show: value, lineStyle: { color: LINE } },
});

echarts.registerTheme('zd', {
  color: ['#0b5a73', '#3f9fb5', '#c98a2b', '#6b5bb0', '#4f8f5b', '#b8574f', '#7a8d97', '#2f6fb3'],
  textStyle: { fontFamily: FONT, color: INK },
  grid: { left: 8, right: 16, top: 36, bottom: 4, containLabel: true },
  legend: { top: 0, right: 0, itemWidth: 12, itemHeight: 8, textStyle: { color: INK, fontSize: 12 } },
  tooltip: { backgroundColor: '#fff', borderColor: LINE, textStyle: { color: '#16232b', fontSize: 13 }, confine: true },
  categoryAxis: axis(false),
  valueAxis: axis(true),
  timeAxis: axis(false),
  line: { symbolSize: 6, lineStyle: { width: 2 } },
  bar: { barMaxWidth: 28, itemStyle: { borderRadius: [3, 3, 0, 0] } },
  pie: { itemStyle: { borderColor: '#fff', borderWidth: 2 } },
});

function mount(root) {
  for (const host of root.querySelectorAll('[data-chart]:not([data-mounted])')) {
    host.dataset.mounted = '';
    const option = JSON.parse(document.getElementById(host.dataset.chart).textContent);
    const chart = echarts.init(host, 'zd', { renderer: 'svg' });
    chart.setOption(dress(option, UNITS[host.dataset.unit], host.clientWidth < 420));
    chart.on('click', ({ data, name, seriesName, value }) => {
      if (data?.url) window.location.assign(data.url);
      else host.dispatchEvent(new CustomEvent('chart:click', { bubbles: true, detail: { name, seriesName, value } }));
    });
    new ResizeObserver(() => chart.resize()).observe(host);
  }
}

/** Put number formats, decals for the colour-blind and calm motion into an option; narrow pies are read by their legend. */
function dress(option, unit, isNarrow) {
  const isStill = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  const dressed = { animation: !isStill, animationDuration: 300, ...option };
  dressed.aria = { enabled: true, decal: { show: option.decal === true }, label: { enabled: false } };
  const isPie = [option.series].flat().some((series) => ['pie', 'funnel', 'treemap'].includes(series?.type));
  if (isPie && isNarrow) for (const series of [option.series].flat()) series.label = { show: false, ...series.label };
  dressed.tooltip = { trigger: isPie ? 'item' : 'axis', ...option.tooltip };
  if (unit) {
    dressed.tooltip.valueFormatter = (value) => (value === null || value === undefined || value === '-' ? '—' : unit.full(Number(value)));
    for (const name of ['xAxis', 'yAxis']) {
      for (const one of [option[name]].flat()) if (one?.type === 'value') one.axisLabel = { formatter: unit.axis, ...one.axisLabel };
    }
  }
  return dressed;
}

mount(document);
document.addEventListener('htmx:load', ({ detail }) => mount(detail.elt.parentElement ?? document));
