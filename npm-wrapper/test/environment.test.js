'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const { call, machine, start, unix, until, version } = require('./support.js');

/**
 * @param {import('node:test').TestContext} t
 * @param {string} [name]
 */
function machineWithPython(t, name = 'python3.12') {
  const here = machine(t);
  here.hasPython(name);
  const log = path.join(here.home, 'python.log');
  /** @param {string} word */
  const times = (word) =>
    fs.existsSync(log) ? fs.readFileSync(log, 'utf8').split('\n').filter((line) => line.startsWith(word)).length : 0;
  return { ...here, times, log };
}

test('it is made once a version, in the cache folder, and used again', unix, async (t) => {
  const here = machineWithPython(t);
  const first = await call(here, ['daily'], { env: { PYTHONPATH: '/elsewhere' } });
  const args = ['-P', '-m', 'tokenscope', 'daily'];
  assert.deepEqual(first.call, { name: 'python', args, typed: 'tokenscope' }); // and no PYTHONPATH
  assert.match(first.stderr, /installing tokenscope-cli==.* once\npip is talking\n$/);
  const second = await call(here, []);
  assert.deepEqual([second.code, second.stderr], [0, '']);
  assert.deepEqual([here.times('venv'), here.times('pip')], [1, 1]);
  assert.deepEqual(fs.readdirSync(here.environments), [version]);
  assert.ok(fs.readFileSync(here.log, 'utf8').endsWith(` tokenscope-cli==${version}\n`));
});

test('where Python has a pip that can do it, the environment needs none of its own', unix, async (t) => {
  const here = machine(t);
  here.hasPython('python3.12', { version: [3, 12], pip: true });
  const made = await call(here, ['daily']);
  assert.deepEqual([made.code, made.call.args], [0, ['-P', '-m', 'tokenscope', 'daily']], made.stderr);
  const pip = fs.readFileSync(path.join(here.home, 'python.log'), 'utf8').split('\n')[1];
  assert.match(pip, /^pip --python \S+.*\/\.unfinished-\w+\/bin\/python install .* tokenscope-cli==/);
});

test('it is made away from the working folder, whose modules would stand in for those of Python', unix, async (t) => {
  const here = machineWithPython(t);
  await call(here, []);
  assert.ok(fs.readFileSync(here.log, 'utf8').startsWith(`venv ${here.environments}\n`));
});

test('XDG_CACHE_HOME is heeded', unix, async (t) => {
  const here = machineWithPython(t);
  const XDG_CACHE_HOME = path.join(here.root, 'cache here');
  assert.equal((await call(here, [], { env: { XDG_CACHE_HOME } })).code, 0);
  assert.deepEqual(fs.readdirSync(path.join(XDG_CACHE_HOME, 'tokenscope', 'environments')), [version]);
});

test('two at once both succeed, and leave one environment', unix, async (t) => {
  const here = machineWithPython(t);
  const ends = await Promise.all([1, 2, 3].map(() => call(here, [], { fake: { pipTakes: 300 } })));
  assert.deepEqual(ends.map((end) => end.code), [0, 0, 0]);
  assert.ok(ends.every((end) => end.call.name === 'python'));
  assert.deepEqual(fs.readdirSync(here.environments), [version]);
});

for (const exit of ['pipExit', 'venvExit']) {
  test(`an installation that fails (${exit}) is the answer, and the next run tries again`, unix, async (t) => {
    const here = machineWithPython(t);
    const end = await call(here, [], { fake: { [exit]: 7 } });
    assert.deepEqual([end.code, end.stdout], [7, '']);
    assert.deepEqual(fs.readdirSync(here.environments), []);
    assert.equal((await call(here, [])).code, 0);
  });
}

test('interrupted, it ends by the signal and leaves nothing behind', unix, async (t) => {
  const here = machineWithPython(t);
  const { child, ended } = start(here, [], { fake: { pipTakes: 30_000 } });
  await until(() => here.times('pip') === 1);
  process.kill(-Number(child.pid), 'SIGINT');
  assert.equal((await ended).signal, 'SIGINT');
  assert.deepEqual(fs.readdirSync(here.environments), []);
  assert.equal((await call(here, [])).code, 0);
});

test('killed, it leaves what later runs do not use, and what one of them removes', unix, async (t) => {
  const here = machineWithPython(t);
  const { child, ended } = start(here, [], { fake: { pipTakes: 30_000 } });
  await until(() => here.times('pip') === 1);
  process.kill(-Number(child.pid), 'SIGKILL');
  await ended;
  const [leftover] = fs.readdirSync(here.environments);
  assert.match(leftover, /^\.unfinished-/);
  assert.equal((await call(here, [])).code, 0);
  assert.deepEqual(fs.readdirSync(here.environments), [leftover, version]); // it could be of a run at work
  fs.utimesSync(path.join(here.environments, leftover), 0, 0);
  fs.rmSync(path.join(here.environments, version), { recursive: true });
  assert.equal((await call(here, [])).code, 0);
  assert.deepEqual(fs.readdirSync(here.environments), [version]);
});

test('it is made anew where its Python is gone', unix, async (t) => {
  const here = machineWithPython(t, 'python3.11');
  await call(here, []);
  fs.rmSync(path.join(here.bin, 'python3.11'));
  here.hasPython('python3.13');
  const end = await call(here, []);
  assert.equal(end.code, 0);
  assert.equal(here.times('pip'), 2);
});

test('a home that cannot be written is a message', unix, async (t) => {
  const here = machineWithPython(t);
  fs.writeFileSync(path.join(here.home, '.cache'), 'a file');
  const end = await call(here, []);
  assert.deepEqual([end.code, end.stdout], [1, '']);
  assert.match(end.stderr, /that did not work: .*\.cache/);
  assert.doesNotMatch(end.stderr, /\n\s+at /);
});
