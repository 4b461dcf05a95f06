// The tables of the tree that the pages share with the daemons, for the bundler and the tests:
// data/pages.yaml (a list of flat maps and nothing else) and src/base/text/eras.def.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const KEYS = new Set(['portal', 'path', 'page', 'title', 'help', 'menu', 'session', 'clause']);
const NEEDED = ['portal', 'path', 'page', 'title', 'help', 'session', 'clause'];
const PORTALS = ['internet', 'lgwan', 'mynumber'];

export function readPages(text = readFileSync(`${ROOT}/data/pages.yaml`, 'utf8')) {
  const rows = [];
  let seenHead = false;
  text.split('\n').forEach((line, at) => {
    if (!line.trim() || line.startsWith('#')) return;
    if (line === 'sekisho: pages/1') { seenHead = true; return; }
    if (line === 'pages:') return;
    const hit = /^ {2}(- | {2})([a-z]+): (\S.*)$/.exec(line);
    if (!seenHead || !hit || !KEYS.has(hit[2])) throw new Error(`data/pages.yaml:${at + 1}: not understood`);
    if (hit[1] === '- ') rows.push({});
    const row = rows[rows.length - 1];
    if (!row || hit[2] in row) throw new Error(`data/pages.yaml:${at + 1}: ${hit[2]} stands twice`);
    row[hit[2]] = hit[3].trim();
  });
  const seen = new Set();
  for (const row of rows) {
    for (const key of NEEDED) if (!(key in row)) throw new Error(`data/pages.yaml: ${row.path}: ${key} is missing`);
    if (!PORTALS.includes(row.portal)) throw new Error(`data/pages.yaml: ${row.path}: unknown portal`);
    if (!/^(\/|(\/([a-z]+|<[a-z]+>))+)$/.test(row.path)) throw new Error(`data/pages.yaml: ${row.path}: not a path`);
    const id = `${row.portal} ${row.path}`;
    if (seen.has(id)) throw new Error(`data/pages.yaml: ${id} stands twice`);
    seen.add(id);
    row.session = row.session === 'yes';
    row.menu = row.menu ? Number(row.menu) : 0;
  }
  return rows;
}

export function readEras(text = readFileSync(`${ROOT}/src/base/text/eras.def`, 'utf8')) {
  const rows = [...text.replace(/\/\*[^]*?\*\//g, '').matchAll(/^ERA\("([^"]+)", '([A-Z])', (\d+), (\d+), (\d+), (\d+)\)$/gm)]
    .map(([, kanji, letter, first, y, m, d]) => ({ kanji, letter, first: Number(first), from: { y: Number(y), m: Number(m), d: Number(d) } }));
  if (rows.length < 5) throw new Error('src/base/text/eras.def: not understood');
  return rows;
}

// What esbuild asks for by the names pages:PORTAL and eras:table.
export const tables = (rows = readPages()) => ({
  name: 'tables',
  setup(build) {
    build.onResolve({ filter: /^(pages|eras):/ }, (args) => ({ path: args.path, namespace: 'tables' }));
    build.onLoad({ filter: /.*/, namespace: 'tables' }, ({ path }) => {
      if (path === 'eras:table') return { loader: 'json', contents: JSON.stringify(readEras()) };
      const own = rows.filter((row) => row.portal === path.slice(6));
      return { loader: 'json', contents: JSON.stringify(own.map(({ path: where, page, title, help, menu, session, clause }) => ({ path: where, page, title, help, menu, session, clause }))) };
    });
  },
});
