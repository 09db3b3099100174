import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Protocol } from '../gen/model.ts'
import { drain, type Incoming } from './body.ts'
import type { Answer } from './codec.ts'
import type { ListenerOptions } from './listener.ts'

/**
 * Sends the answer. What the caller still sends is read on for a while, so that an answer that refuses
 * it arrives; where that does not come to an end the connection does. Rejects only when a streaming
 * answer fails half-way, and then the connection is gone.
 */
export async function send(
  incoming: Incoming,
  { status, headers, body }: Answer,
  { protocol, requestId }: { protocol: Protocol | undefined; requestId: string },
  { limits, underWay }: Pick<ListenerOptions, 'limits' | 'underWay'>,
): Promise<void> {
  const { response } = incoming
  const isRead = await drain(incoming, limits.bodyBytesMax)
  if (response.destroyed) return
  if (!isRead || underWay.stopping) response.setHeader('connection', 'close')
  response.setHeader(protocol === 'restXml' ? 'x-amz-request-id' : 'x-amzn-RequestId', requestId)
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
    response.writeHead(status)
    await pipeline(Readable.from(body), response)
    return
  }
  const hasLength = status !== 204 && status !== 304 && !response.hasHeader('content-length')
  if (hasLength) response.setHeader('content-length', Buffer.byteLength(body))
  response.writeHead(status)
  response.end(body)
}
