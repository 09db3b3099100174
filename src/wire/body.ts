import type { IncomingMessage } from 'node:http'
import { ApiError } from '../errors.ts'

/** Bytes of bodies held at once over all calls; past it a caller is asked to come again. */
export class BodyBudget {
  #held = 0
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  take(bytes: number): void {
    if (this.#held + bytes > this.#max) {
      throw new ApiError('ServiceUnavailable', 'Too many large requests at once; try again.')
    }
    this.#held += bytes
  }

  give(bytes: number): void {
    this.#held -= bytes
  }
}

/**
 * The request's bytes as they come, at most `max`: throws ApiError RequestEntityTooLarge past it and
 * IncompleteBody when the sender hangs up before the end.
 */
export async function* rawBody(request: IncomingMessage, max: number): AsyncGenerator<Buffer> {
  let size = 0
  try {
    for await (const chunk of request) {
      size += chunk.length
      if (size > max) {
        throw new ApiError('RequestEntityTooLarge', `The request is larger than ${max} bytes.`)
      }
      yield chunk
    }
  } catch (error) {
    if (error instanceof ApiError) throw error
    throw new ApiError('IncompleteBody', 'The request was cut off before its end.', {
      cause: error,
    })
  }
  if (!request.complete) {
    throw new ApiError('IncompleteBody', 'The request was cut off before its end.')
  }
}

/** Gathers a body; `onBytes` sees each piece first and may refuse it. */
export async function gather(
  source: AsyncIterable<Buffer>,
  pieces: Buffer[],
  onBytes: (length: number) => void,
): Promise<Buffer> {
  for await (const piece of source) {
    onBytes(piece.length)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}
