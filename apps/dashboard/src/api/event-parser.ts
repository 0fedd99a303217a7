export interface ServerEvent {
  id: string | null;
  type: string;
  data: string;
}

/** Reads server-sent events out of text that comes in pieces of any size. */
export class EventParser {
  private rest = '';

  /** @returns the events that this piece completes; comments and empty events are left out */
  take(text: string): ServerEvent[] {
    const parts = (this.rest + text).replaceAll('\r\n', '\n').split('\n\n');
    this.rest = parts.pop() ?? '';
    return parts.map(parseEvent).filter(({ data }) => data !== '');
  }
}

function parseEvent(block: string): ServerEvent {
  const event: ServerEvent = { id: null, type: 'message', data: '' };
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const value = line.slice(colon + 1).replace(/^ /, '');
    const field = line.slice(0, colon);
    if (field === 'id') event.id = value;
    else if (field === 'event') event.type = value;
    else if (field === 'data') event.data = event.data === '' ? value : `${event.data}\n${value}`;
  }
  return event;
}
