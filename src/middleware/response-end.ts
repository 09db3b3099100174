/** What is used of Node's response. */
export type Response = {
  statusCode: number
  readonly headersSent: boolean
  once(event: 'finish' | 'close', listener: () => void): unknown
}

/** An error of its own: the client went away before it had its answer. */
export const clientGone = { code: 'ClientGone' }

/** Tells once how a response ended; without a status where none was sent. */
export function onEnd(
  response: Response,
  tell: (status: number | undefined, error: typeof clientGone | undefined) => void,
): void {
  let isTold = false
  const end = (error?: typeof clientGone) => {
    if (isTold) return
    isTold = true
    tell(response.headersSent ? response.statusCode : undefined, error)
  }
  response.once('finish', () => end())
  response.once('close', () => end(clientGone))
}
