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
  const { stdout } = environment
  const interrupted = environment.interrupted()
  // Without a listener the stream's error would end the process before the write's own does.
  const ignore = () => {}
  stdout.on('error', ignore)
  try {
    await work(interrupted)
  } catch (error) {
    const quiet = error instanceof ReaderGone || isPipeClosed(error) || interrupted.aborted
    if (!quiet) throw error
  } finally {
    stdout.off('error', ignore)
  }
}

function isPipeClosed(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EPIPE'
}
