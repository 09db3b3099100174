import { limits } from '../../../src/limits.ts'
import { decodeUnverified, readClaim, verify } from '../../../src/wire/sigv4/verify.ts'
import { inPieces } from '../../sigv4/independent.ts'
import type { Target } from '../fuzzer.ts'
import { refusal } from './refusal.ts'

const credential = 'AKIDEXAMPLE/20261121/us-east-1/s3/aws4_request'
const now = Date.UTC(2026, 10, 21, 4, 44, 23)
const signature = 'ab'.repeat(32)
const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${signature}`

/** A head from text: the request line, then a header a line. */
function parseHead(text: string) {
  const [requestLine = '', ...lines] = text.split('\n')
  const [method = '', target = ''] = requestLine.split(' ')
  const rawHeaders = lines.flatMap((line) => line.split(/:(.*)/s).slice(0, 2))
  return { method, target, rawHeaders: rawHeaders.length % 2 ? rawHeaders.slice(1) : rawHeaders }
}

const options = {
  credential: {
    secret: 'secret',
    active: true,
    principal: {
      type: 'Root' as const,
      accountId: '000000000000',
      arn: 'arn:aws:iam::000000000000:root',
      principalId: '000000000000',
      accessKeyId: 'AKIDEXAMPLE',
    },
  },
  now,
  expect: { regions: ['us-east-1'] },
  limits,
}

/** Nothing forged is ever taken: the fuzzer does not know the secret. */
export const sigv4Claim: Target = {
  name: 'sigv4-claim',
  seeds: [
    `GET /b/k?a=1\nhost:h\nx-amz-date:20261121T044423Z\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nauthorization:${authorization}`,
    `POST /\nhost:h\ndate:Sat, 21 Nov 2026 04:44:23 GMT\nx-amz-security-token:x\nauthorization:${authorization.replace('s3', 'iam')}`,
    `GET /a//../%20?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(credential)}&X-Amz-Date=20261121T044423Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=${signature}\nhost:h`,
  ],
  tokens: [
    'AWS4-HMAC-SHA256 ',
    'Credential=',
    ', SignedHeaders=',
    ', Signature=',
    'aws4_request',
    '/',
    ';',
    'host;',
    '\nx-amz-a:b',
    '\nauthorization:',
    '&X-Amz-Date=',
    '&X-Amz-Expires=',
    '&X-Amz-Security-Token=',
    '%',
    '%2F',
    '+',
    ' ',
    '\t',
    '&',
    '=',
    '..',
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    '\nx-amz-trailer:x-amz-checksum-crc32',
    '\nx-amz-decoded-content-length:5',
    'Thu, 01 Jan 1970 00:00:00 GMT',
  ],
  run(input) {
    const head = parseHead(input.toString('latin1'))
    try {
      const claim = readClaim(head)
      verify(head, claim, options)
      if (claim!.service === 's3') throw new Error('a forged signature was taken')
      return 'the body decides'
    } catch (error) {
      if ((error as Error).message.length > 2000) throw new Error('repeats the request')
      return refusal(error)
    }
  },
}

const framings = [
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'UNSIGNED-PAYLOAD',
]

/** The first byte chooses the framing and the size of the pieces; the bytes given out never depend on the latter. */
export const sigv4Chunked: Target = {
  name: 'sigv4-chunked',
  seeds: [
    '\x005\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n',
    `\x015;chunk-signature=${signature}\r\nhello\r\n0;chunk-signature=${signature}\r\nx-amz-checksum-crc32:NhCmhg==\n\r\nx-amz-trailer-signature:${signature}\r\n\r\n`,
    `\x025;chunk-signature=${signature}\r\nhello\r\n0;chunk-signature=${signature}\r\n\r\n`,
    '\x03hello',
  ],
  tokens: [
    '\r\n',
    '\n',
    '0\r\n',
    '1\r\na\r\n',
    'ffffffffffff\r\n',
    ';chunk-signature=',
    signature,
    'x-amz-checksum-crc32:',
    'x-amz-trailer-signature:',
    'AAAAAA==',
    '0',
  ],
  async run(input) {
    const choice = input[0] ?? 0
    const framing = framings[choice & 3]!
    const trailer = framing.endsWith('TRAILER') ? ['x-amz-trailer', 'x-amz-checksum-crc32'] : []
    const rawHeaders = ['x-amz-content-sha256', framing, ...trailer]
    const { decodeBody } = decodeUnverified({ method: 'PUT', target: '/', rawHeaders })
    const body = input.subarray(1)
    const decode = async (pieceBytes: number) => {
      const given: Buffer[] = []
      try {
        for await (const bytes of decodeBody(inPieces(body, pieceBytes))) given.push(bytes)
        return { outcome: 'decoded', bytes: Buffer.concat(given) }
      } catch (error) {
        return { outcome: refusal(error), bytes: Buffer.concat(given) }
      }
    }
    const atOnce = await decode(body.length || 1)
    const inSmall = await decode(1 + (choice >> 2))
    if (atOnce.outcome !== inSmall.outcome || !atOnce.bytes.equals(inSmall.bytes)) {
      throw new Error('the size of the pieces changes what is read')
    }
    if (atOnce.bytes.length > body.length) throw new Error('more bytes out than in')
    return `${framing} ${atOnce.outcome}`
  },
}
