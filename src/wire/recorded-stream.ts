import type { ApiCall } from '../operation.ts'
import type { Answer } from './codec.ts'
import type { ListenerOptions } from './listener.ts'

/** A body that is not held in memory. */
export function isStream(body: Answer['body']): body is AsyncIterable<Uint8Array> {
  return typeof body !== 'string' && !(body instanceof Uint8Array)
}

/**
 * The stream with its first piece read, so that a source that cannot be read at all is refused as any call
 * is. It must be gone through, or left, from now on.
 */
export async function begun(source: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const pieces = source[Symbol.asyncIterator]()
  const first = await pieces.next()
  return (async function* () {
    try {
      for (let piece = first; !piece.done; piece = await pieces.next()) yield piece.value
    } finally {
      await pieces.return?.()
    }
  })()
}

/**
 * The stream with its last piece held back until the call's record is durable, with the bytes that went out.
 * Whoever stops reading is recorded with what was handed out; a source that fails, as our fault.
 */
export async function* recordedStream(
  source: AsyncIterable<Uint8Array>,
  call: ApiCall,
  { complete }: Pick<ListenerOptions, 'complete'>,
): AsyncGenerator<Uint8Array> {
  let bytesOut = 0
  let isRecorded = false
  const record = async (error?: ApiCall['error']) => {
    isRecorded = true
    await complete({ ...call, ...(call.http && { http: { ...call.http, bytesOut } }), error })
  }
  try {
    let held: Uint8Array | undefined
    for await (const piece of source) {
      if (held) yield held
      held = piece
      bytesOut += piece.length
    }
    await record()
    if (held) yield held
  } catch (error) {
    if (!isRecorded) {
      await record({ code: 'InternalError', message: 'The content could not be read to its end.' })
    }
    throw error
  } finally {
    if (!isRecorded) await record()
  }
}
