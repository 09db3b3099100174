import { describe, expect, test } from 'vitest'
import { atOnce } from '../../../test/at-once.ts'
import type { Adapter, FeedContext } from './adapter.ts'
import { kubernetes } from './kubernetes.ts'
import { mapping } from './mapping.ts'
import { otlp } from './otlp.ts'
import { vault } from './vault.ts'

const context: FeedContext = {
  feed: 'a',
  accountId: '111122223333',
  region: 'eu-west-1',
  eventSource: 'app.example.internal',
  isWhole: true,
  itemBytesMax: 100_000,
  itemsMax: 1_000,
}

function read(adapter: Adapter, bytes: string, more: Partial<FeedContext> = {}) {
  const { records, refused, used } = atOnce(adapter(Buffer.from(bytes), { ...context, ...more }))
  const refusals = refused.map(({ index, reason }) => ({ index, reason }))
  return { records: records.map((one) => JSON.parse(one.toString())), refused: refusals, used }
}

const pod = {
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'RequestResponse',
  auditID: '6d2c1f40-1111-4222-8333-444455556666',
  stage: 'ResponseComplete',
  requestURI: '/api/v1/namespaces/shop/pods',
  verb: 'create',
  user: { username: 'system:serviceaccount:shop:deployer', uid: 'u1', groups: ['g1', 'g2'] },
  impersonatedUser: { username: 'root' },
  sourceIPs: ['203.0.113.9', '10.0.0.7'],
  userAgent: 'kubectl/v1.34',
  objectRef: { resource: 'pods', namespace: 'shop', name: 'web', apiVersion: 'v1' },
  responseStatus: { metadata: {}, code: 201 },
  requestObject: { kind: 'Pod', spec: { containers: [{ image: 'web:1' }] } },
  responseObject: { kind: 'Pod', metadata: { uid: 'p1' } },
  requestReceivedTimestamp: '2026-11-21T04:44:23.123456Z',
  stageTimestamp: '2026-11-21T04:44:24.123456Z',
  annotations: { 'authorization.k8s.io/decision': 'allow' },
}
const listOf = (...items: unknown[]) =>
  JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items })

describe('Kubernetes', () => {
  test('an event is an activity with who, what, from where and how it ended', () => {
    const { records, refused } = read(kubernetes, listOf(pod))
    expect(refused).toEqual([])
    expect(records[0]).toMatchObject({
      eventCategory: 'ActivityAuditLog',
      eventType: 'ActivityLog',
      eventTime: '2026-11-21T04:44:23Z',
      recipientAccountId: '111122223333',
      readOnly: false,
      eventData: {
        eventSource: 'app.example.internal',
        eventName: 'CreatePods',
        UID: '6d2c1f40-1111-4222-8333-444455556666/ResponseComplete',
        sourceIPAddress: '10.0.0.7',
        userIdentity: {
          type: 'ServiceAccount',
          principalId: 'system:serviceaccount:shop:deployer',
          details: { groups: 'g1,g2', impersonatedUser: '{"username":"root"}' },
        },
        requestParameters: { namespace: 'shop', name: 'web', requestObject: { kind: 'Pod' } },
        responseElements: { metadata: { uid: 'p1' } },
        additionalEventData: { decision: 'allow', statusCode: 201 },
      },
    })
    expect(JSON.parse(records[0].eventData.additionalEventData.raw).auditID).toBe(pod.auditID)
  })

  test('only what has ended counts, and malformed items are named', () => {
    const list = listOf(
      { ...pod, stage: 'RequestReceived' },
      { ...pod, auditID: undefined },
      'pod',
      { ...pod, stage: 'Panic', responseStatus: { code: 500, message: 'oops' } },
      { ...pod, requestReceivedTimestamp: 'x' },
    )
    const { records, refused } = read(kubernetes, list)
    expect(records.map((one) => one.eventData.errorCode)).toEqual(['Panic'])
    expect(refused).toEqual([
      { index: 1, reason: 'no auditID' },
      { index: 2, reason: 'not a JSON object' },
      { index: 4, reason: 'no time that can be read' },
    ])
  })

  test.each([
    {
      name: 'ExecPods',
      readOnly: false,
      verb: 'get',
      objectRef: { resource: 'pods', subresource: 'exec' },
    },
    {
      name: 'GetPodsLog',
      readOnly: true,
      verb: 'get',
      objectRef: { resource: 'pods', subresource: 'log' },
    },
    {
      name: 'PatchDeploymentsScale',
      readOnly: false,
      verb: 'patch',
      objectRef: { resource: 'deployments', subresource: 'scale' },
    },
    { name: 'GetNonResource', readOnly: true, verb: 'get', objectRef: undefined },
  ])('$name', ({ name, readOnly, verb, objectRef }) => {
    const { records } = read(kubernetes, JSON.stringify({ ...pod, verb, objectRef }))
    expect(records[0]).toMatchObject({ readOnly, eventData: { eventName: name } })
  })

  test('the bodies of Secrets are not kept, wherever they stand', () => {
    const secret = { kind: 'Secret', apiVersion: 'v1', data: { a: 'aHVudGVyMg==' } }
    const about = {
      ...pod,
      objectRef: { resource: 'secrets' },
      requestObject: secret,
      responseObject: secret,
    }
    const within = { ...pod, requestObject: { kind: 'List', items: [secret] } }
    const token = {
      ...pod,
      responseObject: { kind: 'TokenRequest', status: { token: 'aHVudGVyMg==' } },
    }
    const { records } = read(kubernetes, listOf(about, within, token))
    expect(records).toHaveLength(3)
    expect(JSON.stringify(records)).not.toContain('aHVudGVyMg')
  })
})

