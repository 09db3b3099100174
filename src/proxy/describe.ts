import type { BlockList } from 'node:net'
import type {
  CapturedAnswer,
  CapturedCall,
  CapturedExchange,
  CapturedParameters,
} from '../record/captured.ts'
import { type Claim, readClaim } from '../wire/sigv4/verify.ts'
import { sourceIp } from '../wire/source-ip.ts'
import type { Exchange } from './exchange.ts'
import type { MessageHead } from './message-head.ts'

/** What is known of a call but for who made it. */
export type Described = Omit<CapturedExchange, 'caller'>

/** Reads calls by the services' models. */
export interface CallReader {
  recognise(exchange: Exchange, claim: Claim | undefined): CapturedCall
  parameters(call: CapturedCall, exchange: Exchange): CapturedParameters
  answer(call: CapturedCall, exchange: Exchange): CapturedAnswer
}

/** Takes a call apart for its record. Never throws: what cannot be read is not known. */
export function describe(
  exchange: Exchange,
  reader: CallReader,
  trusted: BlockList | undefined,
): Described & { claim?: Claim } {
  const { request, answer, failure, peer, tls } = exchange
  const claim = claimIn(exchange)
  const call = reader.recognise(exchange, claim)
  const headers = headersByName(request)
  const mark = request.target.indexOf('?')
  return {
    claim,
    call,
    parameters: reader.parameters(call, exchange),
    ...(answer && { answer: reader.answer(call, exchange) }),
    failure,
    ...(claim && { signature: claim.kind }),
    sourceIp: sourceIp(peer, headers['x-forwarded-for'], trusted),
    http: {
      query: mark < 0 ? '' : request.target.slice(mark + 1),
      headers,
      answered: answer ? headersByName(answer) : {},
      bytesIn: exchange.requestBody.size,
      bytesOut: exchange.answerBody.size,
    },
    tls,
  }
}

function claimIn({ request }: Exchange): Claim | undefined {
  try {
    return readClaim(request)
  } catch {
    return undefined
  }
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
