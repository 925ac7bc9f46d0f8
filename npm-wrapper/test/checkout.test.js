'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const { checkout, release } = require('../lib/source.js');
const { call, install, machine, unix, version, WRAPPER } = require('./support.js');

const PROJECT = '[project]\nname = "tokenscope-cli"\n';

/**
 * @param {import('node:test').TestContext} t
 * @param {string} [project]
 */
function machineWithCheckout(t, project = PROJECT) {
  const here = machine(t);
  const folder = path.join(here.root, 'a checkout');
  fs.mkdirSync(path.join(folder, 'tokenscope'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'tokenscope', '__init__.py'), '');
  fs.writeFileSync(path.join(folder, 'pyproject.toml'), project);
  return { ...here, folder, wrapper: install(path.join(folder, 'npm-wrapper')) };
}

test('in a checkout, every runner is given the checkout', unix, async (t) => {
  const here = machineWithCheckout(t);
  const { folder } = here;
  const uvx = ['--python', '>=3.11', '--from', folder, '--with-editable', folder, 'tokenscope', 'x'];
  here.has('pipx');
  assert.deepEqual((await call(here, ['x'])).call.args, ['run', '--no-cache', '--spec', folder, 'tokenscope-cli', 'x']);
  here.has('uv');
  assert.deepEqual((await call(here, ['x'])).call.args, ['tool', 'run', ...uvx]);
  here.has('uvx');
  assert.deepEqual((await call(here, ['x'])).call.args, uvx);
});

test('its environment uses it in place, apart from releases and other checkouts', unix, async (t) => {
  const here = machineWithCheckout(t);
  here.hasPython('python3');
  assert.deepEqual((await call(here, ['x'])).call.args, ['-P', '-m', 'tokenscope', 'x']);
  assert.ok(fs.readFileSync(path.join(here.home, 'python.log'), 'utf8').endsWith(` --editable ${here.folder}\n`));
  const [key] = fs.readdirSync(here.environments);
  assert.match(key, /^checkout-[0-9a-f]{12}-[0-9a-f]{12}$/);
  fs.appendFileSync(path.join(here.folder, 'pyproject.toml'), '# another dependency\n');
  assert.equal((await call(here, [])).code, 0);
  assert.equal(fs.readdirSync(here.environments).length, 2);
});

test('in a checkout too, a command brings its extra', unix, async (t) => {
  const here = machineWithCheckout(t);
  const extra = `${here.folder}[mcp]`;
  here.hasPython('python3');
  assert.equal((await call(here, ['mcp'])).code, 0);
  assert.ok(fs.readFileSync(path.join(here.home, 'python.log'), 'utf8').endsWith(` --editable ${extra}\n`));
  assert.match(fs.readdirSync(here.environments)[0], /^checkout-[0-9a-f]{12}-[0-9a-f]{12}-mcp$/);
  here.has('uvx');
  const { call: uvx } = await call(here, ['mcp']);
  assert.deepEqual(uvx.args, ['--python', '>=3.11', '--from', extra, '--with-editable', extra, 'tokenscope', 'mcp']);
});

test('another project around it is not taken for a checkout', unix, async (t) => {
  const here = machineWithCheckout(t, '[project]\nname = "tokenscope"\n');
  here.has('uvx');
  assert.ok((await call(here, [])).call.args.includes(`tokenscope-cli==${version}`));
});

test('a source has a key of its own', () => {
  assert.equal(release('1.2.3').requirement, 'tokenscope-cli==1.2.3');
  assert.equal(release('1.2.3', 'mcp').requirement, 'tokenscope-cli[mcp]==1.2.3');
  assert.notEqual(release('1.2.3', 'mcp').key, release('1.2.3').key);
  assert.equal(checkout(path.dirname(WRAPPER))?.requirement, path.dirname(WRAPPER));
  assert.equal(checkout(WRAPPER), undefined);
});
