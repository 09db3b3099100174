/** The start of an HTTP/1.x message, taken apart and not changed: strings hold one byte a character. */
export type MessageHead = Readonly<{
  /** All of it, with the empty line. */
  bytes: Buffer
  /** Minor version: 0 or 1. */
  minor: number
  /** Names and values in turn, as received; values without blanks around them. */
  rawHeaders: readonly string[]
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
  const { first, rawHeaders } = linesOf(bytes)
  const match = requestLine.exec(first)
  if (!match) throw new NonsenseError('the first line is no HTTP/1.x request')
  return { bytes, rawHeaders, method: match[1]!, target: match[2]!, minor: Number(match[3]) }
}

/** `bytes` end with the empty line. Throws NonsenseError. */
export function readAnswerHead(bytes: Buffer): AnswerHead {
  const { first, rawHeaders } = linesOf(bytes)
  const match = statusLine.exec(first)
  if (!match) throw new NonsenseError('the first line is no HTTP/1.x status')
  return { bytes, rawHeaders, minor: Number(match[1]), status: Number(match[2]) }
}

/** Names and values of lines as trailers have them. Throws NonsenseError. */
export function readHeaderLine(line: string): readonly [name: string, value: string] {
  const match = headerLine.exec(line)
  if (!match) throw new NonsenseError('a line is no header')
  return [match[1]!, match[2]!.replace(/[ \t]+$/, '')]
}

function linesOf(bytes: Buffer): { first: string; rawHeaders: string[] } {
  const lines = bytes.toString('latin1', 0, bytes.length - 4).split('\r\n')
  const rawHeaders: string[] = []
  for (let i = 1; i < lines.length; i++) rawHeaders.push(...readHeaderLine(lines[i]!))
  return { first: lines[0]!, rawHeaders }
}

/** All values of a header joined by commas; undefined where it is absent. `name` in lower case. */
export function headerOf({ rawHeaders }: MessageHead, name: string): string | undefined {
  let found: string | undefined
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]!.length !== name.length || rawHeaders[i]!.toLowerCase() !== name) continue
    found = found === undefined ? rawHeaders[i + 1]! : `${found},${rawHeaders[i + 1]}`
  }
  return found
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
  const coding = headerOf(head, 'transfer-encoding')
  const length = headerOf(head, 'content-length')
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
export function isLast(head: MessageHead): boolean {
  const options =
    headerOf(head, 'connection')
      ?.toLowerCase()
      .split(/[ \t]*,[ \t]*/) ?? []
  return head.minor === 0 ? !options.includes('keep-alive') : options.includes('close')
}
