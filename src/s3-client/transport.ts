import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

export type Answer = Readonly<{
  status: number
  headers: Readonly<Record<string, string | undefined>>
  body: AsyncIterable<Buffer>
}>

/** A signed request; its body is sent in one piece. */
export type Outgoing = Readonly<{
  method: string
  url: URL
  headers: Readonly<Record<string, string>>
  body?: Buffer
}>

/** Rejects when no answer comes, or nothing for too long. */
export type Send = (request: Outgoing) => Promise<Answer>

/** A connection that says nothing for this long is given up, in milliseconds. */
const silenceMax = 60_000
/** And an answer that is not all there after this: who reads a large object takes it up where it broke. */
const answerMax = 10 * 60_000

/**
 * Sends over kept connections, `connectionsMax` at once; an answer may take `within` milliseconds. Not
 * `fetch`: that inflates what is stored with `Content-Encoding: gzip` before anybody sees it, and what must
 * be verified is what is stored.
 */
export function httpTransport(
  connectionsMax: number,
  interrupted: AbortSignal,
  within = answerMax,
): Send {
  const options = { keepAlive: true, maxSockets: connectionsMax }
  const http = new HttpAgent(options)
  const https = new HttpsAgent(options)
  return ({ method, url, headers, body }) =>
    new Promise((resolve, reject) => {
      const secure = url.protocol === 'https:'
      const request = secure ? httpsRequest : httpRequest
      const agent = secure ? https : http
      const sent = request(url, {
        method,
        agent,
        headers,
        timeout: silenceMax,
        signal: interrupted,
      })
      let answer: IncomingMessage | undefined
      const giveUp = (reason: string) => (answer ?? sent).destroy(new Error(reason))
      const late = setTimeout(giveUp, within, 'no whole answer in time')
      sent.on('close', () => clearTimeout(late))
      sent.on('response', (response) => {
        answer = response
        resolve(answerOf(response))
      })
      sent.on('timeout', () => giveUp('no answer in time'))
      sent.on('error', reject)
      sent.end(body)
    })
}

function answerOf(response: IncomingMessage): Answer {
  const headers = response.headers as Record<string, string | undefined>
  return { status: response.statusCode ?? 0, headers, body: response }
}
