'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const { extraOf } = require('../lib/extras.js');
const { call, machine, start, unix, version } = require('./support.js');

const UV = ['--python', '>=3.11', '--from', `tokenscope-cli==${version}`, 'tokenscope'];

test('uvx, uv, pipx, Python: in that order, each with exactly this version', unix, async (t) => {
  const here = machine(t);
  here.hasPython('python3.12');
  const { call: python } = await call(here, ['daily']);
  assert.deepEqual(python.args, ['-P', '-m', 'tokenscope', 'daily']);
  here.has('pipx');
  const { call: pipx } = await call(here, ['daily']);
  const newEnough = path.join(here.bin, 'python3.12');
  const spec = `tokenscope-cli==${version}`;
  assert.deepEqual(pipx.args, ['run', '--python', newEnough, '--spec', spec, 'tokenscope-cli', 'daily']);
  here.has('uv');
  const { call: uv } = await call(here, ['daily']);
  assert.deepEqual([uv.name, ...uv.args], ['uv', 'tool', 'run', ...UV, 'daily']);
  here.has('uvx');
  const { call: uvx } = await call(here, ['daily']);
  assert.deepEqual([uvx.name, ...uvx.args], ['uvx', ...UV, 'daily']);
});

test('a command that needs an extra brings it, and no other does', unix, async (t) => {
  const here = machine(t);
  here.hasPython('python3.12');
  const newEnough = path.join(here.bin, 'python3.12');
  const { call: first } = await call(here, ['mcp', '--with-text']);
  assert.deepEqual(first.args, ['-P', '-m', 'tokenscope', 'mcp', '--with-text']);
  assert.deepEqual(fs.readdirSync(here.environments), [`${version}-mcp`]);
  assert.match(fs.readFileSync(path.join(here.home, 'python.log'), 'utf8'), /tokenscope-cli\[mcp\]==/);
  assert.deepEqual((await call(here, ['daily'])).call.args, ['-P', '-m', 'tokenscope', 'daily']);
  assert.deepEqual(fs.readdirSync(here.environments).sort(), [version, `${version}-mcp`]);
  here.has('pipx');
  const spec = `tokenscope-cli[mcp]==${version}`;
  const { call: pipx } = await call(here, ['mcp']);
  assert.deepEqual(pipx.args, ['run', '--python', newEnough, '--spec', spec, 'tokenscope-cli', 'mcp']);
  here.has('uvx');
  const { call: uvx } = await call(here, ['mcp']);
  assert.deepEqual(uvx.args, ['--python', '>=3.11', '--from', spec, 'tokenscope', 'mcp']);
});

test('which command needs which extra', () => {
  const needs = {
    mcp: ['mcp', 'mcp --root x', 'demo mcp'],
    team: ['sync', 'login', 'status', 'logout', 'server-sql', 'daily --team', '--team', 'daily --team=crew'],
  };
  for (const [extra, lines] of Object.entries(needs)) {
    for (const line of lines) assert.equal(extraOf(line.split(' ')), extra, line);
  }
  const none = ['', 'daily', 'live', 'demo', 'demo daily', 'daily --project mcp', 'session mcp', 'toString', '--teams'];
  for (const line of none) assert.equal(extraOf(line.split(' ').filter(Boolean)), undefined, line);
});

test('pipx is left to its own Python where none is new enough, or where one is set', unix, async (t) => {
  const here = machine(t);
  here.has('pipx');
  here.hasPython('python3', { version: [3, 10] });
  const own = ['run', '--spec', `tokenscope-cli==${version}`, 'tokenscope-cli'];
  assert.deepEqual((await call(here, [])).call.args, own);
  here.hasPython('python3.12');
  assert.deepEqual((await call(here, [], { env: { PIPX_DEFAULT_PYTHON: '/x' } })).call.args, own);
});

test('arguments arrive as typed: no shell reads them', unix, async (t) => {
  const here = machine(t);
  here.has('uvx');
  const quotes = ['a b', '', '"', "'", '\\', '\n', '—漢ü'];
  const args = [...quotes, '--', '*', '$HOME', '$(touch made)', '`touch made`', '; touch made'];
  const { call: made } = await call(here, args);
  assert.deepEqual(made.args.slice(UV.length), args);
  assert.equal(fs.existsSync(path.join(here.root, 'made')), false);
});

test('the program is told how it was started, whatever runs it', unix, async (t) => {
  const here = machine(t);
  const byNpx = { env: { npm_command: 'exec' } };
  here.hasPython('python3.12');
  assert.equal((await call(here, [], byNpx)).call.typed, 'npx tokenscope');
  here.has('uvx');
  assert.equal((await call(here, [], byNpx)).call.typed, 'npx tokenscope');
  assert.equal((await call(here, [])).call.typed, 'tokenscope'); // installed for good: npm install -g
});

