import { AuditError } from './errors.ts'

export type PostOptions = Readonly<{
  /** The feed's address: `https://trail.example.internal/ingest/apps`. */
  endpoint: string
  /** The feed's bearer token. */
  token: string
  /** How long one post may take. */
  timeoutMs: number
}>

/** An event that the server did not take, counted from 0 in its batch. */
export type Refusal = Readonly<{ index: number; reason: string }>

type Answer = {
  accepted?: number
  duplicates?: number
  refused?: number
  refusals?: Refusal[]
  error?: string
}

/**
 * Posts lines to the feed; resolves once they are durable there, with those the server refuses for good.
 * Throws AuditError NotSent for everything that may be otherwise another time: no answer, a wrong token.
 */
export async function post(
  lines: readonly Buffer[],
  { endpoint, token, timeoutMs }: PostOptions,
): Promise<readonly Refusal[]> {
  let status: number
  let answer: Answer
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
      body: new Uint8Array(Buffer.concat(lines)),
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
    })
    status = response.status
    answer = (await response.json()) as Answer
  } catch (error) {
    throw new AuditError('NotSent', `${endpoint} does not answer: ${reason(error)}`, {
      cause: error,
    })
  }
  if (status !== 200) {
    throw new AuditError('NotSent', `${endpoint} answers ${status}: ${answer.error ?? ''}`)
  }
  const { accepted = 0, duplicates = 0, refused = 0, refusals = [] } = answer
  if (accepted + duplicates + refused !== lines.length) {
    throw new AuditError('NotSent', `${endpoint} does not answer as a feed does`)
  }
  return refusals
}

function reason(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? cause.message : message
}
