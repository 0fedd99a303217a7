// A Home Assistant of 5,000 entities in a process of its own, so that its work is not counted as ours.
import { Buffer } from 'node:buffer';
import { createServer } from 'node:http';

const entities = [];
for (let i = 0; i < 5000; i += 1) {
  const power = i < 40;
  const at = new Date(Date.now() - i * 1000).toISOString().replace('Z', '000+00:00');
  entities.push({
    entity_id:
      i === 0 ? 'sensor.total_power' : power ? `sensor.power_circuit_${i}` : `sensor.room_${i}_temperature`,
    state: power ? (100 + (i * 37) / 8).toFixed(2) : (18 + (i % 70) / 10).toFixed(1),
    attributes: {
      state_class: 'measurement',
      unit_of_measurement: power ? 'W' : '°C',
      device_class: power ? 'power' : 'temperature',
      friendly_name: power ? `Power of circuit ${i}` : `Temperature of room ${i}`,
    },
    last_changed: at,
    last_reported: at,
    last_updated: at,
    context: { id: `01J${String(i).padStart(23, '0')}`, parent_id: null, user_id: null },
  });
}
const states = Buffer.from(JSON.stringify(entities));
const config = Buffer.from(
  JSON.stringify({
    version: '2026.11.0',
    state: 'RUNNING',
    time_zone: 'UTC',
    location_name: 'Bench',
    components: [],
  }),
);
const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(request.url?.endsWith('/states') ? states : config);
});
server.on('upgrade', (_request, socket) => socket.destroy());
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}`, bytes: states.length }));
});
