// The npm compiler kept warm: one standard JSON input per line in, one output per line out.
'use strict';

const solc = require('solc');
const missing = (path) => ({ error: `${path} is not among the sources` });

require('readline')
  .createInterface({ input: process.stdin })
  .on('line', (line) => process.stdout.write(solc.compile(line, { import: missing }) + '\n'));
