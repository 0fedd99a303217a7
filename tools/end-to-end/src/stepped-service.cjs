// Runs a compiled service on a wall clock that its parent sets: every message is the time, and is sent back once it is.
// Arguments: the module with `serve`, the first time in ms. Waiting takes real time, and nothing else differs.
require('reflect-metadata');
const { systemClock } = require('@smart-meter/meter-adapter');
const { startOrExit } = require('@smart-meter/service');

const [modulePath, startMs] = process.argv.slice(2);
let nowMs = Number(startMs);

process.on('message', (atMs) => {
  nowMs = atMs;
  process.send(atMs);
});
process.on('disconnect', () => process.exit(1));

const { serve } = require(modulePath);
startOrExit(() => serve(process.env, { ...systemClock, now: () => new Date(nowMs) }));
