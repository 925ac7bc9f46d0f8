'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { cacheFolder, privateVariables } = require('../lib/environment.js');
const { find, findPython } = require('../lib/find.js');
const { release } = require('../lib/source.js');

const HOME = 'C:\\Users\\A B';

/**
 * @param {string[]} programs
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {import('../lib/find.js').Machine}
 */
function windows(programs, env = {}) {
  const PATH = 'C:\\one;"C:\\Program Files\\two";C:\\three\\';
  const isProgram = (/** @type {string} */ file) => programs.some((one) => one.toLowerCase() === file.toLowerCase());
  return { platform: 'win32', env: { PATH, ...env }, home: HOME, isProgram };
}

/**
 * @param {string[]} programs
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {import('../lib/find.js').Machine}
 */
function linux(programs, env = {}) {
  const isProgram = (/** @type {string} */ file) => programs.includes(file);
  return { platform: 'linux', env: { PATH: '/one:/a b', ...env }, home: '/home/ü', isProgram };
}

test('the first folder on the PATH wins', () => {
  assert.equal(find('uvx', linux(['/a b/uvx', '/one/uvx'])).file, '/one/uvx');
  assert.equal(find('uvx', linux(['/a b/uvx'])).file, '/a b/uvx');
  assert.deepEqual(find('uvx', linux([])), { passedOver: [] });
});

test('a PATH entry that depends on the working folder is not searched', () => {
  const seen = linux(['uvx', './uvx', 'bin/uvx', '/one/uvx'], { PATH: ':.:bin:/one' });
  assert.equal(find('uvx', seen).file, '/one/uvx');
  assert.deepEqual(find('uvx', linux([], { PATH: undefined })), { passedOver: [] });
});

test('Windows: endings come from PATHEXT, .exe first, and quoted folders are folders', () => {
  assert.equal(find('uvx', windows(['C:\\one\\uvx.com', 'C:\\one\\uvx.exe'])).file, 'C:\\one\\uvx.EXE');
  assert.equal(find('uvx', windows(['C:\\Program Files\\two\\uvx.exe'])).file, 'C:\\Program Files\\two\\uvx.EXE');
  assert.equal(find('uvx', windows(['C:\\three\\uvx.com'])).file, 'C:\\three\\uvx.COM');
  assert.equal(find('uvx', windows(['C:\\one\\uvx.exe'], { PATHEXT: '.CMD;.exe' })).file, 'C:\\one\\uvx.exe');
  assert.equal(find('uvx', windows(['C:\\one\\uvx'])).file, undefined);
});

test('Windows: the variable may be spelled Path', () => {
  const seen = windows(['C:\\four\\uvx.exe'], { PATH: undefined, Path: 'C:\\four' });
  assert.equal(find('uvx', seen).file, 'C:\\four\\uvx.EXE');
});

test('Windows: a .cmd needs a shell, so it is passed over, and named', () => {
  const { file, passedOver } = find('uvx', windows(['C:\\one\\uvx.cmd', 'C:\\three\\uvx.exe']));
  assert.equal(file, 'C:\\three\\uvx.EXE');
  assert.deepEqual(passedOver, ['C:\\one\\uvx.CMD: it cannot be started without a shell']);
  assert.equal(find('uvx', windows(['C:\\one\\uvx.bat'])).file, undefined);
});

test('Windows: every runner is started by its whole path, and a .cmd by nobody', async () => {
  const { RUNNERS } = require('../lib/runners.js');
  const source = release('1.2.3');
  for (const name of ['uvx', 'uv']) {
    const { command } = await RUNNERS[name](source, windows([`C:\\Program Files\\two\\${name}.exe`]));
    assert.equal(command?.file, `C:\\Program Files\\two\\${name}.EXE`);
    assert.ok(command.args.includes('tokenscope-cli==1.2.3'));
    const { command: none, passedOver } = await RUNNERS[name](source, windows([`C:\\one\\${name}.cmd`]));
    assert.equal(none, undefined);
    assert.deepEqual(passedOver, [`C:\\one\\${name}.CMD: it cannot be started without a shell`]);
  }
});

test('the newest Python by name is asked first, and an unfit one is passed over with its reason', () => {
  const seen = linux(['/one/python', '/one/python3', '/one/python3.12']);
  /** @type {string[]} */
  const asked = [];
  const { file, passedOver } = findPython(seen, (name) => {
    asked.push(name);
    return { executable: `/real${name}`, unfit: name.endsWith('python') ? undefined : 'it is Python 3.9' };
  });
  assert.deepEqual(asked, ['/one/python3.12', '/one/python3', '/one/python']);
  assert.equal(file, '/real/one/python');
  assert.deepEqual(passedOver, ['/one/python3.12: it is Python 3.9', '/one/python3: it is Python 3.9']);
});

test('Windows: `py -3` is asked last', () => {
  const seen = windows(['C:\\one\\python.exe', 'C:\\one\\py.exe']);
  const { file, passedOver } = findPython(seen, (name, before) =>
    before.length ? { executable: [name, ...before].join(' ') } : { executable: name, unfit: 'it is Python 3.9' },
  );
  assert.equal(file, 'C:\\one\\py.EXE -3');
  assert.deepEqual(passedOver, ['C:\\one\\python.EXE: it is Python 3.9']);
  assert.equal(findPython(linux(['/one/py']), () => assert.fail('asked')).file, undefined);
});

test('each system has its cache folder', () => {
  assert.equal(cacheFolder(linux([])), '/home/ü/.cache/tokenscope');
  assert.equal(cacheFolder(linux([], { XDG_CACHE_HOME: '/c' })), '/c/tokenscope');
  assert.equal(cacheFolder(linux([], { XDG_CACHE_HOME: 'c' })), '/home/ü/.cache/tokenscope');
  assert.equal(cacheFolder({ ...linux([]), platform: 'darwin' }), '/home/ü/Library/Caches/tokenscope');
  assert.equal(cacheFolder(windows([])), `${HOME}\\AppData\\Local\\tokenscope`);
  assert.equal(cacheFolder(windows([], { LOCALAPPDATA: 'D:\\L' })), 'D:\\L\\tokenscope');
});

test("nobody else's modules and no other place reach the private environment", () => {
  const env = { PYTHONPATH: 'x', PYTHONHOME: 'x', PIP_TARGET: 'x', PIP_USER: '1', PIP_INDEX_URL: 'kept' };
  assert.deepEqual(privateVariables(env), { PIP_USER: '0', PIP_INDEX_URL: 'kept' });
});
