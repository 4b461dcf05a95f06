// What the bundler makes: same bytes twice, inside the size limits, no address outside the portal,
// digests that hold, words for every key.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { make } from '../esbuild.mjs';
import { lintText, lintTree } from '../lint.mjs';
import { readPages } from '../pages.mjs';
import { ROOT, WEB } from './load.mjs';

const one = mkdtempSync(join(tmpdir(), 'sekisho-web-a-'));
const two = mkdtempSync(join(tmpdir(), 'sekisho-web-b-'));
const manifest = await make(one);
await make(two);
test.after?.(() => { for (const folder of [one, two]) rmSync(folder, { recursive: true }); });
const read = (name) => readFileSync(join(one, name));
const names = readdirSync(one).sort();
const gzip = (name) => gzipSync(read(name), { level: 9 }).length;

test('two runs give the same bytes', () => {
  assert.deepEqual(readdirSync(two).sort(), names);
  for (const name of names) assert.ok(read(name).equals(readFileSync(join(two, name))), name);
});

test('every file stands in the manifest with its digest, and nothing else is there', () => {
  const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');
  for (const file of manifest.files) {
    assert.equal(sha(read(file.file)), file.sha256);
    assert.match(file.path, new RegExp(`^/app/${manifest.hash}/[a-z.]+$`));
    assert.ok(file.type);
  }
  for (const [portal, name] of Object.entries(manifest.shells)) assert.equal(sha(read(name)), manifest.shell_sha256[portal]);
  const known = [...manifest.files.map((file) => file.file), ...Object.values(manifest.shells), 'manifest.json', 'pages.json'].sort();
  assert.deepEqual(names, known);
  assert.deepEqual(JSON.parse(read('pages.json')), manifest.pages);
});

test('the first load stays inside the limits', () => {
  assert.ok(gzip('outer.js') <= 25_000, `outer ${gzip('outer.js')}`);
  // What inner.js asks for at once counts with it; later.js is fetched with the first of its pages.
  const parts = [...read('inner.js').toString().matchAll(/from"\.\/([a-z]+\.js)"/g)].map((hit) => hit[1]);
  assert.deepEqual(parts, ['chunk.js']);
  assert.ok(gzip('inner.js') + gzip('chunk.js') <= 60_000, `inner ${gzip('inner.js') + gzip('chunk.js')}`);
  assert.ok(gzip('mynumber.js') <= 40_000, `mynumber ${gzip('mynumber.js')}`);
  assert.ok(gzip('style.css') <= 15_000, `css ${gzip('style.css')}`);
  assert.ok(names.reduce((sum, name) => sum + gzip(name), 0) <= 250_000);
});

