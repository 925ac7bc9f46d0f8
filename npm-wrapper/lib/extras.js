'use strict';

/** Which commands need more than the program itself, and what that is called: an extra of tokenscope-cli. */

/** @type {Record<string, string>} */
const EXTRAS = {
  mcp: 'mcp',
  sync: 'team',
  login: 'team',
  status: 'team',
  logout: 'team',
  'server-sql': 'team',
};
const OPTIONS = { '--team': 'team' }; // of any question

/**
 * @param {string[]} args as typed
 * @returns {string | undefined}
 */
function extraOf(args) {
  const [command] = args[0] === 'demo' ? args.slice(1) : args;
  if (command !== undefined && Object.hasOwn(EXTRAS, command)) return EXTRAS[command];
  const given = args.map((one) => one.split('=')[0]);
  return Object.entries(OPTIONS).find(([option]) => given.includes(option))?.[1];
}

module.exports = { extraOf };