const asked = {
  time: '2026-11-21T04:44:23.1Z',
  type: 'request',
  auth: {
    client_token: 'hmac-sha256:c',
    accessor: 'hmac-sha256:a',
    display_name: 'ldap-alice',
    entity_id: 'e1',
    policies: ['default'],
  },
  request: {
    id: 'r1',
    operation: 'update',
    mount_type: 'kv',
    mount_point: 'secret/',
    path: 'secret/data/app',
    client_token: 'hmac-sha256:c',
    data: { data: { pin: 'hmac-sha256:d' } },
    remote_address: '10.0.0.4',
  },
}
const answered = {
  ...asked,
  type: 'response',
  time: '2026-11-21T04:44:23.2Z',
  response: { data: { version: 1 } },
}
const vaultLines = (...entries: object[]) =>
  entries.map((one) => `${JSON.stringify(one)}\n`).join('')

describe('Vault', () => {
  test('request and response are one record', () => {
    const { records, refused, used } = read(vault, vaultLines(asked, answered), { isWhole: false })
    expect(refused).toEqual([])
    expect(used).toBe(vaultLines(asked, answered).length)
    expect(records).toHaveLength(1)
    expect(records[0]).toMatchObject({
      readOnly: false,
      eventData: {
        eventName: 'UpdateKv',
        UID: 'r1',
        sourceIPAddress: '10.0.0.4',
        userIdentity: {
          type: 'VaultToken',
          principalId: 'e1',
          details: { displayName: 'ldap-alice' },
        },
        requestParameters: { path: 'secret/data/app', data: { data: { pin: 'hmac-sha256:d' } } },
        responseElements: { data: { version: 1 } },
      },
    })
  })

  test('a request waits for its response, but not for ever', () => {
    const first = vaultLines(asked)
    const waiting = read(vault, first, { isWhole: false })
    expect(waiting).toEqual({ records: [], refused: [], used: 0 })
    const other = { ...answered, request: { ...asked.request, id: 'r2' } }
    expect(read(vault, first + vaultLines(other), { isWhole: false })).toMatchObject({ used: 0 })
    const later = { ...other, time: '2026-11-21T04:46:00Z' }
    for (const text of [first + vaultLines(later), first]) {
      const { records, used } = read(vault, text, { isWhole: text === first })
      expect(records[0].eventData).toMatchObject({
        UID: 'r1/request',
        additionalEventData: { stage: 'request' },
      })
      expect(used).toBe(text.length)
    }
  })

  test('a refusal has its reason, and what the device wrote unhashed is hidden', () => {
    const denied = {
      ...answered,
      error: '1 error occurred: * permission denied',
      response: undefined,
    }
    const plain = {
      ...answered,
      auth: { ...asked.auth, client_token: 'hvs.hunter2' },
      request: { ...asked.request, data: { pin: 'hunter2' } },
    }
    const { records } = read(vault, vaultLines(denied, plain, { type: 'response' }))
    expect(records[0].eventData.errorCode).toBe('AccessDenied')
    expect(JSON.stringify(records)).not.toContain('hunter2')
  })
})

