import { describe, expect, test } from 'vitest'
import { flag, loadConfig, otherS3, variable } from './config.ts'

const file = (text: string) => ({ path: 'contrail.yaml', text })

describe('loadConfig', () => {
  test('has the documented defaults', () => {
    expect(loadConfig({ env: {} })).toMatchObject({
      listen: { host: '127.0.0.1', port: 4590 },
      data: './data',
      account: '000000000000',
      region: 'us-east-1',
      auth: 'sigv4',
      deliveryInterval: 60_000,
      digestInterval: 3600_000,
      lookupRate: 0,
    })
    expect(loadConfig({ env: {} }).regions).toHaveLength(17)
  })

  test('takes the file, then the environment, then flags', () => {
    const text = 'listen: 127.0.0.1:1\nregion: eu-west-1\nlimits:\n  lookupRate: 2\n'
    const env = { CONTRAIL_LISTEN: '127.0.0.1:2', CONTRAIL_DELIVERY_INTERVAL: '2s', HOME: '/root' }
    const flags = { listen: '[::1]:3' }
    expect(loadConfig({ file: file(text), env, flags })).toMatchObject({
      listen: { host: '::1', port: 3 },
      region: 'eu-west-1',
      lookupRate: 2,
      deliveryInterval: 2000,
    })
  })

  test.each([
    { env: { CONTRAIL_LISTN: 'x' }, says: 'did you mean CONTRAIL_LISTEN?' },
    { env: { CONTRAIL_ACCOUNT: '12' }, says: 'account (CONTRAIL_ACCOUNT): expected twelve digits' },
    { env: { CONTRAIL_AUTH: 'none' }, says: 'expected sigv4, or open' },
    { env: { CONTRAIL_LISTEN: 'nowhere' }, says: 'expected host:port' },
    { env: { CONTRAIL_DIGEST_INTERVAL: '20' }, says: 'such as 2s, 5m or 1h' },
    { env: { CONTRAIL_REGION: 'eu-nowhere-9' }, says: 'not among the configured regions' },
    { env: { CONTRAIL_TLS_CERT: 'a.pem' }, says: 'cert and key belong together' },
    { env: { CONTRAIL_S3_ACCESS_KEY_ID: 'AKIA' }, says: 'secretAccessKey belong together' },
    { env: { CONTRAIL_S3_ENDPOINT: 'http://minio:9000' }, says: 's3.endpoint needs' },
    { env: { CONTRAIL_S3_ENDPOINT: 'minio:9000' }, says: 'a URL such as http://minio:9000' },
    { text: 'limits:\n  lookuprate: 2\n', says: 'did you mean limits.lookupRate?' },
    { text: 'account: 000000000012\n', says: 'put it in quotes' },
    { text: 'ingest:\n  feeds:\n    minio: {token: secret}\n', says: 'sha256:' },
    { text: 'ingest:\n  follow:\n    a: {kind: rgw}\n', says: 'one of file, listen and connect' },
    {
      text: 'ingest:\n  follow:\n    a: {kind: rgv, file: f}\n',
      says: 'expected one of kubernetes',
    },
    { text: 'ingest:\n  follow:\n    a: {kind: vault, file: f}\n', says: 'a DNS name' },
    {
      text: 'ingest:\n  follow:\n    a: {kind: rgw, file: f, size: 1}\n',
      says: 'unknown key size',
    },
    {
      text: 'ingest:\n  follow:\n    a: {kind: mapping, file: f, eventSource: a.b, map: {eventTime: "a..b"}}\n',
      says: 'a.map.eventName',
    },
    { text: ': :', says: 'contrail.yaml' },
    {
      text: 'delivery:\n',
      says: 'contrail.yaml: delivery: expected keys such as interval, indented',
    },
    {
      text: 'ingest: {feeds: {a: {token: "TOKEN", accounts: [12]}}}',
      says: 'a.accounts: expected',
    },
    {
      text: 'ingest: {feeds: {a: {token: "TOKEN", regions: [eu-west-1, eu-west]}}}',
      says: 'a.regions: expected a Region such as us-east-1; found eu-west',
    },
    {
      text: 'ingest: {follow: {a: {kind: rgw, file: f, region: here}}}',
      says: 'a.region: expected a Region',
    },
    {
      text: 'capture: {proxies: {minio: {listen: "127.0.0.1:1", upstream: "minio:9000"}}}',
      says: 'minio.upstream: expected a URL',
    },
    {
      text: 'capture: {proxies: {minio: {upstream: "http://minio:9000"}}}',
      says: 'minio.listen: expected host:port such as 127.0.0.1:4590, found nothing',
    },
    { text: 'capture: {keys: {AKIA1: alice}}', says: 'AKIA1: expected ARNs' },
    { env: { CONTRAIL_CAPTURE_KEYS: 'x' }, says: 'capture.keys is read from contrail.yaml only' },
  ])('refuses $env$text: $says', ({ env = {}, text, says }) => {
    const given = text?.replace('TOKEN', `sha256:${'ab'.repeat(32)}`)
    expect(() => loadConfig({ env, file: given ? file(given) : undefined })).toThrow(says)
  })

  test.each([
    's3:\n  - secretAccessKey: hunter2\n',
    's3: hunter2\n',
    's3:\n\tsecretAccessKey: hunter2\n',
    's3: {secretAccessKey: [hunter2]}',
    'capture: {proxies: {a: {listen: "127.0.0.1:1", upstream: "http://me:hunter2@minio"}}}',
    'ingest: {feeds: {a: {token: hunter2}}}',
  ])('tells no secret of a file it refuses: %j', (text) => {
    const refused = () => loadConfig({ env: {}, file: file(text) })
    expect(refused).toThrow(/expected|Tabs/)
    expect(refused).not.toThrow('hunter2')
  })

  test('the token of contrail proxy may be set while other commands run', () => {
    expect(loadConfig({ env: { CONTRAIL_PROXY_TOKEN: 't' } }).region).toBe('us-east-1')
  })

  test('feeds come from the file, tokens as hashes', () => {
    const token = `sha256:${'ab'.repeat(32)}`
    const bound = 'accounts: ["000000000001"], regions: "eu-west-1 eu-west-2"'
    const text = `ingest:\n  feeds:\n    minio: {token: "${token}", ${bound}}\n`
    expect(loadConfig({ env: {}, file: file(text) }).feeds).toEqual([
      {
        name: 'minio',
        tokenHash: 'ab'.repeat(32),
        accounts: ['000000000001'],
        eventSources: undefined,
        regions: ['eu-west-1', 'eu-west-2'],
      },
    ])
  })
})

