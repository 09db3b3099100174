/** What is used of Node's response. */
export type Response = {
  statusCode: number
  readonly headersSent: boolean
  once(event: 'finish' | 'close', listener: () => void): unknown
}

/** An error of its own: mostly the client went away. */
export const aborted = {
  code: 'Aborted',
  message: 'the connection ended before the answer was sent',
}

/** Tells once how a response ended; without a status where none was sent. */
export function onEnd(
  response: Response,
  tell: (status: number | undefined, error: typeof aborted | undefined) => void,
): void {
  let isTold = false
  const end = (error?: typeof aborted) => {
    if (isTold) return
    isTold = true
    tell(response.headersSent ? response.statusCode : undefined, error)
  }
  response.once('finish', () => end())
  response.once('close', () => end(aborted))
}
