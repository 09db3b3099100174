// Requests signed by AWS's own signer, and aws-chunked bodies framed by hand: nothing here shares code
// with src/wire/sigv4, so that the two can only agree by both being right.
import { createHash, createHmac } from 'node:crypto'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'

export type Sent = {
  head: { method: string; target: string; rawHeaders: string[] }
  body: Buffer
}

export type Draft = Readonly<{
  method?: string
  /** As a client sends it: percent-encoded once. */
  path?: string
  query?: Record<string, string | string[]>
  headers?: Record<string, string>
  body?: Buffer
  service: string
  region?: string
  at: number
  accessKeyId?: string
  secret: string
  sessionToken?: string
  /** Send x-amz-content-sha256, as S3 and the JavaScript SDK do. */
  stateHash?: boolean
  presignSeconds?: number
}>

export const host = 'localhost:4590'

/** Signs with @smithy/signature-v4; `spell` writes the query the way some client would. */
export async function signed(draft: Draft, spell = spellStrictly): Promise<Sent> {
  const { service, region = 'us-east-1', secret, sessionToken, body = Buffer.alloc(0) } = draft
  const signer = new SignatureV4({
    service,
    region,
    sha256: Sha256,
    uriEscapePath: service !== 's3',
    applyChecksum: draft.stateHash ?? true,
    credentials: {
      accessKeyId: draft.accessKeyId ?? 'AKIDEXAMPLE',
      secretAccessKey: secret,
      sessionToken,
    },
  })
  const request = {
    method: draft.method ?? 'POST',
    protocol: 'http:',
    hostname: 'localhost',
    path: draft.path ?? '/',
    query: draft.query ?? {},
    headers: { host, ...draft.headers },
    body,
  }
  const signingDate = new Date(draft.at)
  const result =
    draft.presignSeconds === undefined
      ? await signer.sign(request, { signingDate })
      : await signer.presign(request, { signingDate, expiresIn: draft.presignSeconds })
  const query = spell(result.query as Record<string, string | string[]>)
  return {
    head: {
      method: result.method,
      target: result.path + (query && `?${query}`),
      rawHeaders: Object.entries(result.headers).flat(),
    },
    body,
  }
}

export function spellStrictly(query: Record<string, string | string[]>): string {
  return spellQuery(query, escapeStrictly)
}

/** As HTML forms and many HTTP libraries write it: a plus for a space, `!'()*` as they are. */
export function spellAsForm(query: Record<string, string | string[]>): string {
  return spellQuery(query, (text) => encodeURIComponent(text).replaceAll('%20', '+'))
}

function spellQuery(
  query: Record<string, string | string[]>,
  spell: (text: string) => string,
): string {
  return Object.entries(query)
    .reverse()
    .flatMap(([name, values]) => [values].flat().map((value) => `${spell(name)}=${spell(value)}`))
    .join('&')
}

export function escapeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

export type Chunking = Readonly<{
  chunks: readonly Buffer[]
  /** Signs each chunk when given; the head's signature begins the chain. */
  signer?: Readonly<{
    secret: string
    timestamp: string
    region: string
    service: string
    seed: string
  }>
  trailer?: readonly [name: string, value: string]
  /** S3's documented form of signed trailers in place of plain lines. */
  bareLineFeeds?: boolean
}>

/** An aws-chunked body. */
export function encodeChunked({ chunks, signer, trailer, bareLineFeeds }: Chunking): Buffer {
  let previous = signer?.seed ?? ''
  const hash = (data: string | Buffer) => createHash('sha256').update(data).digest('hex')
  const prove = (kind: string, hashes: string[]) => {
    const { secret, timestamp, region, service } = signer!
    const date = timestamp.slice(0, 8)
    let key: string | Buffer = `AWS4${secret}`
    for (const part of [date, region, service, 'aws4_request']) {
      key = createHmac('sha256', key).update(part).digest()
    }
    const scope = `${date}/${region}/${service}/aws4_request`
    const text = [`AWS4-HMAC-SHA256-${kind}`, timestamp, scope, previous, ...hashes].join('\n')
    previous = createHmac('sha256', key).update(text).digest('hex')
    return previous
  }
  const out: Buffer[] = []
  for (const chunk of [...chunks.filter((c) => c.length > 0), Buffer.alloc(0)]) {
    const proof = signer ? `;chunk-signature=${prove('PAYLOAD', [hash(''), hash(chunk)])}` : ''
    out.push(Buffer.from(`${chunk.length.toString(16)}${proof}\r\n`))
    if (chunk.length > 0) out.push(chunk, Buffer.from('\r\n'))
  }
  if (trailer) {
    const line = trailer.join(':')
    out.push(Buffer.from(bareLineFeeds ? `${line}\n\r\n` : `${line}\r\n`))
    if (signer) {
      const proof = prove('TRAILER', [hash(`${line}\n`)])
      out.push(Buffer.from(`x-amz-trailer-signature:${proof}\r\n`))
    }
  }
  out.push(Buffer.from('\r\n'))
  return Buffer.concat(out)
}

/** A body as it may arrive: in pieces of any size. */
export async function* inPieces(body: Buffer, size = body.length || 1): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size)
}

export async function whole(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of source) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** A checksum as S3 writes it, by the definition: one bit after the other. */
export function checksumByDefinition(name: string, data: Buffer): string {
  if (/sha/.test(name)) {
    return createHash(name.replace('x-amz-checksum-', '')).update(data).digest('base64')
  }
  const [bits, polynomial] = {
    'x-amz-checksum-crc32': [32n, 0xedb88320n],
    'x-amz-checksum-crc32c': [32n, 0x82f63b78n],
    'x-amz-checksum-crc64nvme': [64n, 0x9a6c9329ac4bc9b5n],
  }[name]! as [bigint, bigint]
  const ones = (1n << bits) - 1n
  let value = ones
  for (const byte of data) {
    value ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n
  }
  const hex = (value ^ ones).toString(16).padStart(Number(bits) / 4, '0')
  return Buffer.from(hex, 'hex').toString('base64')
}
