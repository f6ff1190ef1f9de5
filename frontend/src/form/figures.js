// Figures as text, reckoned on decimal strings: a browser's binary number never rounds an amount.

const DIGITS = '零壹贰叁肆伍陆柒捌玖';
const PLACES = ['仟', '佰', '拾', ''];
const SHIFT = { yuan: 2, wan: 6 }; // decimal places between the unit of the screen and fen

/** Fen as BigInt of a figure in `unit` (yuan | wan); null when it is no figure or has parts of a fen. */
export function toFen(value, unit) {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(value ?? '').trim());
  if (!match) return null;
  const [, sign, whole, decimals = ''] = match;
  const places = SHIFT[unit];
  if (/[1-9]/.test(decimals.slice(places))) return null;
  const fen = BigInt(whole + decimals.slice(0, places).padEnd(places, '0'));
  return sign ? -fen : fen;
}

/** `1,234,500.00` of an amount in fen. */
export function showYuan(fen) {
  const abs = fen < 0n ? -fen : fen;
  const whole = (abs / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ',');
  return `${fen < 0n ? '-' : ''}${whole}.${(abs % 100n).toString().padStart(2, '0')}`;
}

/** Capital figures 大写, as app/core/money.py writes them; empty from 10^16 yuan on. */
export function inWords(fen) {
  const abs = fen < 0n ? -fen : fen;
  const whole = abs / 100n;
  const rest = Number(abs % 100n);
  if (whole >= 10n ** 16n) return '';
  const sign = fen < 0n ? '负' : '';
  if (whole === 0n) return rest ? sign + jiaoAndFen(rest) : '零元整';
  const gap = rest && (whole % 10n === 0n || rest < 10) ? '零' : '';
  return `${sign}${integerWords(whole)}元${gap}${jiaoAndFen(rest)}`;
}

function jiaoAndFen(rest) {
  const jiao = Math.floor(rest / 10);
  const single = rest % 10;
  return (jiao ? `${DIGITS[jiao]}角` : '') + (single ? `${DIGITS[single]}分` : '整');
}

function integerWords(number) {
  const high = number / 10n ** 8n;
  const low = number % 10n ** 8n;
  if (high) return join(`${integerWords(high)}亿`, low, low < 10n ** 7n);
  const tenThousands = number / 10000n;
  const rest = number % 10000n;
  if (tenThousands) return join(`${groupWords(tenThousands)}万`, rest, rest < 1000n);
  return groupWords(rest);
}

function join(head, rest, gap) {
  return rest === 0n ? head : head + (gap ? '零' : '') + integerWords(rest);
}

function groupWords(group) {
  let words = '';
  let gap = false;
  [...group.toString().padStart(4, '0')].forEach((digit, place) => {
    if (digit === '0') {
      gap = words !== '';
      return;
    }
    words += (gap ? '零' : '') + DIGITS[digit] + PLACES[place];
    gap = false;
  });
  return words;
}

/** Size of a file for people. */
export function showSize(bytes) {
  if (bytes === undefined || bytes === null) return '';
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(0)} KB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}
