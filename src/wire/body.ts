import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError } from '../errors.ts'

/** Bytes of bodies held at once over all calls; past it a caller is asked to come again. */
export class BodyBudget {
  #held = 0
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  /** Room for one call's body; give it back when the call has ended. */
  open(): BodyShare {
    let held = 0
    return {
      take: (bytes) => {
        if (this.#held + bytes > this.#max) {
          throw new ApiError('ServiceUnavailable', 'Too many large requests at once; try again.')
        }
        this.#held += bytes
        held += bytes
      },
      giveBack: () => {
        this.#held -= held
        held = 0
      },
    }
  }
}

/**
 * The same for bodies of callers whom nothing proves yet. When it is full, the one that has been coming in
 * for the longest time is ended to make room: strangers who send slowly cannot lock out those who do not.
 */
export class UnprovenBodies {
  readonly #max: number
  #held = 0
  /** Still coming in, the oldest first. */
  readonly #open = new Set<{ bytes: number; end(): void }>()

  constructor(max: number) {
    this.#max = max
  }

  /** `end` is called when this body must make room. Give it back once all of it is there. */
  open(end: () => void): BodyShare {
    const body = { bytes: 0, end }
    this.#open.add(body)
    const giveBack = () => {
      if (this.#open.delete(body)) this.#held -= body.bytes
    }
    return {
      take: (bytes) => {
        // Ended already: its sender is being hung up on.
        if (!this.#open.has(body)) return
        this.#held += bytes
        body.bytes += bytes
        for (const oldest of this.#open) {
          if (this.#held <= this.#max) break
          this.#open.delete(oldest)
          this.#held -= oldest.bytes
          oldest.end()
        }
      },
      giveBack,
    }
  }
}

/** What one call holds of the budget. `take` throws ApiError ServiceUnavailable when there is no room. */
export type BodyShare = Readonly<{ take(bytes: number): void; giveBack(): void }>

/** A request and, where its sender waits to be told to go on, the response that tells it. */
export type Incoming = Readonly<{
  request: IncomingMessage
  response: ServerResponse
  /** The caller sent `Expect: 100-continue` and holds its body back. */
  awaitsContinue: boolean
  /** Its sender is proven and may take its time with a long body: only idleness ends it from now on. */
  trust(): void
}>

/**
 * The request's bytes as they come. Throws ApiError RequestEntityTooLarge past `max` and IncompleteBody
 * when the sender hangs up before the end. A caller that waits to be asked for its body is asked now.
 */
export async function* rawBody(incoming: Incoming, max: number): AsyncGenerator<Buffer> {
  const { request, response, awaitsContinue } = incoming
  if (awaitsContinue) response.writeContinue()
  let size = 0
  try {
    // The iterator would destroy the socket when it is left early, and the answer with it.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      size += chunk.length
      if (size > max) {
        throw new ApiError('RequestEntityTooLarge', `The request body is larger than ${max} bytes.`)
      }
      yield chunk
    }
  } catch (error) {
    if (error instanceof ApiError) throw error
    throw cutOff(error)
  }
  if (!request.complete) throw cutOff()
}

function cutOff(cause?: unknown): ApiError {
  return new ApiError('IncompleteBody', 'The request was cut off before its end.', { cause })
}

/** A body, or as much of it as came before it failed. */
export type Gathered = Readonly<{ bytes: Buffer; failure?: unknown }>

/** Reads to the end or to the first failure, which is kept. */
export async function gather(source: AsyncIterable<Buffer>, share: BodyShare): Promise<Gathered> {
  const pieces: Buffer[] = []
  try {
    for await (const piece of source) {
      share.take(piece.length)
      pieces.push(piece)
    }
    return { bytes: joined(pieces) }
  } catch (failure) {
    return { bytes: joined(pieces), failure }
  }
}

/** Most bodies come in one piece, which need not be copied. */
function joined(pieces: readonly Buffer[]): Buffer {
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
}

/** What was gathered as a source again: fails where the first one failed. */
export async function* replay({ bytes, failure }: Gathered): AsyncGenerator<Buffer> {
  if (bytes.length > 0) yield bytes
  if (failure !== undefined) throw failure
}

/**
 * Reads on, up to `max` bytes, and forgets them: an answer to a caller who still sends would be lost
 * with the connection. True when nothing is left to read.
 */
export async function drain({ request, awaitsContinue }: Incoming, max: number): Promise<boolean> {
  if (request.complete) return true
  if (awaitsContinue || request.destroyed) return false
  let left = max
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      left -= chunk.length
      if (left < 0) return false
    }
  } catch {
    return false
  }
  return request.complete
}
