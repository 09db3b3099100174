import { BodyReader } from './body-reader.ts'
import { type ByteSocket, CutOffError } from './byte-socket.ts'
import type { Exchange, Failure } from './exchange.ts'
import {
  type AnswerHead,
  answerFraming,
  isLast,
  NonsenseError,
  readAnswerHead,
} from './message-head.ts'

export type Relay = Readonly<{
  exchange: Exchange
  client: ByteSocket
  upstream: ByteSocket
  /** The request's, which has seen `held` already. */
  body: BodyReader
  /** What goes first: the head, and what was read behind it. */
  held: readonly Buffer[]
  headerBytesMax: number
  /** Before the last piece of the answer leaves; never twice. */
  finish(): Promise<void>
}>

/** How a call ended. */
export type Ending = Readonly<{
  /** Something of an answer went to the client. */
  answered: boolean
  /** Both connections may carry another call. */
  goesOn: boolean
  failure?: Failure
}>

/**
 * Passes one call to the upstream and its answer back, both at once and unchanged, each as fast as its
 * taker takes it. Never rejects but for what `finish` rejects with.
 */
export async function relay(call: Relay): Promise<Ending> {
  const { upstream } = call
  const progress = { answered: false }
  let failure: Failure | undefined
  const request = passRequest(call).catch((error) => {
    failure ??= failureOf(error, 'client')
    // Nobody will send the rest, so nobody answers.
    upstream.socket.destroy()
  })
  let goesOn = false
  try {
    goesOn = await passAnswer(call, progress)
  } catch (error) {
    failure ??= failureOf(error, 'upstream')
    if (!failure) throw error
  }
  // An upstream that answered early may still take the rest; nobody else does.
  if (goesOn) await request
  else upstream.socket.destroySoon()
  return { ...progress, goesOn: goesOn && !failure && call.exchange.requestEnded, failure }
}

async function passRequest({ exchange, client, upstream, body, held }: Relay): Promise<void> {
  try {
    const full = upstream.write(...held)
    if (full) await full
    while (!body.ended) {
      const bytes = await client.next()
      if (!bytes) throw new CutOffError('client', 'closed within its request')
      const taken = body.take(bytes)
      if (taken < bytes.length) client.unread(bytes.subarray(taken))
      await upstream.write(taken < bytes.length ? bytes.subarray(0, taken) : bytes)
    }
    exchange.requestEnded = true
  } catch (error) {
    // An upstream that takes no more may have answered all the same.
    if (!(error instanceof CutOffError && error.side === 'upstream')) throw error
  }
}

/** Resolves with whether the connections may carry another call. */
async function passAnswer(call: Relay, progress: { answered: boolean }): Promise<boolean> {
  const { exchange, client, upstream } = call
  const send = (...pieces: readonly Buffer[]): Promise<void> | undefined => {
    progress.answered = true
    return client.write(...pieces)
  }
  const head = await finalHead(call, send)
  exchange.answer = head
  const framing = answerFraming(head, exchange.request.method)
  const body = new BodyReader(framing, (piece) => exchange.answerBody.add(piece))
  let unsent: Buffer[] = [head.bytes]
  for (let bytes = upstream.buffered(); ; bytes = await upstream.next()) {
    if (bytes) unsent.push(ownPart(bytes, body, upstream))
    else if (upstream.socket.readableEnded) {
      if (!body.endsWithConnection) throw new CutOffError('upstream', 'closed within its answer')
      break
    }
    if (body.ended) break
    await send(...unsent)
    unsent = []
  }
  await call.finish()
  const full = send(...unsent)
  if (full) await full
  return body.ended && !isLast(head) && !isLast(exchange.request)
}

/** What of the bytes belongs to the message; the rest is given back. */
function ownPart(bytes: Buffer, body: BodyReader, from: ByteSocket): Buffer {
  const taken = body.take(bytes)
  if (taken === bytes.length) return bytes
  from.unread(bytes.subarray(taken))
  return bytes.subarray(0, taken)
}

/** The head of the answer proper; what comes before it, such as 100 Continue, is passed on at once. */
async function finalHead(
  { upstream, headerBytesMax }: Relay,
  send: (bytes: Buffer) => Promise<void> | undefined,
): Promise<AnswerHead> {
  for (;;) {
    const bytes = await upstream.head(headerBytesMax)
    if (!bytes) throw new CutOffError('upstream', upstream.failure ?? 'closed without an answer')
    const head = readAnswerHead(bytes)
    if (head.status === 101) throw new NonsenseError('101 to a request that asked for none')
    if (head.status >= 200) return head
    await send(bytes)
  }
}

/** What went wrong, as the record says it; undefined for an error that is none of the wire. */
function failureOf(error: unknown, speaker: 'client' | 'upstream'): Failure | undefined {
  if (error instanceof NonsenseError) {
    const code = speaker === 'client' ? 'ClientProtocolError' : 'UpstreamProtocolError'
    return { code, message: `The ${speaker} sent ${error.message}.` }
  }
  if (!(error instanceof CutOffError)) return undefined
  const { side, message } = error
  if (message === 'ETIMEDOUT') {
    return { code: 'UpstreamTimeout', message: 'Nothing moved for too long.' }
  }
  const code = side === 'client' ? 'ClientClosedConnection' : 'UpstreamClosedConnection'
  return { code, message: `The ${side}'s connection ended: ${message}.` }
}
