import { errorText, isUntrusted } from '../error-text.ts'
import type { Content } from './files.ts'
import type { Answer, Post } from './ingest-client.ts'

const attemptsMax = 5
const firstPauseMs = 250

/** The server cannot be reached at all: nothing more can be imported. */
export class ServerGone extends Error {
  override readonly name = 'ServerGone'
}

/**
 * Sends a body, again with growing pauses while the server is busy or the connection breaks. What an attempt
 * that failed had made durable comes back as a duplicate in the next one, and is counted as accepted. A
 * connection that breaks every time is an answer with status 0. Throws ServerGone where nobody listens.
 */
export async function send(
  open: () => Promise<Content>,
  post: Post,
  pause: (ms: number) => Promise<unknown>,
): Promise<Answer> {
  let durable = 0
  for (let attempt = 1; ; attempt++) {
    const answer = await attemptOnce(await open(), post)
    durable += answer.accepted
    const mayPass = answer.status === 503 || answer.status === 0
    if (!mayPass || attempt === attemptsMax) {
      if (answer.status === 401 || answer.status === 403) throw new ServerGone(answer.error)
      return counted(answer, durable)
    }
    await pause(firstPauseMs * 2 ** (attempt - 1))
  }
}

function counted(answer: Answer, durable: number): Answer {
  const before = durable - answer.accepted
  return { ...answer, accepted: durable, duplicates: Math.max(0, answer.duplicates - before) }
}

async function attemptOnce(body: Content, post: Post): Promise<Answer> {
  try {
    return await post(body)
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException
    if (code === 'ECONNREFUSED' || isUntrusted(error)) {
      throw new ServerGone(errorText(error), { cause: error })
    }
    const isConnection =
      code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE'
    if (!isConnection || name === 'AbortError') throw error
    const text = 'the connection to the server broke'
    return { status: 0, error: text, accepted: 0, duplicates: 0, refused: 0, refusals: [] }
  }
}
