'use strict';

/** Which tokenscope runs: the release with this wrapper's version, or the checkout that this wrapper lies in. */

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

/**
 * @typedef {object} Source
 * @property {string} requirement what an installer is given: `tokenscope-cli==1.2.3`, or the folder of a checkout
 * @property {boolean} isCheckout
 * @property {string} key names an environment that holds this source and no other
 */

/** @returns {Source} */
function thisSource() {
  const wrapper = path.dirname(__dirname);
  return checkout(path.dirname(wrapper)) ?? release(require('../package.json').version);
}

/**
 * The name tokenscope on PyPI belongs to another package.
 * @param {string} version
 * @returns {Source}
 */
function release(version) {
  return { requirement: `tokenscope-cli==${version}`, isCheckout: false, key: version };
}

/**
 * The folder's source where it is a checkout. Its modules are used in place; what changes an environment is
 * pyproject.toml, so its text is in the key.
 * @param {string} folder
 * @returns {Source | undefined}
 */
function checkout(folder) {
  if (!fs.existsSync(path.join(folder, 'tokenscope', '__init__.py'))) return undefined;
  const project = path.join(folder, 'pyproject.toml');
  const text = fs.existsSync(project) ? fs.readFileSync(project, 'utf8') : '';
  if (!/^name\s*=\s*["']tokenscope-cli["']/m.test(text)) return undefined;
  return { requirement: folder, isCheckout: true, key: `checkout-${digest(folder)}-${digest(text)}` };
}

/** @param {string} text */
function digest(text) {
  return crypto.createHash('sha256').update(text).digest('hex').slice(0, 12);
}

module.exports = { thisSource, release, checkout };
