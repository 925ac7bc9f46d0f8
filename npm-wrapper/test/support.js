'use strict';

/** A machine of one test's own: an empty home, a PATH with stand-ins only, and the wrapper. */

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const WRAPPER = path.dirname(__dirname);
const { version } = require('../package.json');

// The stand-ins are shell scripts.
const unix = { skip: process.platform === 'win32' && 'not on Windows' };

/** Says as JSON how it was called; `FAKE` has what else to do. */
const RUNNER = `
const fake = JSON.parse(process.env.FAKE ?? '{}');
for (const signal of fake.catches ?? []) {
  process.on(signal, () => { console.log(signal); setTimeout(() => process.exit(fake.exit), 50); });
}
const input = fake.reads ? require('node:fs').readFileSync(0, 'utf8') : undefined;
console.log(JSON.stringify({ name, args: process.argv.slice(2), input, typed: process.env.TOKENSCOPE_COMMAND }));
if (fake.warns) console.error(fake.warns);
if (fake.kills) process.kill(process.pid, fake.kills);
if (fake.stays) setInterval(() => {}, 1000);
else process.exitCode = fake.exit;
`;

/** As much of Python as the wrapper asks for. */
const PYTHON = `
const fs = require('node:fs');
const path = require('node:path');
const fake = JSON.parse(process.env.FAKE ?? '{}');
const [mode, flag, what, ...rest] = process.argv.slice(2).filter((word) => word !== '-3');
const say = (...words) => fs.appendFileSync(process.env.HOME + '/python.log', words.join(' ') + '\\n');
if (flag === '-c') {
  if (about.mute) process.exit(9);
  console.log(JSON.stringify({ executable: self, version: about.version, venv: about.venv ?? true, pip: about.pip }));
} else if (what === 'venv') {
  say('venv', process.cwd());
  const folder = rest.at(-1);
  const bin = path.join(folder, 'bin');
  fs.mkdirSync(bin);
  fs.writeFileSync(path.join(folder, 'pyvenv.cfg'), 'home = x\\nexecutable = ' + self + '\\n');
  fs.copyFileSync(self, path.join(bin, 'python'));
  process.exitCode = fake.venvExit;
} else if (what === 'pip') {
  say('pip', ...rest);
  console.log('pip is talking');
  setTimeout(() => {
    const python = rest[0] === '--python' ? rest[1] : called;
    fs.writeFileSync(path.join(path.dirname(path.dirname(python)), 'installed'), '');
    process.exit(fake.pipExit);
  }, fake.pipTakes ?? 0);
} else {
  if (!fs.existsSync(path.join(path.dirname(path.dirname(called)), 'installed'))) process.exit(99);
  const { PYTHONPATH, TOKENSCOPE_COMMAND: typed } = process.env;
  console.log(JSON.stringify({ name: 'python', args: process.argv.slice(2), path: PYTHONPATH, typed }));
}
`;

/** @param {import('node:test').TestContext} t */
function machine(t) {
  const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'tokenscope a ü-')));
  t.after(() => fs.rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
  const home = path.join(root, 'home');
  const bin = path.join(root, 'bin');
  fs.mkdirSync(home);
  fs.mkdirSync(bin);
  return {
    home,
    bin,
    root,
    environments: path.join(home, '.cache', 'tokenscope', 'environments'),
    wrapper: install(path.join(root, 'node_modules', 'tokenscope')),
    /** @param {...string} names */
    has: (...names) => names.forEach((name) => program(bin, name, `const name = ${JSON.stringify(name)};${RUNNER}`)),
    /**
     * @param {string} name
     * @param {object} about
     */
    hasPython: (name, about = { version: [3, 12] }) => {
      const self = `const self = ${JSON.stringify(path.join(bin, name))}, called = process.env.CALLED;`;
      program(bin, name, `${self} const about = ${JSON.stringify(about)};${PYTHON}`);
    },
  };
}

/** @param {string} folder */
function install(folder) {
  for (const part of ['bin', 'lib', 'package.json']) {
    fs.cpSync(path.join(WRAPPER, part), path.join(folder, part), { recursive: true });
  }
  return path.join(folder, 'bin', 'tokenscope.js');
}

/**
 * @param {string} bin
 * @param {string} name
 * @param {string} code
 */
function program(bin, name, code) {
  const script = path.join(bin, `${name}.js`);
  fs.writeFileSync(script, code);
  const text = `#!/bin/sh\nCALLED="$0" exec "${process.execPath}" "${script}" "$@"\n`;
  fs.writeFileSync(path.join(bin, name), text, { mode: 0o755 });
}

/**
 * Starts the wrapper in a process group of its own, as a shell would.
 * @param {ReturnType<typeof machine>} here
 * @param {string[]} args
 * @param {{fake?: object, env?: object, input?: string, wrapper?: string, cwd?: string}} [how]
 */
function start(here, args, { fake = {}, env = {}, input, wrapper = here.wrapper, cwd = here.root } = {}) {
  const child = spawn(process.execPath, [wrapper, ...args], {
    cwd,
    env: { PATH: here.bin, HOME: here.home, FAKE: JSON.stringify(fake), ...env },
    detached: true,
  });
  child.stdin.end(input);
  let stdout = '';
  let stderr = '';
  /** @type {Promise<void>} */
  const spoke = new Promise((resolve) => child.stdout.once('data', () => resolve()));
  child.stdout.on('data', (data) => (stdout += data));
  child.stderr.on('data', (data) => (stderr += data));
  const ended = new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, spoke, ended };
}

/**
 * @param {Parameters<typeof start>} given
 * @returns {Promise<{code: number, signal: string, stdout: string, stderr: string, call: any}>}
 */
async function call(...given) {
  const end = await start(...given).ended;
  return { ...end, call: end.stdout.startsWith('{') ? JSON.parse(end.stdout) : undefined };
}

/** @param {() => boolean} condition */
async function until(condition) {
  for (let waited = 0; !condition(); waited += 10) {
    if (waited > 20_000) throw new Error('waited for 20 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

module.exports = { call, install, machine, start, unix, until, version, WRAPPER };