const logs = {
  resourceLogs: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeLogs: [
        {
          scope: { name: 'audit', version: '1' },
          logRecords: [
            {
              timeUnixNano: '1795236263123456789',
              eventName: 'invoice.deleted',
              severityText: 'INFO',
              body: { kvlistValue: { values: [{ key: 'id', value: { intValue: '7' } }] } },
              attributes: [
                { key: 'user.id', value: { stringValue: 'alice' } },
                { key: 'client.address', value: { stringValue: '10.0.0.5' } },
                { key: 'auth.token', value: { stringValue: 'hunter2' } },
                { key: 'tags', value: { arrayValue: { values: [{ boolValue: true }, {}] } } },
              ],
            },
            { timeUnixNano: '0', body: { stringValue: 'no name' } },
            5,
          ],
        },
      ],
    },
  ],
}

describe('OpenTelemetry', () => {
  test('log records by the usual attributes', () => {
    const { records, refused } = read(otlp, JSON.stringify(logs))
    expect(records[0]).toMatchObject({
      eventTime: new Date(1795236263000).toISOString().replace('.000', ''),
      eventData: {
        eventName: 'invoice.deleted',
        userIdentity: { type: 'User', principalId: 'alice' },
        sourceIPAddress: '10.0.0.5',
        requestParameters: { tags: [true, null] },
      },
    })
    expect(refused.map(({ index }) => index)).toEqual([1, 2])
    expect(JSON.stringify(records)).not.toContain('hunter2')
  })

  test("and by the feed's own map", () => {
    const map = {
      eventName: 'body.id',
      principalId: 'resource["service.name"]',
      principalType: '=Service',
    }
    const { records } = read(otlp, JSON.stringify(logs), { map })
    expect(records[0].eventData).toMatchObject({
      eventName: '7',
      userIdentity: { type: 'Service', principalId: 'shop' },
    })
  })
})

describe('a map', () => {
  const map = {
    items: 'events',
    eventID: 'id',
    eventTime: 'when.at',
    eventName: 'action[0]',
    principalId: 'who["e.mail"]',
    readOnly: '=true',
    requestParameters: 'args',
  }
  const sent = (at: unknown) => ({
    events: [
      {
        id: 1,
        when: { at },
        action: ['Pay'],
        who: { 'e.mail': 'a@b' },
        args: { password: 'hunter2', sum: 3 },
      },
    ],
  })

  test.each([1795236263, 1795236263000, '1795236263', '2026-11-21 06:04:23', '1795236263123456'])(
    'reads a time such as %s',
    (at) => {
      const { records } = read(mapping, JSON.stringify(sent(at)), { map })
      expect(Date.parse(records[0].eventTime)).toBeGreaterThan(Date.parse('2026-11-21T00:00:00Z'))
    },
  )

  test('finds the fields of a record, and hides secrets', () => {
    const { records } = read(mapping, JSON.stringify(sent(1795236263)), { map })
    expect(records[0]).toMatchObject({
      readOnly: true,
      eventData: {
        UID: '1',
        eventName: 'Pay',
        userIdentity: { principalId: 'a@b' },
        requestParameters: { sum: 3 },
      },
    })
    expect(JSON.stringify(records)).not.toContain('hunter2')
  })

  test('that finds no time or name makes no record', () => {
    const { refused } = read(mapping, JSON.stringify([{ events: [{}] }, { a: 1 }]), { map })
    expect(refused).toEqual([
      { index: 0, reason: 'no time that can be read' },
      { index: 1, reason: 'no time that can be read' },
    ])
  })
})
