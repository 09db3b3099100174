import type { BlockList } from 'node:net'
import type { CapturedExchange } from '../record/captured.ts'
import { readAnswer } from '../registry/answer.ts'
import type { KeptBody, Recognised } from '../registry/contract.ts'
import { readParameters } from '../registry/parameters.ts'
import { recognise } from '../registry/recognise.ts'
import type { Registry } from '../registry/registry.ts'
import { sourceIp } from '../wire/source-ip.ts'
import type { Exchange } from './exchange.ts'
import type { KeptBytes } from './kept-bytes.ts'
import type { MessageHead } from './message-head.ts'

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
  const call = recognise(request, body, options)
  const headers = headersByName(request)
  const mark = request.target.indexOf('?')
  return {
    call,
    parameters: readParameters(call, request, body),
    ...(answer && { answer: readAnswer(call, answer, keptBody(answerBody)) }),
    failure,
    ...(call.kind !== 'none' && { signature: call.kind }),
    sourceIp: sourceIp(peer, headers['x-forwarded-for'], options.trustedProxies),
    http: {
      query: mark < 0 ? '' : request.target.slice(mark + 1),
      headers,
      answered: answer ? headersByName(answer) : {},
      bytesIn: requestBody.size,
      bytesOut: answerBody.size,
    },
    tls,
  }
}

function keptBody({ bytes, isWhole }: KeptBytes): KeptBody {
  return { bytes, isWhole }
}

/** By lower-case name, several values joined as HTTP joins them. */
function headersByName({ rawHeaders }: MessageHead): Record<string, string> {
  const found: Record<string, string> = Object.create(null)
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase()
    const value = rawHeaders[i + 1]!
    found[name] = found[name] === undefined ? value : `${found[name]},${value}`
  }
  return found
}
