#!/usr/bin/env node
// The npm package `solc` behind the two calls of the native compiler that py-solc-x makes: `--version` and
// `--standard-json`. `solcjs --standard-json` loses input that does not fit into one read of a pipe; this
// reads stdin to its end first. Every source comes with the input, so imports are never looked up on disk, and
// forge's options that say where (`--base-path`, `--include-path`, `--allow-paths`) change nothing.
'use strict';

function answer(input) {
  const solc = require('solc');
  const missing = (path) => ({ error: `${path} is not among the sources` });
  process.stdout.write(solc.compile(input, { import: missing }) + '\n');
}

const WHERE = ['--base-path', '--include-path', '--allow-paths'];

function main(given) {
  const options = given.filter((option, place) => !WHERE.includes(option) && !WHERE.includes(given[place - 1]));
  if (options.length === 1 && options[0] === '--version') {
    process.stdout.write(`solc, the solidity compiler\nVersion: ${require('solc').version()}\n`);
    return;
  }
  if (options.length !== 1 || options[0] !== '--standard-json') {
    process.stderr.write(`unrecognised option '${options.join(' ')}'\n`);
    process.exitCode = 1;
    return;
  }
  const chunks = [];
  process.stdin.on('data', (chunk) => chunks.push(chunk));
  process.stdin.on('end', () => answer(Buffer.concat(chunks).toString('utf8')));
}

main(process.argv.slice(2));
