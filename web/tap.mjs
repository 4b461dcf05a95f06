// Runs test files of node:test one after another and prints flat TAP: one line for each innermost
// test, so that whoever counts lines counts tests.  node web/tap.mjs FILE|FOLDER...
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from 'node:test';

const files = process.argv.slice(2).flatMap((given) => (statSync(given).isDirectory()
  ? readdirSync(given).filter((name) => name.endsWith('.test.mjs')).sort().map((name) => join(given, name)) : [given])).map((name) => resolve(name));

let number = 0;
let failed = 0;
// seen[n]: what ended at depth n since the last end above it.
const seen = [];

function line(good, name, skip, error) {
  number += 1;
  if (!good) failed += 1;
  console.log(`${good ? 'ok' : 'not ok'} ${number} - ${name.replace(/[#\n]/g, ' ')}${skip !== undefined ? ` # SKIP ${typeof skip === 'string' ? skip : ''}` : ''}`);
  if (error) console.log(String(error.cause?.stack ?? error.stack ?? error).split('\n').map((one) => `# ${one}`).join('\n'));
}

function end(event, good) {
  const { nesting, name, details, skip } = event;
  const inner = seen[nesting + 1] ?? { count: 0, failed: 0 };
  seen.length = Math.min(seen.length, nesting + 1);
  seen[nesting] ??= { count: 0, failed: 0 };
  seen[nesting].count += 1;
  if (!good) seen[nesting].failed += 1;
  // A test that only holds others is not counted, but for a fault of its own.
  if (inner.count && (good || inner.failed)) return;
  line(good, name, skip || undefined, good ? null : details?.error);
}

if (!files.length) { console.error('tap: no test files'); process.exit(2); }
const events = run({ files, concurrency: 1, timeout: 900_000 });
events.on('test:pass', (event) => end(event, true));
events.on('test:fail', (event) => end(event, false));
events.on('test:stderr', (event) => process.stderr.write(event.message ?? ''));
events.on('close', finish);
events.on('end', finish);
events.resume();

let done = false;
function finish() {
  if (done) return;
  done = true;
  if (!number) { console.log('not ok 1 - no test ran'); failed += 1; number = 1; }
  console.log(`1..${number}`);
  process.exit(failed ? 1 : 0);
}
