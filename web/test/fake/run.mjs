#!/usr/bin/env node
// Stands in for ./run in the tests of the pages: `demo` starts the fake town below, `stop` ends it.
// It answers the HTTP contract from memory; nothing of it is in the product.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const option = (name) => process.argv[process.argv.indexOf(name) + 1];
const state = option('--state');
const pidFile = join(state, 'fake.pid');

if (process.argv[2] === 'demo') {
  mkdirSync(state, { recursive: true });
  const child = spawn(process.execPath, [fileURLToPath(new URL('town.mjs', import.meta.url)), state, option('--port-base')], { detached: true, stdio: 'ignore' });
  writeFileSync(pidFile, String(child.pid));
  child.unref();
  for (let n = 0; n < 100 && !existsSync(join(state, 'ready')); n++) await new Promise((resolve) => setTimeout(resolve, 50));
  process.exit(existsSync(join(state, 'ready')) ? 0 : 1);
} else if (process.argv[2] === 'stop' && existsSync(pidFile)) {
  process.kill(Number(readFileSync(pidFile, 'utf8')));
}