test('trails deliver to another S3 where there is a key for it', () => {
  expect(otherS3(loadConfig({ env: {} }))).toBeUndefined()
  const key = { CONTRAIL_S3_ACCESS_KEY_ID: 'AKIA', CONTRAIL_S3_SECRET_ACCESS_KEY: 'secret' }
  expect(otherS3(loadConfig({ env: key }))).toEqual({
    region: 'us-east-1',
    pathStyle: false,
    credentials: { accessKeyId: 'AKIA', secret: 'secret' },
    encrypts: true,
  })
  const text =
    's3:\n  endpoint: http://minio:9000\n  region: eu-west-1\n  encryption: false\n  sessionToken: token\n'
  expect(otherS3(loadConfig({ env: key, file: file(text) }))).toEqual({
    endpoint: new URL('http://minio:9000'),
    region: 'eu-west-1',
    pathStyle: true,
    credentials: { accessKeyId: 'AKIA', secret: 'secret', sessionToken: 'token' },
    encrypts: false,
  })
})

test('one name has one variable and one flag', () => {
  expect(variable('limits.lookupRate')).toBe('CONTRAIL_LIMITS_LOOKUP_RATE')
  expect(flag('limits.lookupRate')).toBe('--limits-lookup-rate')
})

test('secrets have no flag, and tables neither flag nor variable', () => {
  const secret = 's3.secretAccessKey'
  expect([variable(secret), flag(secret)]).toEqual(['CONTRAIL_S3_SECRET_ACCESS_KEY', undefined])
  expect([variable('ingest.follow'), flag('ingest.follow')]).toEqual([undefined, undefined])
  const env = { CONTRAIL_INGEST_FOLLOW: '{}' }
  expect(() => loadConfig({ env })).toThrow('CONTRAIL_INGEST_FOLLOW')
})
