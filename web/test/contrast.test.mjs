// The colour pairs of the style sheet, computed from the tokens: text at least 4.5, edges of controls
// at least 3.0 (WCAG 2.2, 1.4.3 and 1.4.11). This settles by number what axe leaves open for symbols.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { WEB } from './load.mjs';

const tokens = Object.fromEntries([...readFileSync(join(WEB, 'node_modules/@digital-go-jp/design-tokens/dist/tokens.css'), 'utf8').matchAll(/(--color-[\w-]+):\s*(#[0-9a-f]{6})/gi)].map((hit) => [hit[1], hit[2]]));
const css = ['base', 'shell', 'parts', 'pages', 'print'].map((name) => readFileSync(join(WEB, `css/${name}.css`), 'utf8')).join('\n');
const own = Object.fromEntries([...css.matchAll(/(--sk-[a-z]+): var\((--color-[\w-]+)\)/g)].map((hit) => [hit[1], hit[2]]));
const hex = (name) => tokens[own[name] ?? name] ?? assert.fail(`no colour ${name}`);

function luminance(colour) {
  const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
}
export function contrast(one, two) {
  const [light, dark] = [luminance(one), luminance(two)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

test('the formula gives the known values', () => {
  assert.equal(contrast('#000000', '#ffffff').toFixed(1), '21.0');
  assert.equal(contrast('#777777', '#ffffff').toFixed(2), '4.48');
});

test('every rule with a text colour and a background keeps 4.5', () => {
  let seen = 0;
  for (const [, selector, body] of css.matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
    const text = /(?:^|[;\s])color: var\((--[\w-]+)\)/.exec(body)?.[1];
    const back = /background: var\((--[\w-]+)\)/.exec(body)?.[1];
    if (!text || !back || text === '--sk-zone' || back === '--sk-zone') continue;
    seen += 1;
    assert.ok(contrast(hex(text), hex(back)) >= 4.5, `${selector.trim()} ${contrast(hex(text), hex(back)).toFixed(2)}`);
  }
  assert.ok(seen >= 10, String(seen));
});

test('each zone colour carries white, and its tint carries the text', () => {
  const zones = [...css.matchAll(/--sk-zone: var\((--color-[\w-]+)\); --sk-zone-tint: var\((--color-[\w-]+)\)/g)];
  assert.equal(zones.length, 3);
  for (const [, band, tint] of zones) {
    assert.ok(contrast(tokens[band], '#ffffff') >= 4.5, band);
    for (const text of ['--sk-ink', '--sk-soft', '--sk-link', '--color-primitive-red-900']) assert.ok(contrast(hex(text), tokens[tint]) >= 4.5, `${text} on ${tint} ${contrast(hex(text), tokens[tint])}`);
  }
});

test('text on white keeps 4.5, edges keep 3.0', () => {
  const white = '#ffffff';
  for (const text of ['--sk-ink', '--sk-soft', '--sk-link', '--color-primitive-red-900', '--color-primitive-green-800']) assert.ok(contrast(hex(text), white) >= 4.5, text);
  assert.ok(contrast(hex('--sk-edge'), white) >= 3);
});
