'use strict';

/** Which tokenscope runs: the release with this wrapper's version, or the checkout that this wrapper lies in. */

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

/**
 * @typedef {object} Source
 * @property {string} requirement what an installer is given: `tokenscope-cli[mcp]==1.2.3`, or the folder of a checkout
 * @property {boolean} isCheckout
 * @property {string} key names an environment that holds this source and no other
 */

/**
 * @param {string} [extra] what it has to bring with it: see extras.js
 * @returns {Source}
 */
function thisSource(extra) {
  const wrapper = path.dirname(__dirname);
  return checkout(path.dirname(wrapper), extra) ?? release(require('../package.json').version, extra);
}

/**
 * The name tokenscope on PyPI belongs to another package.
 * @param {string} version
 * @param {string} [extra]
 * @returns {Source}
 */
function release(version, extra) {
  const requirement = `tokenscope-cli${brackets(extra)}==${version}`;
  return { requirement, isCheckout: false, key: version + dashed(extra) };
}

/**
 * The folder's source where it is a checkout. Its modules are used in place; what changes an environment is
 * pyproject.toml, so its text is in the key.
 * @param {string} folder
 * @param {string} [extra]
 * @returns {Source | undefined}
 */
function checkout(folder, extra) {
  if (!fs.existsSync(path.join(folder, 'tokenscope', '__init__.py'))) return undefined;
  const project = path.join(folder, 'pyproject.toml');
  const text = fs.existsSync(project) ? fs.readFileSync(project, 'utf8') : '';
  if (!/^name\s*=\s*["']tokenscope-cli["']/m.test(text)) return undefined;
  const key = `checkout-${digest(folder)}-${digest(text)}${dashed(extra)}`;
  return { requirement: folder + brackets(extra), isCheckout: true, key };
}

/** @param {string} [extra] */
function brackets(extra) {
  return extra ? `[${extra}]` : '';
}

/** @param {string} [extra] */
function dashed(extra) {
  return extra ? `-${extra}` : '';
}

/** @param {string} text */
function digest(text) {
  return crypto.createHash('sha256').update(text).digest('hex').slice(0, 12);
}

module.exports = { thisSource, release, checkout };
