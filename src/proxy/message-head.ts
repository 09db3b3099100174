/** The start of an HTTP/1.x message, taken apart and not changed: strings hold one byte a character. */
export type MessageHead = Readonly<{
  /** All of it, with the empty line. */
  bytes: Buffer
  /** Minor version: 0 or 1. */
  minor: number
  /** Names and values in turn, as received; values without blanks around them. */
  rawHeaders: readonly string[]
  /** By lower-case name, several values joined by commas. */
  headers: Readonly<Record<string, string | undefined>>
}>
export type RequestHead = MessageHead & Readonly<{ method: string; target: string }>
export type AnswerHead = MessageHead & Readonly<{ status: number }>

/**
 * How far a message's body goes. Whoever reads it otherwise than the upstream does would record other
 * calls than were made, so whatever can be read in two ways is refused.
 */
export type Framing =
  | Readonly<{ kind: 'none' | 'chunked' | 'close' }>
  | Readonly<{ kind: 'length'; bytes: number }>

/** Bytes that are no HTTP message as RFC 9112 has it, or that could be read in more than one way. */
export class NonsenseError extends Error {
  override readonly name = 'NonsenseError'
}

const requestLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e\x80-\xff]+) HTTP\/1\.([01])$/
const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/
const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/

/** `bytes` end with the empty line. Throws NonsenseError. */
export function readRequestHead(bytes: Buffer): RequestHead {
  const { first, ...headers } = linesOf(bytes)
  const match = requestLine.exec(first)
  if (!match) throw new NonsenseError('the first line is no HTTP/1.x request')
  return { bytes, ...headers, method: match[1]!, target: match[2]!, minor: Number(match[3]) }
}

/** `bytes` end with the empty line. Throws NonsenseError. */
export function readAnswerHead(bytes: Buffer): AnswerHead {
  const { first, ...headers } = linesOf(bytes)
  const match = statusLine.exec(first)
  if (!match) throw new NonsenseError('the first line is no HTTP/1.x status')
  return { bytes, ...headers, minor: Number(match[1]), status: Number(match[2]) }
}

/** Names and values of lines as trailers have them. Throws NonsenseError. */
export function readHeaderLine(line: string): readonly [name: string, value: string] {
  const match = headerLine.exec(line)
  if (!match) throw new NonsenseError('a line is no header')
  return [match[1]!, match[2]!.replace(/[ \t]+$/, '')]
}

function linesOf(bytes: Buffer) {
  const lines = bytes.toString('latin1', 0, bytes.length - 4).split('\r\n')
  const rawHeaders: string[] = []
  const headers: Record<string, string> = Object.create(null)
  for (let i = 1; i < lines.length; i++) {
    const [name, value] = readHeaderLine(lines[i]!)
    rawHeaders.push(name, value)
    const key = name.toLowerCase()
    const other = headers[key]
    headers[key] = other === undefined ? value : `${other},${value}`
  }
  return { first: lines[0]!, rawHeaders, headers }
}

/** Throws NonsenseError. */
export function requestFraming(head: RequestHead): Framing {
  return statedFraming(head) ?? { kind: 'none' }
}

/** Throws NonsenseError. */
export function answerFraming(head: AnswerHead, method: string): Framing {
  const { status } = head
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return { kind: 'none' }
  return statedFraming(head) ?? { kind: 'close' }
}

function statedFraming(head: MessageHead): Framing | undefined {
  const coding = head.headers['transfer-encoding']
  const length = head.headers['content-length']
  if (coding !== undefined) {
    if (length !== undefined) throw new NonsenseError('both Transfer-Encoding and Content-Length')
    if (head.minor === 0) throw new NonsenseError('Transfer-Encoding in HTTP/1.0')
    if (coding.toLowerCase() === 'chunked') return { kind: 'chunked' }
    throw new NonsenseError('a Transfer-Encoding other than chunked')
  }
  if (length === undefined) return undefined
  if (!/^\d{1,15}$/.test(length)) throw new NonsenseError('a Content-Length that is no number')
  return { kind: 'length', bytes: Number(length) }
}

/** Whether this message is the last one of its connection. */
export function isLast({ headers, minor }: MessageHead): boolean {
  const options = headers['connection']?.toLowerCase().split(/[ \t]*,[ \t]*/) ?? []
  return minor === 0 ? !options.includes('keep-alive') : options.includes('close')
}