test('the streams are handed over', unix, async (t) => {
  const here = machine(t);
  here.has('uvx');
  const end = await call(here, [], { fake: { reads: true, warns: 'careful' }, input: 'typed ü\n' });
  assert.equal(end.call.input, 'typed ü\n');
  assert.equal(end.stderr, 'careful\n');
});

test('once a runner has started, its exit code is the answer', unix, async (t) => {
  const here = machine(t);
  here.has('uvx', 'uv', 'pipx');
  for (const exit of [0, 1, 2, 3, 127, 130]) {
    const end = await call(here, [], { fake: { exit } });
    assert.deepEqual([end.code, end.call.name], [exit, 'uvx']);
  }
});

test('a death by signal is passed on as one', unix, async (t) => {
  const here = machine(t);
  here.has('uvx');
  for (const kills of ['SIGTERM', 'SIGKILL', 'SIGINT', 'SIGHUP']) {
    const end = await call(here, [], { fake: { kills, stays: true } });
    assert.deepEqual([end.code, end.signal], [null, kills]);
  }
  // Node itself survives this one.
  assert.equal((await call(here, [], { fake: { kills: 'SIGPIPE', exit: 141 } })).code, 141);
});

test('a runner that cannot be started is passed over, and said to be', unix, async (t) => {
  const here = machine(t);
  here.has('pipx');
  fs.writeFileSync(path.join(here.bin, 'uvx'), '#!/no/such/interpreter\n', { mode: 0o755 });
  fs.writeFileSync(path.join(here.bin, 'uv'), 'not executable', { mode: 0o644 });
  const end = await call(here, []);
  assert.equal(end.call.name, 'pipx');
  assert.equal(end.stderr, `tokenscope: passed over ${here.bin}/uvx: it could not be started (ENOENT)\n`);
});

test('with nothing to run it with: 127, and one line for each thing to install', unix, async (t) => {
  const here = machine(t);
  here.hasPython('python3', { version: [3, 10] });
  here.hasPython('python3.12', { version: [3, 12], venv: false });
  here.hasPython('python', { mute: true });
  const end = await call(here, ['daily']);
  assert.equal(end.code, 127);
  assert.equal(end.stdout, '');
  for (const start of ['uv ', 'pipx ', 'Python ']) {
    assert.equal(end.stderr.split('\n').filter((line) => line.startsWith(`  ${start}`)).length, 1, end.stderr);
  }
  assert.match(end.stderr, /python3: it is Python 3\.10\n/);
  assert.match(end.stderr, /python3\.12: it has no venv .*apt install python3\.12-venv/);
  assert.match(end.stderr, /python: it does not answer as Python 3\.11 does/);
  assert.deepEqual(fs.readdirSync(here.home), []);
});

test('TOKENSCOPE_RUNNER uses that one and no other', unix, async (t) => {
  const here = machine(t);
  here.has('uvx', 'uv');
  here.hasPython('python3');
  assert.equal((await call(here, [], { env: { TOKENSCOPE_RUNNER: 'uv' } })).call.name, 'uv');
  assert.equal((await call(here, [], { env: { TOKENSCOPE_RUNNER: 'python' } })).call.name, 'python');
  assert.equal((await call(here, [], { env: { TOKENSCOPE_RUNNER: '' } })).call.name, 'uvx');
  const missing = await call(here, [], { env: { TOKENSCOPE_RUNNER: 'pipx' } });
  assert.deepEqual([missing.code, missing.stdout], [127, '']);
  assert.match(missing.stderr, /TOKENSCOPE_RUNNER is pipx, and it cannot be used here/);
  const wrong = await call(here, [], { env: { TOKENSCOPE_RUNNER: 'toString' } });
  assert.deepEqual([wrong.code, wrong.stdout], [2, '']);
  assert.match(wrong.stderr, /not one of uvx, uv, pipx, python/);
});

for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  test(`${signal} is forwarded, and the program's answer to it is ours`, unix, async (t) => {
    const here = machine(t);
    here.has('uvx');
    const { child, spoke, ended } = start(here, [], { fake: { catches: [signal], stays: true, exit: 130 } });
    await spoke;
    child.kill(signal);
    const end = await ended;
    assert.deepEqual([end.code, end.signal], [130, null]);
    assert.deepEqual(end.stdout.match(/^SIG\w+$/gm), [signal]);
  });
}

test('Ctrl-C, which the terminal sends to everyone, reaches the program once', unix, async (t) => {
  const here = machine(t);
  here.has('uvx');
  const { child, spoke, ended } = start(here, [], { fake: { catches: ['SIGINT'], stays: true, exit: 130 } });
  await spoke;
  process.kill(-Number(child.pid), 'SIGINT');
  const end = await ended;
  assert.deepEqual([end.code, end.stdout.match(/^SIG\w+$/gm)], [130, ['SIGINT']]);
});
