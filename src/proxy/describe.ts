import type { BlockList } from 'node:net'
import type { CapturedExchange } from '../record/captured.ts'
import { showsAnswer } from '../record/services/shaped-call.ts'
import { readAnswer } from '../registry/answer.ts'
import type { KeptBody, Recognised } from '../registry/contract.ts'
import { readParameters } from '../registry/parameters.ts'
import { recognise } from '../registry/recognise.ts'
import type { Registry } from '../registry/registry.ts'
import { sourceIp } from '../wire/source-ip.ts'
import type { Exchange } from './exchange.ts'
import type { KeptBytes } from './kept-bytes.ts'
import { isTaught } from './learn.ts'

export type DescribeOptions = Readonly<{
  registry: Registry
  /** Host names in front of which a bucket's name may stand. */
  bucketSuffixes: readonly string[]
  /** Of calls that name none. */
  region: string
  trustedProxies?: BlockList
}>

/** What is known of a call but for who made it. */
export type Described = Omit<CapturedExchange, 'caller' | 'call'> & Readonly<{ call: Recognised }>

/** Takes a call apart for its record. Never throws: what cannot be read is not known. */
export function describe(exchange: Exchange, options: DescribeOptions): Described {
  const { request, answer, failure, peer, tls, requestBody, answerBody } = exchange
  const body = keptBody(requestBody)
  const call = recognise(request, body, options, answer)
  const parameters = readParameters(call, request, body)
  // What nobody looks at is not taken apart.
  const wanted = showsAnswer(call, parameters) || isTaught(call)
  const mark = request.target.indexOf('?')
  return {
    call,
    parameters,
    ...(answer && { answer: readAnswer(call, answer, keptBody(answerBody), wanted) }),
    failure,
    ...(call.kind !== 'none' && { signature: call.kind }),
    sourceIp: sourceIp(peer, request.headers['x-forwarded-for'], options.trustedProxies),
    http: {
      query: mark < 0 ? '' : request.target.slice(mark + 1),
      headers: request.headers,
      answered: answer?.headers ?? {},
      bytesIn: requestBody.size,
      bytesOut: answerBody.size,
    },
    tls,
  }
}

function keptBody({ bytes, isWhole }: KeptBytes): KeptBody {
  return { bytes, isWhole }
}
