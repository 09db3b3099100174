import type { ServerResponse } from 'node:http'
import type { Protocol } from '../gen/model.ts'
import { drain, type Incoming } from './body.ts'
import type { Answer } from './codec.ts'
import type { ListenerOptions } from './listener.ts'
import { isStream } from './recorded-stream.ts'

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
  // A stream is recorded as it goes out, also to a caller who has gone.
  if (response.destroyed && !isStream(body)) return
  if (!isRead || underWay.stopping) response.setHeader('connection', 'close')
  response.setHeader(protocol === 'restXml' ? 'x-amz-request-id' : 'x-amzn-RequestId', requestId)
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (isStream(body)) {
    response.writeHead(status)
    await pump(body, response)
    return
  }
  const isHead = incoming.request.method === 'HEAD'
  const hasBody = !isHead && status !== 204 && status !== 304
  const hasLength = hasBody && !response.hasHeader('content-length')
  if (hasLength) response.setHeader('content-length', Buffer.byteLength(body))
  response.writeHead(status)
  response.end(body)
}

/** As fast as the caller reads. When it hangs up the body is left, which ends it; both are waited for. */
async function pump(body: AsyncIterable<Uint8Array>, response: ServerResponse): Promise<void> {
  const closed = new Promise<void>((done) => response.once('close', done))
  try {
    for await (const piece of body) {
      if (response.destroyed) return
      if (response.write(piece)) continue
      const drained = new Promise<void>((done) => response.once('drain', done))
      await Promise.race([drained, closed])
      if (response.destroyed) return
    }
    response.end()
  } catch (error) {
    response.destroy()
    throw error
  }
}
