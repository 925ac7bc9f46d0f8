'use strict';

/** For real: the packed package, run by npx in an empty home, with nothing but Node and Python on the PATH. */

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');

const { find, findPython, thisMachine } = require('../lib/find.js');
const { unix, version, WRAPPER } = require('./support.js');

/**
 * @param {string} file
 * @param {string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 */
function run(file, args, options) {
  const end = spawnSync(file, args, { ...options, encoding: 'utf8' });
  return { code: end.status, stdout: String(end.stdout), stderr: String(end.stderr) };
}

/** npm and npx as scripts: what is on the PATH may be a version manager's. */
function npmScripts() {
  const npx = find('npx', thisMachine()).file;
  const folder = npx && path.dirname(fs.realpathSync(npx));
  const [npm, runner] = ['npm-cli.js', 'npx-cli.js'].map((name) => path.join(folder ?? '', name));
  return folder && fs.existsSync(npm) && fs.existsSync(runner) ? { npm, npx: runner } : undefined;
}

/**
 * The Python below any environment that this test may itself run in.
 * @param {string} python
 */
function basePython(python) {
  return run(python, ['-c', 'import sys; print(sys._base_executable)']).stdout.trim();
}

/**
 * This project and all that it needs, as wheels.
 * @param {string} python
 * @param {string} folder
 */
function fetchWheels(python, folder) {
  const tools = path.join(folder, 'tools');
  run(python, ['-m', 'venv', tools]);
  const pip = ['-m', 'pip', 'wheel', '--quiet', '--disable-pip-version-check', '--retries', '0', '--timeout', '20'];
  const what = ['--wheel-dir', path.join(folder, 'wheels'), path.dirname(WRAPPER)];
  return run(path.join(tools, 'bin', 'python'), [...pip, ...what]);
}

test('npx runs the packed package', unix, (t) => {
  const scripts = npmScripts();
  const python = findPython(thisMachine()).file;
  if (!scripts) return t.skip('npx is not here');
  if (!python) return t.skip('Python 3.11 is not here');
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'tokenscope-packed-'));
  t.after(() => fs.rmSync(root, { recursive: true, force: true }));
  if (fetchWheels(python, root).code !== 0) return t.skip('the wheels could not be fetched from the package index');

  const [home, bin] = ['a home', 'a bin'].map((name) => path.join(root, name));
  [home, bin].forEach((folder) => fs.mkdirSync(folder));
  const programs = { node: process.execPath, sh: '/bin/sh', python3: basePython(python) };
  Object.entries(programs).forEach(([name, target]) => fs.symlinkSync(target, path.join(bin, name)));
  const offline = { npm_config_offline: 'true', PIP_NO_INDEX: '1', PIP_FIND_LINKS: path.join(root, 'wheels') };
  const env = { PATH: bin, HOME: home, ...offline };

  const pack = [scripts.npm, 'pack', '--json', '--pack-destination', root];
  const packed = run(process.execPath, pack, { cwd: WRAPPER, env });
  assert.equal(packed.code, 0, packed.stderr);
  const files = JSON.parse(packed.stdout)[0].files.map((/** @type {{path: string}} */ file) => file.path);
  assert.deepEqual(files.filter((/** @type {string} */ file) => !file.startsWith('lib/')), [
    ...['LICENSE', 'README.md', 'bin/tokenscope.js', 'package.json'],
  ]);
  const npx = [scripts.npx, '--yes', `./tokenscope-${version}.tgz`];
  const first = run(process.execPath, [...npx, '--version'], { cwd: root, env });
  assert.deepEqual([first.code, first.stdout], [0, `tokenscope ${version}\n`], first.stderr);
  assert.match(first.stderr, new RegExp(`installing tokenscope-cli==${version} into .*, once`));
  const second = run(process.execPath, [...npx, '--no-such-option'], { cwd: root, env });
  assert.equal(second.code, 2, second.stderr);
  assert.doesNotMatch(second.stderr, /installing/);
});
