'use strict';

/** A private virtual environment for each version: made once, beside its place, and moved there when it is whole. */

const fs = require('node:fs');
const path = require('node:path');

const { findPython } = require('./find.js');
const { run } = require('./run.js');

const HOUR = 3_600_000; // ms
const UNFINISHED = '.unfinished-';

/** @typedef {import('./run.js').Ending} Ending */
/** @typedef {import('./find.js').Machine} Machine */

/**
 * Its Python, or how the attempt to make it ended, or neither where there is no Python to make it with.
 * @typedef {object} Environment
 * @property {string} [python]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {Ending} [ended]
 * @property {string[]} [passedOver]
 */

/**
 * @param {import('./source.js').Source} source
 * @param {Machine} machine
 * @returns {Promise<Environment>}
 */
async function environment(source, machine) {
  const env = privateVariables(machine.env);
  const place = path.join(cacheFolder(machine), 'environments', source.key);
  const python = pythonIn(place, machine.platform);
  if (isWhole(place, python)) return { python, env };
  const { file: base, hasPip = false, passedOver } = findPython(machine);
  if (base === undefined) return { passedOver };
  console.error(`tokenscope: installing ${source.requirement} into ${place}, once`);
  try {
    const ended = await make({ place, base, hasPip, env, source, platform: machine.platform });
    return ended ? { ended } : { python, env };
  } catch (error) {
    console.error(`tokenscope: that did not work: ${/** @type {Error} */ (error).message}`);
    return { ended: { code: 1 } };
  }
}

/**
 * Paths are joined by the given platform's rules, for the tests' sake.
 * @param {Machine} machine
 */
function cacheFolder({ platform, env, home }) {
  const { isAbsolute, join } = platform === 'win32' ? path.win32 : path.posix;
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'tokenscope');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'tokenscope');
  const given = env.XDG_CACHE_HOME ?? '';
  return join(isAbsolute(given) ? given : join(home, '.cache'), 'tokenscope'); // relative ones are to be ignored
}

/**
 * @param {string} folder
 * @param {NodeJS.Platform} platform
 */
function pythonIn(folder, platform) {
  return platform === 'win32' ? path.join(folder, 'Scripts', 'python.exe') : path.join(folder, 'bin', 'python');
}

/**
 * Whether the environment is there, and the Python that it was made with still is.
 * @param {string} place
 * @param {string} python
 */
function isWhole(place, python) {
  const settings = path.join(place, 'pyvenv.cfg');
  if (!fs.existsSync(python) || !fs.existsSync(settings)) return false;
  const base = /^executable\s*=\s*(.+?)\s*$/m.exec(fs.readFileSync(settings, 'utf8'));
  return base === null || fs.existsSync(base[1]);
}

/**
 * Without what would lead Python to modules of others, or pip to install somewhere else.
 * @param {NodeJS.ProcessEnv} env
 */
function privateVariables(env) {
  const { PYTHONHOME, PYTHONPATH, __PYVENV_LAUNCHER__, PIP_TARGET, PIP_PREFIX, PIP_ROOT, ...others } = env;
  return { ...others, PIP_USER: '0' };
}

/**
 * @typedef {object} Plan
 * @property {string} place
 * @property {string} base the Python to make it with
 * @property {boolean} hasPip whether the pip of that one can install into it
 * @property {NodeJS.ProcessEnv} env
 * @property {import('./source.js').Source} source
 * @property {NodeJS.Platform} platform
 */

/**
 * @param {Plan} plan
 * @returns {Promise<Ending | undefined>} how it ended, where it did not succeed
 */
async function make({ place, base, hasPip, env, source, platform }) {
  const parent = path.dirname(place);
  fs.mkdirSync(parent, { recursive: true });
  removeLeftovers(parent);
  remove(place); // what may be there is broken: its Python is gone
  const unfinished = fs.mkdtempSync(path.join(parent, UNFINISHED));
  const python = pythonIn(unfinished, platform);
  const what = source.isCheckout ? ['--editable', source.requirement] : [source.requirement];
  const install = ['install', '--quiet', '--no-input', '--disable-pip-version-check', ...what];
  const steps = hasPip
    ? [[base, '-m', 'venv', '--without-pip', unfinished], [base, '-m', 'pip', '--python', python, ...install]]
    : [[base, '-m', 'venv', unfinished], [python, '-m', 'pip', ...install]];
  try {
    /** @type {Ending | undefined} */
    let ended;
    for (const [file, ...args] of steps) ended ??= await step(file, args, parent, env);
    if (!ended) await moveInto(place, unfinished, platform);
    return ended;
  } finally {
    remove(unfinished);
  }
}

/**
 * stdout is the answer's: what is printed here goes to stderr.
 * @param {string} python
 * @param {string[]} args
 * @param {string} cwd
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Ending | undefined>} how it ended, where it did not succeed
 */
async function step(python, args, cwd, env) {
  const outcome = await run({ file: python, args: ['-I', ...args], cwd, env, stdio: ['ignore', 2, 2] });
  if (outcome.failure !== undefined) throw new Error(`${python}: ${outcome.failure}`);
  if (outcome.code === 0) return undefined;
  // pip and venv turn an interruption into an exit code; whoever interrupted wants to see the signal.
  return outcome.received ? { code: null, signal: outcome.received } : outcome;
}

/**
 * Of two runs that make the same environment at once, the first to move wins, and the other uses its work.
 * @param {string} place
 * @param {string} unfinished
 * @param {NodeJS.Platform} platform
 */
async function moveInto(place, unfinished, platform) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return fs.renameSync(unfinished, place);
    } catch (error) {
      if (isWhole(place, pythonIn(place, platform))) return;
      // On Windows a virus scanner may still be reading what was just written.
      if (attempt === 10) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100 * attempt));
    }
  }
}

/**
 * Of runs that were killed. A younger one may be at work.
 * @param {string} parent
 */
function removeLeftovers(parent) {
  for (const name of fs.readdirSync(parent)) {
    const folder = path.join(parent, name);
    const state = name.startsWith(UNFINISHED) ? fs.statSync(folder, { throwIfNoEntry: false }) : undefined;
    if (state && Date.now() - state.mtimeMs > HOUR) remove(folder);
  }
}

/**
 * As far as it goes: what was interrupted may have left a process that still writes. A later run removes the rest.
 * @param {string} folder
 */
function remove(folder) {
  try {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // What cannot be removed is in nobody's way: no run uses it.
  }
}

module.exports = { environment, cacheFolder, privateVariables };
