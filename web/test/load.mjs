// Loads a TypeScript module of web/src in node: bundled to one file below build/, with the few
// browser names it touches while loading.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { tables } from '../pages.mjs';

export const WEB = fileURLToPath(new URL('..', import.meta.url));
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
globalThis.location ??= { pathname: '/', search: '' };
globalThis.history ??= { pushState() {}, replaceState() {} };
globalThis.document ??= { addEventListener() {}, hidden: false, documentElement: { dataset: {} } };
globalThis.addEventListener ??= () => {};
globalThis.removeEventListener ??= () => {};

export async function load(path) {
  const out = join(ROOT, 'build/web-test', `${path.replace(/\W/g, '_')}_${process.pid}.mjs`);
  mkdirSync(join(ROOT, 'build/web-test'), { recursive: true });
  await esbuild.build({ absWorkingDir: WEB, entryPoints: [`src/${path}`], outfile: out, bundle: true, format: 'esm', target: 'node18', jsx: 'automatic', jsxImportSource: 'preact', plugins: [tables()], logLevel: 'error' });
  return import(pathToFileURL(out));
}
