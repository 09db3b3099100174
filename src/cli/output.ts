import type { Environment, Output } from './environment.ts'

/** Whoever read our output went away (`contrail tail | head`): nothing is left to do, nothing is wrong. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone'
}

/** Resolves when the text is handed on. Rejects with ReaderGone when nobody reads any more. */
export function write(output: Output, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    output.write(text, (error) => {
      if (!error) resolve()
      else reject(isPipeClosed(error) ? new ReaderGone('nobody reads', { cause: error }) : error)
    })
  })
}

/** Runs a command's work; it ends quietly when its reader has gone or the user interrupts it. */
export async function untilEnded(
  environment: Environment,
  work: (interrupted: AbortSignal) => Promise<void>,
): Promise<void> {
  const interrupted = environment.interrupted()
  try {
    await work(interrupted)
  } catch (error) {
    if (!isReaderGone(error) && !interrupted.aborted) throw error
  }
}

/** Whether a command failed only because nobody reads what it prints. */
export function isReaderGone(error: unknown): boolean {
  return error instanceof ReaderGone || isPipeClosed(error)
}

function isPipeClosed(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EPIPE'
}
