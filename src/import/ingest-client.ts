import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Content } from './files.ts'

/** What the server made of a request. */
export type Answer = Readonly<{
  status: number
  /** Why the request failed as a whole; what was accepted before is durable. */
  error?: string
  accepted: number
  duplicates: number
  refused: number
  refusals: ReadonlyArray<{ index: number; reason: string; eventID?: string }>
  /** Taken records from before the time that was asked about. */
  earlier?: number
}>

/** Posts bodies to a feed of a running server. Rejects where no answer comes. */
export type Post = (body: Content) => Promise<Answer>

export type Target = Readonly<{
  /** Of the server. */
  url: URL
  feed: string
  token: string
  /** Events before this time are counted: `2026-08-23T00:00:00Z`. */
  before(): string
}>

/** A connection that says nothing for this long is given up, in milliseconds. */
const silenceMax = 120_000

/** A client that keeps its connections, `connectionsMax` at once. */
export function ingestClient(
  { url, feed, token, before }: Target,
  connectionsMax: number,
  interrupted: AbortSignal,
): Post {
  const isSecure = url.protocol === 'https:'
  const options = { keepAlive: true, maxSockets: connectionsMax }
  const agent = isSecure ? new HttpsAgent(options) : new HttpAgent(options)
  const request = isSecure ? httpsRequest : httpRequest
  const to = new URL(`/ingest/${encodeURIComponent(feed)}?before=${before()}`, url)
  return (body) =>
    new Promise((resolve, reject) => {
      const length = Buffer.isBuffer(body) ? { 'content-length': body.length } : {}
      const headers = { authorization: `Bearer ${token}`, ...length }
      const sent = request(to, {
        method: 'POST',
        agent,
        headers,
        timeout: silenceMax,
        signal: interrupted,
      })
      let isAnswered = false
      sent.on('response', (response) => {
        isAnswered = true
        readAnswer(response.statusCode ?? 0, response).then(resolve, reject)
      })
      sent.on('timeout', () => sent.destroy(new Error('no answer in time')))
      // A server that refuses early stops reading; what counts is its answer.
      sent.on('error', (error) => isAnswered || reject(error))
      send(body, sent).catch((error) => isAnswered || reject(error))
    })
}

async function send(body: Content, sent: ClientRequest): Promise<void> {
  if (Buffer.isBuffer(body)) sent.end(body)
  else await pipeline(Readable.from(body), sent)
}

async function readAnswer(status: number, body: AsyncIterable<Buffer>): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('utf8')
  const none = { accepted: 0, duplicates: 0, refused: 0, refusals: [] }
  try {
    const answer = JSON.parse(text)
    const failed = status !== 200 && answer.error === undefined
    return { ...none, ...answer, status, ...(failed && { error: `HTTP status ${status}` }) }
  } catch {
    return { ...none, status, error: `HTTP status ${status} and no JSON: ${text.slice(0, 100)}` }
  }
}
