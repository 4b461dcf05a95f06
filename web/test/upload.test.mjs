// Sending by offset: what the server acknowledged is never sent again, nothing is left out.
import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const { upload, PIECE } = await load('lib/upload.ts');

// A file whose pieces know where they come from.
const source = (size) => ({ size, slice: (from, to) => ({ size: to - from, from }) });

// A server that keeps bytes and fails where the script says.
function server(size, script = []) {
  const kept = { offset: 0, patches: [], heads: 0, waits: [], progress: [] };
  const next = () => script.shift() ?? {};
  const transport = {
    async head() {
      kept.heads += 1;
      const turn = next();
      if (turn.status !== undefined) return { status: turn.status, offset: null };
      return { status: 200, offset: turn.lie ?? kept.offset };
    },
    async patch(url, offset, piece, progress) {
      const turn = next();
      assert.equal(piece.from, offset, 'the piece begins at the offset');
      if (turn.status === 409 || offset !== kept.offset) return { status: 409, offset: kept.offset };
      progress(Math.floor(piece.size / 2));
      const taken = Math.min(turn.takes ?? (turn.status === undefined ? piece.size : 0), piece.size);
      kept.patches.push([offset, taken]);
      kept.offset += taken;
      if (turn.status !== undefined) return { status: turn.status, offset: null, code: turn.code };
      return { status: 204, offset: turn.lie ?? kept.offset };
    },
  };
  const hooks = { sleep: async (ms) => { kept.waits.push(ms); }, progress: (n) => kept.progress.push(n) };
  return { kept, run: (from = 0, signal = new AbortController().signal) => upload(transport, '/u', source(size), from, hooks, signal) };
}

const covered = (kept) => kept.patches.reduce((at, [from, n]) => { assert.equal(from, at); return from + n; }, 0);

test('a large file goes in pieces of 8 MiB, without asking first', async () => {
  const { kept, run } = server(2 * PIECE + 5);
  assert.deepEqual(await run(), { done: true });
  assert.deepEqual(kept.patches, [[0, PIECE], [PIECE, PIECE], [2 * PIECE, 5]]);
  assert.equal(kept.heads, 0);
  assert.equal(kept.progress.at(-1), 2 * PIECE + 5);
});

test('after a cut in the middle of a piece it goes on where the server stands', async () => {
  const { kept, run } = server(PIECE + 100, [{ status: 0, takes: 777 }]);
  assert.deepEqual(await run(), { done: true });
  assert.deepEqual(kept.patches, [[0, 777], [777, PIECE + 100 - 777]]);
  assert.equal(kept.heads, 1);
  assert.equal(covered(kept), PIECE + 100);
});

test('when the answer was lost but the bytes arrived, they are not sent again', async () => {
  const { kept, run } = server(100, [{ status: 0, takes: 100 }]);
  assert.deepEqual(await run(), { done: true });
  assert.deepEqual(kept.patches, [[0, 100]]);
});

test('a resumed file asks first and sends only the rest', async () => {
  const { kept, run } = server(100);
  kept.offset = 60;
  assert.deepEqual(await run(null), { done: true });
  assert.deepEqual(kept.patches, [[60, 40]]);
});

test('waiting grows 1, 2, 4 … 30 s while the network is away', async () => {
  const { kept, run } = server(10, Array.from({ length: 8 }, () => ({ status: 0 })));
  assert.deepEqual(await run(), { done: true });
  assert.deepEqual(kept.waits, [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
});

test('busy, full and locked answers are tried again; the offset is kept', async () => {
  for (const status of [423, 429, 500, 502, 503, 504, 507]) {
    const { kept, run } = server(10, [{ status }]);
    assert.deepEqual(await run(), { done: true }, String(status));
    assert.equal(covered(kept), 10);
  }
});

test('a conflict is settled by asking', async () => {
  const { kept, run } = server(10, [{ status: 409 }]);
  assert.deepEqual(await run(), { done: true });
  assert.equal(kept.heads, 1);
  assert.deepEqual(kept.waits, []);
});

test('a server that always says conflict does not make a loop', async () => {
  const { run } = server(10, Array.from({ length: 40 }, (_, n) => (n % 2 ? {} : { status: 409 })));
  assert.deepEqual(await run(), { done: false, status: 409, code: '' });
});

test('a refusal ends the upload with its code', async () => {
  for (const status of [400, 401, 403, 404, 410, 412, 413, 415]) {
    const { kept, run } = server(10, [{ status, code: 'gate.size' }]);
    assert.deepEqual(await run(), { done: false, status, code: 'gate.size' });
    assert.equal(kept.waits.length, 0);
  }
});

test('an offset that cannot be is never followed', async () => {
  for (const lie of [11, 0, -5]) {
    const { run } = server(10, [{ lie }]);
    assert.deepEqual(await run(), { done: false, status: 409, code: 'gate.offset' });
  }
  const { run } = server(10, [{ status: 0 }, { lie: 999 }]);
  assert.deepEqual(await run(), { done: false, status: 409, code: 'gate.offset' });
});

test('cancelling stops it', async () => {
  const stop = new AbortController();
  stop.abort();
  const { kept, run } = server(10);
  assert.deepEqual(await run(0, stop.signal), { done: false, status: 0, code: 'stopped' });
  assert.equal(kept.patches.length, 0);
});

test('any mixture of cuts and faults ends with every byte there once', async () => {
  let seed = 7;
  const random = (n) => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % n; };
  for (let round = 0; round < 300; round++) {
    const size = 1 + random(4 * PIECE);
    const script = Array.from({ length: random(12) }, () => [{}, { status: 0, takes: random(Math.min(size, PIECE)) }, { status: 503 }, { status: 0 }][random(4)]);
    const { kept, run } = server(size, script);
    assert.deepEqual(await run(), { done: true });
    assert.equal(covered(kept), size);
  }
});
