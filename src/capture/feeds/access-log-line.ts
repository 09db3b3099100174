import { Refusal } from './adapter.ts'

/** The fields of one entry of S3's server access log; `-` counts as none. AWS's keys are decoded. */
export type AccessLogEntry = Readonly<Partial<Record<(typeof names)[number], string>>>

/** In the order of the line. */
const names = [
  'bucketOwner',
  'bucket',
  'time',
  'remoteIp',
  'requester',
  'requestId',
  'operation',
  'key',
  'requestUri',
  'status',
  'errorCode',
  'bytesSent',
  'objectSize',
  'totalTime',
  'turnAroundTime',
  'referrer',
  'userAgent',
  'versionId',
  'hostId',
  'signatureVersion',
  'cipherSuite',
  'authenticationType',
  'hostHeader',
  'tlsVersion',
  'accessPointArn',
  'aclRequired',
  'sourceRegion',
] as const
/** Up to the time of turning round; the others came later, and lines may end before them. */
const oldest = 15
/** Those behind the user agent that versitygw writes; it has no Region of the source. */
const trailing = names.indexOf('sourceRegion') - names.indexOf('versionId')

/**
 * Reads a line. AWS encodes keys twice and quotes what may hold spaces. versitygw does neither, so its user
 * agent is all between the referrer and the last nine fields. Throws Refusal.
 */
export function accessLogEntry(line: string): AccessLogEntry {
  const { words, isQuoted } = wordsOf(line)
  if (words.length < oldest) throw new Refusal('not a line of an access log')
  const values = isQuoted ? words : joined(words)
  const entry = Object.fromEntries(
    names.flatMap((name, i) =>
      values[i] === undefined || values[i] === '-' ? [] : [[name, values[i]]],
    ),
  ) as AccessLogEntry
  // What S3 does by itself, such as S3.EXPIRE.OBJECT, has no status.
  const isAnswer = /^\d{3}$/.test(entry.status ?? '')
  const isOwn = isQuoted && entry.status === undefined && entry.operation?.startsWith('S3.')
  if (!isAnswer && !isOwn) throw new Refusal('not a line of an access log')
  return isQuoted && entry.key ? { ...entry, key: decoded(decoded(entry.key)) } : entry
}

/** What cannot be decoded stays. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

/** Cut at spaces, but for what stands in brackets or between quotes. */
function wordsOf(line: string): { words: string[]; isQuoted: boolean } {
  const words: string[] = []
  let isQuoted = false
  let at = 0
  while (at < line.length) {
    const first = line[at]
    // The address of the request tells which form it is.
    if (words.length === 8) isQuoted = first === '"'
    const closing = first === '[' && words.length === 2 ? ']' : isQuoted && first === '"' ? '"' : ''
    const end = closing ? closed(line, at + 1, closing) : ending(line, at)
    words.push(closing ? line.slice(at + 1, end) : line.slice(at, end))
    at = end + (closing ? 2 : 1)
  }
  return { words, isQuoted }
}

/** A quote inside of a user agent is not marked: only one before a space, or at the end, closes. */
function closed(line: string, from: number, closing: string): number {
  const before = line.indexOf(`${closing} `, from)
  if (before >= 0) return before
  return line.endsWith(closing) && line.length - 1 >= from ? line.length - 1 : line.length
}

function ending(line: string, from: number): number {
  const space = line.indexOf(' ', from)
  return space < 0 ? line.length : space
}

/** Unquoted words put together again: the key, the address and the error may hold spaces, too. */
function joined(words: readonly string[]): string[] {
  const isNumber = (word: string | undefined) => word !== undefined && /^(\d+|-)$/.test(word)
  // The status, then one word or more of the error, then four numbers.
  const status = words.findIndex((word, i) => i >= 9 && /^\d{3}$/.test(word))
  const numbers = words.findIndex(
    (_, i) => status > 0 && i >= status + 2 && [0, 1, 2, 3].every((n) => isNumber(words[i + n])),
  )
  if (status < 0 || numbers < 0) throw new Refusal('not a line of an access log')
  const rest = withKeyJoined(words.slice(numbers + 4))
  const agentEnd = Math.max(rest.length - trailing, 1)
  return [
    ...words.slice(0, 7),
    words.slice(7, status - 1).join(' '),
    words[status - 1]!,
    words[status]!,
    words.slice(status + 1, numbers).join(' '),
    ...words.slice(numbers, numbers + 4),
    rest[0] ?? '-',
    rest.slice(1, agentEnd).join(' ') || '-',
    ...rest.slice(agentEnd),
  ]
}

/** The key stands in the ARN before the last word once more, with its spaces. */
function withKeyJoined(words: readonly string[]): readonly string[] {
  const arn = words.findLastIndex((word) => word.startsWith('arn:aws:s3:::'))
  if (arn < 0) return words
  return [...words.slice(0, arn), words.slice(arn, -1).join(' '), ...words.slice(-1)]
}
