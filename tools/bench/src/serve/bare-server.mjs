// What plain node:http does with the same bytes, in a process of its own: an answer to every request, and events
// to everyone who listens.
import { Buffer } from 'node:buffer';
import { createServer } from 'node:http';
import { setInterval } from 'node:timers';

const [body = '', type = '', dataLine = '', everyMs = '100'] = process.argv.slice(2);
const answer = Buffer.from(body);
const listeners = new Set();

const server = createServer((request, response) => {
  if (request.url === '/stream') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' }).flushHeaders();
    listeners.add(response);
    response.on('close', () => listeners.delete(response));
    return;
  }
  response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8` }).end(answer);
});
setInterval(() => {
  const event = `id: ${Date.now()}\nevent: reading\n${dataLine}\n\n`;
  for (const listener of listeners) listener.write(event);
}, Number(everyMs));
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
