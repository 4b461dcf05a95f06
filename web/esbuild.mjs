// Makes build/web: the scripts of the three portals, the style sheet, the catalogues, the HTML
// shells, pages.json and manifest.json. The same tree gives the same bytes. Usage:
//   node esbuild.mjs [--out DIR]
// All files lie flat in DIR and are served below /app/<hash>/, where the hash covers every byte of
// them; so a script finds its catalogues beside itself and the browser may keep all for ever.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { lintTree } from './lint.mjs';
import { readPages, ROOT, tables } from './pages.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PORTALS = { internet: 'outer', lgwan: 'inner', mynumber: 'mynumber' };
const TYPES = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', json: 'application/json', txt: 'text/plain; charset=utf-8', svg: 'image/svg+xml' };
const MAY_BUNDLE = ['preact', '@digital-go-jp/design-tokens'];

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

function messages() {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-web-'));
  try {
    execFileSync('python3', [join(ROOT, 'tools/messages'), '--json', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
    return { ja: JSON.parse(readFileSync(join(folder, 'ja.json'))), en: JSON.parse(readFileSync(join(folder, 'en.json'))) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function bundle(rows) {
  // One file for each portal: they are different origins, so nothing shared would be fetched once. Only the
  // LGWAN portal is large enough to be split: inner.js and its part chunk.js at once, later.js when it is needed.
  const first = await build(rows, ['src/entry/outer.tsx', 'src/entry/mynumber.tsx', 'css/style.css'], {});
  const inner = await build(rows, ['src/entry/inner.tsx'], { splitting: true, chunkNames: '[name]' });
  return [...first, ...inner];
}

async function build(rows, entryPoints, more) {
  const made = await esbuild.build({
    absWorkingDir: HERE, entryPoints, ...more,
    outdir: 'out', entryNames: '[name]', bundle: true, format: 'esm', target: 'es2022', minify: true, charset: 'utf8',
    jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none', metafile: true, write: false,
    plugins: [tables(rows)], logLevel: 'warning',
  });
  for (const input of Object.keys(made.metafile.inputs)) {
    const hit = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input);
    if (hit && !MAY_BUNDLE.includes(hit[1])) throw new Error(`${hit[1]} may not enter the pages`);
  }
  return made.outputFiles.map((file) => ({ name: basename(file.path), bytes: Buffer.from(file.contents) }));
}

function licences() {
  const parts = MAY_BUNDLE.map((name) => `${name}\n\n${readFileSync(join(HERE, 'node_modules', name, 'LICENSE'), 'utf8').trim()}\n`);
  return Buffer.from(parts.join('\n----\n\n'));
}

function shell(portal, at, text) {
  const preload = portal === 'lgwan' ? `<link rel="modulepreload" href="${at}/chunk.js">\n` : '';
  const zone = text[`ui.zone.${portal}`];
  return `<!DOCTYPE html>
<html lang="ja" data-zone="${portal}">
<head>
<meta charset="utf-8">
<title>{{title}} | ${text['ui.product']} ${zone}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="${at}/icon.svg">
<link rel="stylesheet" href="${at}/style.css">
${preload}<script type="module" src="${at}/${PORTALS[portal]}.js"></script>
</head>
<body>
<div id="page">
<header class="sk-header"><p class="sk-header__zone">${zone}</p><p class="sk-header__product">${text['ui.product']}</p></header>
<main id="app" class="sk-main">
<h1>{{h1}}</h1>
<noscript><p>${text['ui.noscript']}</p></noscript>
</main>
</div>
</body>
</html>
`;
}

function clean(text) {
  if (/[<>&"]/.test(text)) throw new Error(`a title may not contain markup characters: ${text}`);
  return text;
}

export async function make(out) {
  const found = lintTree(HERE);
  if (found.length) throw new Error(`web lint:\n${found.join('\n')}`);
  const rows = readPages();
  const text = messages();
  const files = await bundle(rows);
  for (const lang of ['ja', 'en']) files.push({ name: `${lang}.json`, bytes: Buffer.from(JSON.stringify(text[lang])) });
  files.push({ name: 'licences.txt', bytes: licences() });
  files.push({ name: 'icon.svg', bytes: readFileSync(join(HERE, 'icon.svg')) });
  files.sort((a, b) => (a.name < b.name ? -1 : 1));

  const hash = sha256(files.map((file) => `${sha256(file.bytes)} ${file.name}\n`).join('')).slice(0, 16);
  const at = `/app/${hash}`;
  const pages = rows.map((row) => {
    if (!(row.title in text.ja) || !(row.help in text.ja)) throw new Error(`${row.path}: ${row.title} or ${row.help} has no text`);
    return { portal: row.portal, path: row.path, session: row.session, title: { ja: clean(text.ja[row.title]), en: clean(text.en[row.title]) } };
  });
  const shells = Object.keys(PORTALS).map((portal) => ({
    name: `shell-${portal}.html`, portal,
    bytes: Buffer.from(shell(portal, at, text.ja)),
  }));
  const manifest = {
    hash,
    files: files.map((file) => ({
      path: `${at}/${file.name}`, file: file.name,
      type: TYPES[file.name.split('.').pop()], sha256: sha256(file.bytes), size: file.bytes.length,
    })),
    shells: Object.fromEntries(shells.map((one) => [one.portal, one.name])),
    shell_sha256: Object.fromEntries(shells.map((one) => [one.portal, sha256(one.bytes)])),
    pages,
  };
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const file of [...files, ...shells]) writeFileSync(join(out, file.name), file.bytes);
  writeFileSync(join(out, 'pages.json'), `${JSON.stringify(pages, null, 1)}\n`);
  writeFileSync(join(out, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
  return manifest;
}

if (resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const given = process.argv.indexOf('--out');
  const out = resolve(given > 0 ? process.argv[given + 1] : join(ROOT, 'build/web'));
  try {
    const manifest = await make(out);
    console.log(`web: ${manifest.files.length} files, ${manifest.hash}`);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
