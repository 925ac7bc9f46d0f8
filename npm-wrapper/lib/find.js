'use strict';

/** Where programs are. The PATH is searched here: Windows itself would look in the working folder first. */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/**
 * @typedef {object} Machine
 * @property {NodeJS.Platform} platform
 * @property {NodeJS.ProcessEnv} env
 * @property {string} home
 * @property {(file: string) => boolean} isProgram
 */

/**
 * @typedef {object} Python
 * @property {string} executable
 * @property {string} [unfit] why it cannot be used
 * @property {boolean} [hasPip] whether its pip can install into another environment
 */

const OLDEST_PYTHON = [3, 11];
const PYTHONS = ['python3.13', 'python3.12', 'python3.11', 'python3', 'python'];

// Debian and Ubuntu ship Python without venv, or with a pip but nothing to put it into an environment with. From 22.3
// on, pip installs into environments that have none: that takes half the time and half the room.
const ABOUT_PYTHON = `
import json, sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
try:
    pip = [int(part) for part in version("pip").split(".")[:2]] >= [22, 3]
except (PackageNotFoundError, ValueError):
    pip = False
print(json.dumps({
    "executable": sys.executable,
    "version": list(sys.version_info[:2]),
    "venv": bool(find_spec("venv") and (pip or find_spec("ensurepip"))),
    "pip": pip,
}))`;

/** @returns {Machine} */
function thisMachine() {
  return { platform: process.platform, env: process.env, home: os.homedir(), isProgram };
}

/** @param {string} file */
function isProgram(file) {
  try {
    if (!fs.statSync(file).isFile()) return false;
    fs.accessSync(file, fs.constants.X_OK);
    return true;
  } catch {
    return process.platform === 'win32' && isStoreAlias(file);
  }
}

/**
 * Programs from the Microsoft Store can be started, but not read.
 * @param {string} file
 */
function isStoreAlias(file) {
  try {
    return fs.lstatSync(file).isSymbolicLink();
  } catch {
    return false;
  }
}

/**
 * The first program of that name on the PATH, and the .cmd and .bat files met on the way: Node cannot start
 * those without a shell (CVE-2024-27980), and a shell would read the arguments once more.
 * @param {string} name
 * @param {Machine} machine
 * @returns {{file?: string, passedOver: string[]}}
 */
function find(name, machine) {
  /** @type {string[]} */
  const passedOver = [];
  for (const file of places(name, machine)) {
    if (!machine.isProgram(file)) continue;
    if (machine.platform !== 'win32' || /\.(exe|com)$/i.test(file)) return { file, passedOver };
    passedOver.push(`${file}: it cannot be started without a shell`);
  }
  return { passedOver };
}

/**
 * @param {string} name
 * @param {Machine} machine
 */
function* places(name, { platform, env }) {
  const windows = platform === 'win32';
  const { delimiter, isAbsolute, join } = windows ? path.win32 : path.posix;
  const endings = windows ? windowsEndings(env) : [''];
  for (const entry of (env.PATH ?? env.Path ?? '').split(delimiter)) {
    const folder = windows ? entry.replace(/"/g, '') : entry;
    if (!isAbsolute(folder)) continue; // it would mean another program in every working folder
    for (const ending of endings) yield join(folder, name + ending);
  }
}

/** @param {NodeJS.ProcessEnv} env */
function windowsEndings(env) {
  const endings = (env.PATHEXT || '.COM;.EXE;.BAT;.CMD').split(';').filter((ending) => ending.startsWith('.'));
  const isExe = (/** @type {string} */ ending) => Number(ending.toUpperCase() === '.EXE');
  return endings.sort((one, other) => isExe(other) - isExe(one));
}

/**
 * The first Python that is new enough and able to make environments, by its own name for itself.
 * @param {Machine} machine
 * @param {(file: string, before: string[]) => Python} [ask]
 * @returns {{file?: string, hasPip?: boolean, passedOver: string[]}}
 */
function findPython(machine, ask = askPython) {
  /** @type {string[]} */
  const passedOver = [];
  const candidates = PYTHONS.map((name) => ({ name, before: /** @type {string[]} */ ([]) }));
  if (machine.platform === 'win32') candidates.push({ name: 'py', before: ['-3'] });
  for (const { name, before } of candidates) {
    const found = find(name, machine);
    passedOver.push(...found.passedOver);
    if (!found.file) continue;
    const { executable, unfit, hasPip } = ask(found.file, before);
    if (!unfit) return { file: executable, hasPip, passedOver };
    passedOver.push(`${[found.file, ...before].join(' ')}: ${unfit}`);
  }
  return { passedOver };
}

/**
 * @param {string} file
 * @param {string[]} before
 * @returns {Python}
 */
function askPython(file, before) {
  const answer = spawnSync(file, [...before, '-I', '-c', ABOUT_PYTHON], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 10_000,
    windowsHide: true,
  });
  try {
    const { executable, version, venv, pip } = JSON.parse(answer.stdout);
    return { executable, unfit: whyUnfit(version, venv), hasPip: pip };
  } catch {
    return { executable: file, unfit: 'it does not answer as Python 3.11 does' };
  }
}

/**
 * @param {number[]} version
 * @param {boolean} hasVenv
 */
function whyUnfit([major, minor], hasVenv) {
  const [oldestMajor, oldestMinor] = OLDEST_PYTHON;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) return `it is Python ${major}.${minor}`;
  return hasVenv ? undefined : `it has no venv (on Debian and Ubuntu: apt install python${major}.${minor}-venv)`;
}

module.exports = { find, findPython, thisMachine };
