// Number fields with the property unit = yuan | wan | percent show the unit, and amounts their reading.
import { Numberfield } from '@bpmn-io/form-js-viewer';
import { useMemo } from 'preact/hooks';
import { inWords, showYuan, toFen } from './figures.js';

const UNITS = { yuan: '元', wan: '万元', percent: '%' };

export function Amount(props) {
  const unit = props.field.properties?.unit;
  const field = useMemo(() => {
    if (!UNITS[unit]) return props.field;
    return { ...props.field, appearance: { ...props.field.appearance, suffixAdorner: UNITS[unit] } };
  }, [props.field, unit]);
  return (
    <>
      <Numberfield {...props} field={field} />
      {unit === 'yuan' || unit === 'wan' ? <Reading value={props.value} unit={unit} /> : null}
    </>
  );
}
Amount.config = Numberfield.config;

/** What the figure means: thousands marks and capital figures, or that it has parts of a fen. */
function Reading({ value, unit }) {
  if (value === null || value === undefined || value === '') return null;
  const fen = toFen(value, unit);
  if (fen === null) return <p class="zd-reading zd-reading-wrong">金额最小到分，请检查小数位数</p>;
  return (
    <p class="zd-reading">
      <span>{showYuan(fen)} 元</span>
      <span>{inWords(fen)}</span>
    </p>
  );
}
