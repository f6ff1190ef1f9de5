// What we ask of every schema before form-js sees it.

/** A copy of the schema without its own buttons (the page's bar has them), with 24-hour times and sensible decimals. */
export function prepare(schema) {
  const copy = structuredClone(schema);
  const walk = (component) => {
    if (component.type === 'datetime') component.use24h = true;
    if (component.type === 'number' && component.decimalDigits === undefined) {
      const digits = { yuan: 2, wan: 6, percent: 4 }[component.properties?.unit];
      if (digits !== undefined) component.decimalDigits = digits;
    }
    if (component.components) {
      component.components = component.components.filter((child) => child.type !== 'button');
      component.components.forEach(walk);
    }
  };
  walk(copy);
  return copy;
}
