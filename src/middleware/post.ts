import { AuditError } from './errors.ts'
import type { Ports } from './ports.ts'

export type PostOptions = Readonly<{
  /** The feed's address: `https://trail.example.internal/ingest/apps`. */
  endpoint: string
  /** The feed's bearer token. */
  token: string
  /** How long the server may take for one post, in milliseconds. */
  timeoutMs: number
}>

/** An event that the server will never take, counted from 0 in its batch. */
export type Refusal = Readonly<{ index: number; reason: string }>

/** What came of a post: its events are durable but those refused, or it is refused as a whole. */
export type Posted = Readonly<{ refusals: readonly Refusal[] }> | Readonly<{ refused: string }>

/** Posts lines to the feed. Throws AuditError NotSent for all that may be otherwise another time. */
export type Post = (lines: readonly Buffer[]) => Promise<Posted>

type Answer = Readonly<{
  accepted?: number
  duplicates?: number
  refused?: number
  refusals?: Refusal[]
  error?: string
}>

/** A post to the feed's address; `stop` ends one that is under way. */
export function feedPost(
  options: PostOptions,
  ports: Pick<Ports, 'fetch' | 'clock'>,
  stop: AbortSignal,
): Post {
  const { endpoint } = options
  return async (lines) => {
    const { status, text } = await exchange(lines, options, ports, stop)
    const answer = parsed(text)
    const { accepted, duplicates = 0, refused = 0, refusals = [], error } = answer
    const isFeed = typeof accepted === 'number'
    // A proxy on the way may say 413 as well.
    if (status === 413 || (status === 400 && isFeed)) {
      return { refused: `${status} ${error ?? 'too large'}` }
    }
    if (status !== 200) {
      throw new AuditError('NotSent', `${endpoint} answers ${status}${advice(status, error)}`)
    }
    const isWhole = isFeed && accepted + duplicates + refused === lines.length
    if (!isWhole || refusals.length !== refused || !refusals.every(isOf(lines))) {
      throw new AuditError('NotSent', `${endpoint} does not answer as a feed without a kind does`)
    }
    return { refusals }
  }
}

function isOf(lines: readonly Buffer[]): (refusal: Refusal) => boolean {
  return ({ index }) => lines[index] !== undefined
}

async function exchange(
  lines: readonly Buffer[],
  { endpoint, token, timeoutMs }: PostOptions,
  { fetch, clock }: Pick<Ports, 'fetch' | 'clock'>,
  stop: AbortSignal,
): Promise<{ status: number; text: string }> {
  const late = new AbortController()
  const cancel = clock.after(timeoutMs, () => late.abort(new Error(`nothing in ${timeoutMs} ms`)))
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
      body: new Uint8Array(Buffer.concat(lines)),
      signal: AbortSignal.any([stop, late.signal]),
      redirect: 'error',
    })
    return { status: response.status, text: await response.text() }
  } catch (cause) {
    throw new AuditError('NotSent', `${endpoint} does not answer: ${reason(cause)}`, { cause })
  } finally {
    cancel()
  }
}

function parsed(text: string): Answer {
  try {
    return (JSON.parse(text) ?? {}) as Answer
  } catch {
    return {}
  }
}

/** What the server says, and what to do where waiting does not help. */
function advice(status: number, error: string | undefined): string {
  const said = error === undefined ? '' : `: ${String(error).slice(0, 200)}`
  if (status === 401 || status === 403) return `${said}; mend the token or the feed`
  if (status === 404 || status === 405) return `${said}; mend the endpoint`
  return said
}

function reason(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error && cause.message ? cause.message : message
}
