import { Controller, Get, Headers, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';
import { EventStream } from './event-stream';

@Controller('stream')
export class StreamController {
  constructor(@Inject(EventStream) private readonly stream: EventStream) {}

  /** Readings as they become durable, as server-sent events; `Last-Event-ID` brings what was missed. */
  @Get()
  open(@Headers('last-event-id') lastEventId: string | undefined, @Res() response: Response): void {
    this.stream.add(response, lastEventId);
  }
}
