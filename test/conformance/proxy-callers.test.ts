// Who called, with another Contrail as the upstream: it verifies signatures, so its verdict is real.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readJournal } from '../../src/journal/read.ts'
import { signRequest } from '../../src/wire/sigv4/sign.ts'
import { startTestProxy, type TestProxy } from '../proxy-process.ts'
import { removeTestServer, startTestServer, type TestServer } from '../server.ts'

let ours: TestServer
let upstream: TestServer
let plain: TestProxy
let signing: TestProxy

beforeAll(async () => {
  ours = await startTestServer()
  upstream = await startTestServer({ env: { CONTRAIL_ACCOUNT: '222222222222' } })
  const { accessKeyId, secret } = upstream.credentials
  const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secret }
  const trusting = ['--trusted-proxies', '10.0.0.0/8 127.0.0.0/8']
  plain = await startTestProxy(ours, upstream.url, { args: ['--name', 'plain', ...trusting] })
  signing = await startTestProxy(ours, upstream.url, { args: ['--name', 'signing', '--sign'], env })
})
afterAll(async () => {
  await Promise.all([plain?.stop(), signing?.stop()])
  for (const server of [ours, upstream]) if (server) await removeTestServer(server)
})

async function whoAmI(
  proxy: TestProxy,
  accessKeyId: string,
  secret: string,
  { forwarded = '', region = 'us-east-1' } = {},
) {
  const url = new URL(proxy.url)
  const body = 'Action=GetCallerIdentity&Version=2011-06-15'
  const headers = signRequest({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body,
    service: 'sts',
    region,
    accessKeyId,
    secret,
    now: Date.now(),
  })
  const sent = { ...headers, ...(forwarded && { 'x-forwarded-for': forwarded }) }
  const answer = await fetch(url, { method: 'POST', headers: sent, body })
  return { status: answer.status, text: await answer.text() }
}

function lastRecord(): Record<string, any> | undefined {
  const { records } = readJournal(join(ours.data, 'journal'), { from: 1, bytesMax: 1 << 26 })
  const proxied = records.filter(({ from }) => from.startsWith('proxy:'))
  return proxied.length > 0 ? JSON.parse(proxied.at(-1)!.record.toString()) : undefined
}

test('what the upstream takes teaches whose a key is', async () => {
  const { accessKeyId, secret } = upstream.credentials
  expect(await whoAmI(plain, accessKeyId, secret)).toMatchObject({ status: 200 })
  await whoAmI(plain, accessKeyId, secret)
  expect(lastRecord()).toMatchObject({
    eventName: 'GetCallerIdentity',
    userIdentity: { type: 'Root', arn: 'arn:aws:iam::222222222222:root', accessKeyId },
    recipientAccountId: '222222222222',
  })
})

test('what the upstream refuses is nobody, whoever is claimed', async () => {
  const { accessKeyId } = upstream.credentials
  const { status } = await whoAmI(plain, accessKeyId, 'a guess')
  expect(status).toBe(403)
  expect(lastRecord()).toMatchObject({
    userIdentity: { type: 'Unknown' },
    errorCode: 'SignatureDoesNotMatch',
    additionalEventData: { claimedAccessKeyId: accessKeyId },
  })
})

test.each([
  { claimed: 'eu-west-1', recorded: 'eu-west-1' },
  { claimed: 'no-where-1', recorded: 'us-east-1' },
])(
  'a refused call that claims $claimed is recorded in $recorded',
  async ({ claimed, recorded }) => {
    const { accessKeyId } = upstream.credentials
    const { status } = await whoAmI(plain, accessKeyId, 'a guess', { region: claimed })
    expect(status).toBe(403)
    expect(lastRecord()).toMatchObject({
      userIdentity: { type: 'Unknown' },
      awsRegion: recorded,
    })
  },
)

test('signed anew: the caller is proven by our own keys, the upstream sees the key of the proxy', async () => {
  const { accessKeyId, secret } = ours.credentials
  const { status, text } = await whoAmI(signing, accessKeyId, secret)
  expect([status, text]).toEqual([200, expect.stringContaining('arn:aws:iam::222222222222:root')])
  expect(lastRecord()).toMatchObject({
    eventName: 'GetCallerIdentity',
    userIdentity: { type: 'Root', arn: 'arn:aws:iam::000000000000:root', accessKeyId },
  })
})

test('signed anew: a caller who is not proven gets nothing', async () => {
  const before = lastRecord()
  const { accessKeyId } = ours.credentials
  expect(await whoAmI(signing, accessKeyId, 'a guess')).toMatchObject({ status: 403 })
  expect(await whoAmI(signing, upstream.credentials.accessKeyId, 'x')).toMatchObject({
    status: 403,
  })
  expect(lastRecord()).toEqual(before)
})

test('what a client is forwarded for counts where the peer is trusted', async () => {
  const forwarded = '198.51.100.7, 203.0.113.9, 10.1.2.3'
  const { accessKeyId, secret } = upstream.credentials
  await whoAmI(plain, accessKeyId, secret, { forwarded })
  expect(lastRecord()).toMatchObject({ sourceIPAddress: '203.0.113.9' })
  await whoAmI(signing, ours.credentials.accessKeyId, ours.credentials.secret, { forwarded })
  expect(lastRecord()).toMatchObject({ sourceIPAddress: '127.0.0.1' })
})

test('what the proxies tell of themselves is in the metrics of the server', async () => {
  // Two were refused before, and told of with this one.
  await whoAmI(signing, ours.credentials.accessKeyId, ours.credentials.secret)
  const text = await (await fetch(`${ours.url}/metrics`)).text()
  const shown = text.split('\n').filter((line) => line.startsWith('contrail_proxy_'))
  expect(shown).toEqual([
    'contrail_proxy_records_total{proxy="plain"} 6',
    'contrail_proxy_records_total{proxy="signing"} 3',
    'contrail_proxy_waiting_calls{proxy="plain"} 0',
    'contrail_proxy_waiting_calls{proxy="signing"} 0',
    'contrail_proxy_calls_not_recorded_total{proxy="plain"} 0',
    'contrail_proxy_calls_not_recorded_total{proxy="signing"} 0',
    'contrail_proxy_refused_total{proxy="plain"} 0',
    'contrail_proxy_refused_total{proxy="signing"} 2',
    'contrail_proxy_upstream_failures_total{proxy="plain"} 0',
    'contrail_proxy_upstream_failures_total{proxy="signing"} 0',
  ])
})
