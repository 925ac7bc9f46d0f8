'use strict';

/** `tokenscope …`: finds a runner, hands over, ends the way it ended. */

const { extraOf } = require('./extras.js');
const { thisMachine } = require('./find.js');
const { run, leave } = require('./run.js');
const { RUNNERS } = require('./runners.js');
const { thisSource } = require('./source.js');

const USAGE = 2;
const NOTHING_FOUND = 127; // what a shell says of a command that it cannot find

const INSTALL = `hint: install one of these, then run the same command again:
  uv       https://docs.astral.sh/uv/getting-started/installation/
  pipx     https://pipx.pypa.io/stable/installation/
  Python   3.11 or newer: https://www.python.org/downloads/`;

/**
 * A runner that cannot be started is passed over; one that has started is the answer, whatever it says.
 * @param {string[]} args as typed, without node and the script
 */
async function main(args) {
  const machine = thisMachine();
  const source = thisSource(extraOf(args));
  const forced = machine.env.TOKENSCOPE_RUNNER;
  if (forced && !Object.hasOwn(RUNNERS, forced)) {
    tell(`TOKENSCOPE_RUNNER is ${forced}, not one of ${Object.keys(RUNNERS).join(', ')}`);
    return leave({ code: USAGE });
  }
  for (const name of forced ? [forced] : Object.keys(RUNNERS)) {
    const { command, ended, passedOver } = await RUNNERS[name](source, machine);
    if (ended) return leave(ended);
    if (!command) {
      passedOver.forEach(passOver);
      continue;
    }
    const env = { ...(command.env ?? machine.env), TOKENSCOPE_COMMAND: typedCommand(source, machine.env) };
    const outcome = await run({ ...command, args: [...command.args, ...args], env });
    if (outcome.failure === undefined) return leave(outcome);
    passOver(`${command.file}: ${outcome.failure}`);
  }
  tell(forced ? `TOKENSCOPE_RUNNER is ${forced}, and it cannot be used here` : 'there is nothing here to run it with');
  console.error(INSTALL);
  leave({ code: NOTHING_FOUND });
}

/**
 * How whoever reads the answer can ask the next question: npx leaves nothing on the PATH.
 * @param {import('./source.js').Source} source
 * @param {NodeJS.ProcessEnv} env
 */
function typedCommand({ isCheckout }, env) {
  return env.npm_command === 'exec' && !isCheckout ? 'npx tokenscope' : 'tokenscope';
}

/** @param {string} reason */
function passOver(reason) {
  tell(`passed over ${reason}`);
}

/** @param {string} message */
function tell(message) {
  console.error(`tokenscope: ${message}`);
}

module.exports = { main };
