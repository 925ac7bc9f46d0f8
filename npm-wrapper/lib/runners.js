'use strict';

/** What each runner is told, in the order in which they are tried. */

const { environment } = require('./environment.js');
const { find, findPython } = require('./find.js');

/**
 * What came of looking for a runner: a command, or an end already (its environment could not be made), or neither.
 * @typedef {object} Attempt
 * @property {string[]} passedOver programs that could not be used, and why
 * @property {import('./run.js').Command} [command]
 * @property {import('./run.js').Ending} [ended]
 */

/** @typedef {import('./source.js').Source} Source */
/** @typedef {import('./find.js').Machine} Machine */

/** @type {Record<string, (source: Source, machine: Machine) => Attempt | Promise<Attempt>>} */
const RUNNERS = {
  uvx: (source, machine) => found(find('uvx', machine), () => uvArguments(source)),
  uv: (source, machine) => found(find('uv', machine), () => ['tool', 'run', ...uvArguments(source)]),
  pipx: (source, machine) => found(find('pipx', machine), () => pipxArguments(source, machine)),
  python: runPython,
};

/**
 * @param {{file?: string, passedOver: string[]}} where
 * @param {() => string[]} args
 * @returns {Attempt}
 */
function found({ file, passedOver }, args) {
  return { passedOver, command: file === undefined ? undefined : { file, args: args() } };
}

/**
 * uv would take the first Python it meets, new enough or not. A checkout is given twice: uv keeps what it has once
 * built from a folder, unless the folder is used in place (astral-sh/uv#12136).
 * @param {Source} source
 */
function uvArguments({ requirement, isCheckout }) {
  const inPlace = isCheckout ? ['--with-editable', requirement] : [];
  return ['--python', '>=3.11', '--from', requirement, ...inPlace, 'tokenscope'];
}

/**
 * pipx would take the Python it was installed with. It also warns of a program that is on the PATH already, as
 * `tokenscope` is below npx: hence the program's other name.
 * @param {Source} source
 * @param {Machine} machine
 */
function pipxArguments({ requirement, isCheckout }, machine) {
  const python = machine.env.PIPX_DEFAULT_PYTHON ? undefined : findPython(machine).file;
  const options = [...(python ? ['--python', python] : []), ...(isCheckout ? ['--no-cache'] : [])];
  return ['run', ...options, '--spec', requirement, 'tokenscope-cli'];
}

/**
 * -P keeps modules in the working folder from standing in for ours.
 * @param {Source} source
 * @param {Machine} machine
 * @returns {Promise<Attempt>}
 */
async function runPython(source, machine) {
  const { python, env, ended, passedOver = [] } = await environment(source, machine);
  const command = python === undefined ? undefined : { file: python, args: ['-P', '-m', 'tokenscope'], env };
  return { passedOver, ended, command };
}

module.exports = { RUNNERS };