test('no file names an address outside the portal', () => {
  // The names of the W3C's languages, which the view library carries, are no addresses.
  const spaces = /http:\/\/www\.w3\.org\/(1999\/xhtml|2000\/svg|1998\/Math\/MathML|1999\/xlink)/g;
  for (const name of names.filter((each) => each !== 'licences.txt')) {
    const text = read(name).toString('utf8').replace(spaces, '');
    assert.doesNotMatch(text, /\b[a-z]{2,6}:\/\//i, name);
    assert.doesNotMatch(text, /["'(=]\/\/[a-z0-9]/i, name);
    assert.doesNotMatch(text, /@import|sourceMappingURL/, name);
  }
});

test('the shells hold no inline script or style and both places for the title', () => {
  for (const name of Object.values(manifest.shells)) {
    const html = read(name).toString('utf8');
    assert.equal((html.match(/<script/g) ?? []).length, 1);
    assert.match(html, /<script type="module" src="\/app\/[0-9a-f]{16}\/\w+\.js"><\/script>/);
    assert.doesNotMatch(html, /<style|style=|\son\w+=/);
    assert.ok(html.includes('<title>{{title}}') && html.includes('<h1>{{h1}}</h1>') && html.includes('<noscript>') && html.includes('<main id="app"'));
    assert.match(html, /<html lang="ja" data-zone="\w+">/);
  }
});

test('our sources pass the lint, and the lint sees what it must', () => {
  assert.deepEqual(lintTree(WEB), []);
  for (const bad of ['a.innerHTML = b', '<p dangerouslySetInnerHTML={x}>', '<p style="x">', '<p style={`x`}>', "e.setAttribute('onclick', x)", 'fetch("https:' + '//a.example")', "'//cdn.example/x.js'", 'eval(x)', 'localStorage; sessionStorage.x', 'document.cookie', '<a href="javascript' + ':x">']) assert.equal(lintText('x', bad).length > 0, true, bad);
  assert.deepEqual(lintText('x', "el.style.width = '3px'; a.textContent = b;"), []);
});

test('the page table refuses what it does not understand', () => {
  const good = 'sekisho: pages/1\npages:\n  - portal: lgwan\n    path: /a\n    page: a\n    title: t.a\n    help: t.b\n    session: yes\n    clause: std:1\n';
  assert.equal(readPages(good).length, 1);
  for (const bad of [good.replace('pages/1', 'pages/2'), good.replace('portal: lgwan', 'portal: moon'), good.replace('path: /a', 'path: a'), good.replace('    clause: std:1\n', ''), `${good}    page: b\n`, good + good.split('\n').slice(2).join('\n'), `${good}  what\n`]) assert.throws(() => readPages(bad), Error, bad);
});

const words = (lang) => Object.fromEntries(['ui', 'ui_policy'].flatMap((file) => readFileSync(join(ROOT, `data/messages/${lang}/${file}.yaml`), 'utf8').split('\n').filter((line) => line && !line.startsWith('#')).map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])));
const catalogue = { ja: JSON.parse(read('ja.json')), en: JSON.parse(read('en.json')) };

function sources(folder = join(WEB, 'src')) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? sources(join(folder, entry.name)) : [readFileSync(join(folder, entry.name), 'utf8')]));
}

test('every key the pages name has words in both languages', () => {
  const text = sources().join('\n');
  const keys = new Set([...text.matchAll(/'((?:ui|err)\.[a-z0-9_.]+)'/g)].map((hit) => hit[1]));
  assert.ok(keys.size > 150, String(keys.size));
  for (const row of readPages()) { keys.add(row.title); keys.add(row.help); }
  const missing = [...keys].filter((key) => !(key in catalogue.ja) || !(key in catalogue.en));
  assert.deepEqual(missing, []);
  // A key made of parts: at least one text stands below its beginning.
  for (const [, prefix] of text.matchAll(/`((?:ui)\.[a-z_.]+\.)\$\{/g)) assert.ok(Object.keys(catalogue.ja).some((key) => key.startsWith(prefix)), prefix);
});

test('no key is there in vain, and each language is written in its own letters', () => {
  const text = sources().join('\n') + readFileSync(join(WEB, 'esbuild.mjs'), 'utf8') + readFileSync(join(ROOT, 'data/pages.yaml'), 'utf8');
  const [ja, en] = [words('ja'), words('en')];
  const families = [...text.matchAll(/`(ui\.[a-z_.]*)\$\{/g)].map((hit) => hit[1]).concat('ui.state.', 'ui.item.', 'ui.verdict.', 'ui.scanner.');
  for (const key of Object.keys(ja)) assert.ok(text.includes(key) || families.some((family) => family !== 'ui.' && key.startsWith(family)), `${key} is not used`);
  for (const [key, value] of Object.entries(en)) assert.doesNotMatch(value, /[぀-ヿ一-鿿]/, key);
  for (const key of Object.keys(ja)) {
    const holes = (value) => (value.match(/\{\w+\}/g) ?? []).sort().join();
    assert.equal(holes(ja[key]), holes(en[key]), key);
  }
});
