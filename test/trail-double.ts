// As much of S3 and CloudTrail as `aws cloudtrail validate-logs` and `contrail verify` ask, over objects in memory.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pkcs1Der } from '../src/digest/public-key.ts'
import type { Signer, TestObject } from './digest-chain.ts'

export type TrailDouble = Readonly<{
  url: string
  /** By bucket and key. */
  buckets: Map<string, Map<string, TestObject>>
  signers: Signer[]
  /** Asked before each request; true answers it with 503. */
  fails: { next: (url: URL) => boolean }
  close(): Promise<void>
}>

/** Each answer comes after `latencyMs`, as from a server that is not on this machine. */
export async function startTrailDouble(
  signers: readonly Signer[],
  latencyMs = 0,
): Promise<TrailDouble> {
  const buckets: TrailDouble['buckets'] = new Map()
  const state = { buckets, signers: [...signers], fails: { next: () => false } }
  const server = createServer((request, response) => {
    request.resume()
    const reply = () => answer(state, request, response)
    request.on('end', () => (latencyMs > 0 ? setTimeout(reply, latencyMs) : reply()))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done())
      server.closeAllConnections()
    })
  return { ...state, url, close }
}

type State = Pick<TrailDouble, 'buckets' | 'signers' | 'fails'>

function answer(state: State, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url!, 'http://localhost')
  if (state.fails.next(url)) {
    response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>')
  } else if (request.headers['x-amz-target']) {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(JSON.stringify({ PublicKeyList: state.signers.map(listedKey) }))
  } else {
    answerS3(state, url, request, response)
  }
}

function listedKey({ publicKey, fingerprint }: Signer) {
  const { validFrom = 1_700_000_000_000, validUntil = 1_900_000_000_000 } = publicKey
  return {
    Value: pkcs1Der(publicKey.key).toString('base64'),
    Fingerprint: fingerprint,
    ValidityStartTime: validFrom / 1000,
    ValidityEndTime: validUntil / 1000,
  }
}

function answerS3(
  state: State,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const [, bucket = '', ...segments] = url.pathname.split('/').map(decodeURIComponent)
  const objects = state.buckets.get(bucket)
  const key = segments.join('/')
  if (!objects) {
    refuse(response, 404, 'NoSuchBucket')
  } else if (url.searchParams.has('location')) {
    response.end('<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>')
  } else if (key === '') {
    response.end(listing(objects, url.searchParams))
  } else {
    answerObject(objects.get(key), request, response)
  }
}

function answerObject(
  object: TestObject | undefined,
  request: IncomingMessage,
  response: ServerResponse,
) {
  if (!object) {
    refuse(response, 404, 'NoSuchKey')
    return
  }
  const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]
  const body = from === undefined ? object.body : object.body.subarray(Number(from))
  for (const [name, value] of Object.entries(object.metadata ?? {})) {
    response.setHeader(`x-amz-meta-${name}`, value)
  }
  response.setHeader('content-encoding', 'gzip')
  response.setHeader('content-length', body.length)
  response.writeHead(from === undefined ? 200 : 206).end(body)
}

function listing(objects: Map<string, TestObject>, query: URLSearchParams): string {
  const v2 = query.get('list-type') === '2'
  const after = query.get(v2 ? 'start-after' : 'marker') ?? ''
  const prefix = query.get('prefix') ?? ''
  const all = [...objects.keys()].sort().filter((key) => key.startsWith(prefix) && key > after)
  const page = all.slice(0, 1000)
  const contents = page.map((key) => `<Contents><Key>${encodeURIComponent(key)}</Key></Contents>`)
  return (
    '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
    `<IsTruncated>${page.length < all.length}</IsTruncated><EncodingType>url</EncodingType>` +
    `${contents.join('')}</ListBucketResult>`
  )
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status).end(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`)
}
