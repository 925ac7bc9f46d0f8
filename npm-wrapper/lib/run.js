'use strict';

/** Runs a program in our place: its streams are ours, our signals are its, its end is ours. Never through a shell. */

const { spawn } = require('node:child_process');
const os = require('node:os');

/**
 * @typedef {object} Command
 * @property {string} file
 * @property {string[]} args
 * @property {NodeJS.ProcessEnv} [env] ours where it is not given
 * @property {string} [cwd]
 * @property {import('node:child_process').StdioOptions} [stdio]
 */

/**
 * How a program ended: by an exit code or by a signal.
 * @typedef {object} Ending
 * @property {number | null} code
 * @property {NodeJS.Signals | null} [signal]
 */

/**
 * @typedef {object} Started
 * @property {undefined} [failure]
 * @property {NodeJS.Signals} [received] the last signal that reached us meanwhile
 */

/** @typedef {{failure: string}} NotStarted */

/** @type {NodeJS.Signals[]} */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];

// Ctrl-C reaches every process of the terminal's foreground group, the program among them. Only where it lives on
// was the signal meant for us alone. uv waits as long, for the same reason.
const INTERRUPT_DELAY = 200; // ms

/**
 * @param {Command} command
 * @returns {Promise<(Ending & Started) | NotStarted>}
 */
function run({ file, args, env, cwd, stdio = 'inherit' }) {
  return new Promise((resolve) => {
    /** @type {NodeJS.Signals | undefined} */
    let received;
    /** @type {import('node:child_process').ChildProcess} */
    let child;
    const stop = onSignals((signal) => {
      received = signal;
      forward(signal, child);
    });
    /** @param {(Ending & Started) | NotStarted} outcome */
    const settle = (outcome) => {
      stop();
      resolve(outcome);
    };
    try {
      child = spawn(file, args, { env, cwd, stdio, shell: false });
    } catch (error) {
      return settle({ failure: whyNotStarted(error) });
    }
    child.on('error', (error) => {
      if (child.pid === undefined) settle({ failure: whyNotStarted(error) });
    });
    child.on('exit', (code, signal) => settle({ code, signal, received }));
  });
}

/**
 * @param {(signal: NodeJS.Signals) => void} listener
 * @returns {() => void} stops listening
 */
function onSignals(listener) {
  for (const signal of FORWARDED) process.on(signal, listener);
  return () => FORWARDED.forEach((signal) => process.off(signal, listener));
}

/**
 * @param {NodeJS.Signals} signal
 * @param {import('node:child_process').ChildProcess} child
 */
function forward(signal, child) {
  // Windows tells every process of the console by itself, and kill() there means to end a process at once.
  if (process.platform === 'win32') return;
  if (signal === 'SIGINT') setTimeout(() => child.kill(signal), INTERRUPT_DELAY).unref();
  else child.kill(signal);
}

/** @param {unknown} error */
function whyNotStarted(error) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
  return `it could not be started (${code ?? message})`;
}

/**
 * Ends this process as the program ended.
 * @param {Ending} ending
 */
function leave({ code, signal }) {
  if (!signal) {
    process.exitCode = code ?? 1;
    return;
  }
  process.kill(process.pid, signal);
  // Node lives on after some signals, SIGPIPE for one: then the code that a shell would give.
  setTimeout(() => process.exit(128 + os.constants.signals[signal]), 100);
}

module.exports = { run, leave };
