import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { urlToHttpOptions } from 'node:url'
import { noAnswer } from '../error-text.ts'
import { StorageError } from '../errors.ts'
import { type Ledger, RunEndedError } from './ledger.ts'
import type { LedgerRequest } from './ledger-route.ts'

/** A server that does not answer for so long has not kept anything, as far as we know. */
const silenceMax = 30_000

/** The ledger of a running server, over its listener; see `ledgerRoute`. */
export function remoteLedger(server: URL, feed: string, token: string): Ledger {
  const url = new URL(`/capture/${feed}`, server)
  const isTls = url.protocol === 'https:'
  const agent = isTls ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  const options = { ...urlToHttpOptions(url), method: 'POST', agent, timeout: silenceMax }
  const ask = async <T>(asked: LedgerRequest): Promise<T> => {
    const body = Buffer.from(JSON.stringify(asked))
    const { status, text } = await new Promise<{ status: number; text: string }>((done, fail) => {
      const sent = (isTls ? httpsRequest : httpRequest)({
        ...options,
        headers: { authorization: `Bearer ${token}`, 'content-length': body.length },
      })
      sent.on('timeout', () => sent.destroy(new Error('no answer in time')))
      sent.on('error', fail)
      sent.on('response', (response) => {
        const pieces: Buffer[] = []
        response.on('data', (piece: Buffer) => pieces.push(piece))
        response.on('error', fail)
        response.on('end', () => {
          done({ status: response.statusCode!, text: Buffer.concat(pieces).toString() })
        })
      })
      sent.end(body)
    }).catch((error) => {
      const message = `no answer from ${url.origin} ${noAnswer(error)}`
      throw new StorageError('no server', message, { cause: error })
    })
    if (status === 200) return JSON.parse(text).result as T
    if (status === 409) throw new RunEndedError('another proxy of the same name has begun')
    throw new StorageError('refused', `${url.origin} answered ${status}: ${text.slice(0, 200)}`)
  }
  return {
    open: (...args) => ask({ ask: 'open', args }),
    identify: (...args) => ask({ ask: 'identify', args }),
    intend: (...args) => ask({ ask: 'intend', args }),
    append: (...args) => ask({ ask: 'append', args }),
    close: (...args) => ask({ ask: 'close', args }),
  }
}
