import { describe, expect, test } from 'vitest'
import { StorageError } from '../errors.ts'
import { loadModel } from '../gen/load.ts'
import type { Entry } from '../journal/contract.ts'
import type { ApiCall, Principal, Service } from '../operation.ts'
import { ownRecord, recordCalls } from './own-api.ts'

const now = Date.parse('2026-11-21T04:44:23.987Z')
const iam: Service = {
  model: loadModel('iam'),
  eventSource: 'iam.amazonaws.com',
  global: true,
  operations: {},
  services: undefined,
}
const trail: Service = {
  model: loadModel('cloudtrail'),
  eventSource: 'cloudtrail.amazonaws.com',
  operations: {},
  services: undefined,
}
const root: Principal = {
  type: 'Root',
  accountId: '000000000000',
  arn: 'arn:aws:iam::000000000000:root',
  principalId: '000000000000',
  accessKeyId: 'AKIAROOTROOTROOTROOT',
}
const alice: Principal = {
  type: 'IAMUser',
  accountId: '000000000000',
  arn: 'arn:aws:iam::000000000000:user/alice',
  principalId: 'AIDAALICEALICEALICEA',
  userName: 'alice',
  accessKeyId: 'AKIAALICEALICEALICEA',
}

function call(changes: Partial<ApiCall> & { operation: string }): ApiCall {
  const service = changes.service ?? iam
  return {
    requestId: 'request-1',
    service,
    model: service.model.operations[changes.operation],
    access: 'write',
    category: 'Management',
    region: service.global ? 'us-east-1' : 'eu-west-1',
    accountId: '000000000000',
    startedAt: now,
    sourceIp: '192.0.2.7',
    userAgent: 'aws-cli/2',
    host: '127.0.0.1:4590',
    principal: root,
    signature: 'AuthHeader',
    ...changes,
  }
}

/** As it is written: members that are absent stay away. */
function written(given: ApiCall): Record<string, unknown> {
  return JSON.parse(JSON.stringify(ownRecord(given, 'event-1', now)))
}

const common = {
  eventVersion: '1.11',
  eventTime: '2026-11-21T04:44:23Z',
  sourceIPAddress: '192.0.2.7',
  userAgent: 'aws-cli/2',
  requestID: 'request-1',
  eventID: 'event-1',
  eventType: 'AwsApiCall',
  managementEvent: true,
  recipientAccountId: '000000000000',
  eventCategory: 'Management',
  tlsDetails: { clientProvidedHostHeader: '127.0.0.1:4590' },
}
const { type, principalId, arn, accountId, accessKeyId } = root
const rootIdentity = { type, principalId, arn, accountId, accessKeyId }

describe('the record of a call', () => {
  test('that changes something, in the order CloudTrail writes its members', () => {
    const CreateDate = new Date('2026-11-21T04:44:23Z')
    const made = written(
      call({
        operation: 'CreateAccessKey',
        input: { UserName: 'alice' },
        output: {
          AccessKey: {
            UserName: 'alice',
            AccessKeyId: 'AKIANEW',
            Status: 'Active',
            SecretAccessKey: 'never-written',
            CreateDate,
          },
        },
      }),
    )
    expect(made).toEqual({
      ...common,
      userIdentity: rootIdentity,
      eventSource: 'iam.amazonaws.com',
      eventName: 'CreateAccessKey',
      awsRegion: 'us-east-1',
      requestParameters: { userName: 'alice' },
      responseElements: {
        accessKey: {
          userName: 'alice',
          accessKeyId: 'AKIANEW',
          status: 'Active',
          createDate: 'Nov 21, 2026, 4:44:23 AM',
        },
      },
      readOnly: false,
    })
    expect(Object.keys(made)).toEqual(
      (
        'eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent ' +
        'requestParameters responseElements requestID eventID readOnly eventType managementEvent ' +
        'recipientAccountId eventCategory tlsDetails'
      ).split(' '),
    )
  })

  test('that only reads, by a user, in its own Region', () => {
    const input = { LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'x' }] }
    const given = call({
      operation: 'LookupEvents',
      service: trail,
      access: 'read',
      principal: alice,
    })
    expect(written({ ...given, input, output: { Events: [] } })).toMatchObject({
      userIdentity: { type: 'IAMUser', userName: 'alice', principalId: 'AIDAALICEALICEALICEA' },
      awsRegion: 'eu-west-1',
      requestParameters: {
        lookupAttributes: [{ attributeKey: 'EventName', attributeValue: 'x' }],
      },
      responseElements: null,
      readOnly: true,
    })
  })

  test.each([
    { code: 'NoSuchEntity', errorCode: 'NoSuchEntityException', service: iam },
    { code: 'AccessDenied', errorCode: 'AccessDenied', service: iam },
    { code: 'AccessDeniedException', errorCode: 'AccessDenied', service: trail },
    { code: 'InvalidTimeRangeException', errorCode: 'InvalidTimeRangeException', service: trail },
  ])('that failed with $code', ({ code, errorCode, service }) => {
    const operation = service === iam ? 'GetUser' : 'LookupEvents'
    const error = { code, message: 'It was not to be.' }
    expect(written(call({ operation, service, input: {}, error }))).toMatchObject({
      errorCode,
      errorMessage: 'It was not to be.',
      requestParameters: null,
      responseElements: null,
    })
  })

  test('whose signature was refused names nobody', () => {
    const error = { code: 'SignatureDoesNotMatch', message: 'no' }
    const claimedAccessKeyId = 'AKIAALICEALICEALICEA'
    const given = call({ operation: 'ListUsers', principal: undefined, claimedAccessKeyId, error })
    expect(written(given)).toMatchObject({
      userIdentity: { type: 'Unknown' },
      additionalEventData: { claimedAccessKeyId, AuthenticationMethod: 'AuthHeader' },
    })
    expect(written(given)['userIdentity']).toEqual({ type: 'Unknown' })
  })

  test('says nothing of a signature where there was none', () => {
    const error = { code: 'MissingAuthenticationToken', message: 'no' }
    const given = { operation: 'ListUsers', principal: undefined, signature: undefined, error }
    expect(written(call(given))).not.toHaveProperty('additionalEventData')
  })

  test('does not keep a secret that somebody sent in the place of a key id', () => {
    const error = { code: 'InvalidClientTokenId', message: 'no' }
    const claimedAccessKeyId = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
    const given = call({ operation: 'ListUsers', principal: undefined, claimedAccessKeyId, error })
    expect(JSON.stringify(written(given))).not.toContain('wJalr')
  })

  test('is bounded: texts are cut, parameters over 100 KB left out', () => {
    const made = written(
      call({
        operation: 'PutUserPolicy',
        userAgent: 'é'.repeat(2_000),
        input: { UserName: 'alice', PolicyName: 'p', PolicyDocument: 'x'.repeat(200_000) },
      }),
    )
    expect(made['userAgent']).toBe('é'.repeat(512))
    expect(made['requestParameters']).toBeNull()
  })
})

describe('keeping it', () => {
  type Steps = { unready?: Error; commit?: Error; append?: Error }

  function recorder({ unready, commit, append }: Steps) {
    const steps: string[] = []
    const complete = recordCalls({
      journal: {
        synced: 41,
        ready: async () => {
          if (unready) throw unready
        },
        append: async (entries: readonly Entry[]) => {
          steps.push(`append ${JSON.parse(entries[0]!.record.toString()).eventName}`)
          if (append) throw append
          return { seqs: [42] }
        },
      },
      state: {
        commit: async (_, entry) => {
          steps.push(`commit after ${entry!.after}`)
          if (commit) throw commit
        },
        settleOutbox: async (ids) => void steps.push(`settle ${ids}`),
      },
      outbox: { retry: ({ eventID }) => void steps.push(`retry ${eventID}`) },
      ids: { uuid: () => 'event-1', unique: String, secret: String },
      clock: { now: () => now, after: () => () => undefined },
    })
    return { steps, complete }
  }
  const dirty = { dirty: true } as any
  const clean = { dirty: false } as any
  const given = call({ operation: 'CreateUser', input: { UserName: 'alice' } })

  test('a read goes to the journal', async () => {
    const { steps, complete } = recorder({})
    await complete(given, clean)
    expect(steps).toEqual(['append CreateUser'])
  })

  test('a change and its record are committed together first', async () => {
    const { steps, complete } = recorder({})
    await complete(given, dirty)
    expect(steps).toEqual(['commit after 41', 'append CreateUser', 'settle event-1'])
  })

  test('a change is refused before it is made while the journal takes nothing', async () => {
    const { steps, complete } = recorder({ unready: new StorageError('disk full', 'low') })
    await expect(complete(given, dirty)).rejects.toThrow('low')
    expect(steps).toEqual([])
  })

  test('a change that is refused leaves no record', async () => {
    const { steps, complete } = recorder({ commit: new StorageError('disk full', 'full') })
    await expect(complete(given, dirty)).rejects.toThrow('full')
    expect(steps).toEqual(['commit after 41'])
  })

  test('what a service did in its course is committed and kept with it', async () => {
    const committed: Record<string, unknown>[] = []
    const effects = () => [{ eventName: 'DeletePart', requestParameters: { a: 1 }, resources: [] }]
    const all = recordCalls({
      journal: { synced: 1, ready: async () => {}, append: async () => ({ seqs: [] }) },
      state: {
        commit: async (_, ...entries) => {
          committed.push(...entries.map(({ record }) => JSON.parse(record.toString())))
        },
        settleOutbox: async () => undefined,
      },
      outbox: { retry: () => undefined },
      ids: { uuid: () => `event-${committed.length}`, unique: String, secret: String },
      clock: { now: () => now, after: () => () => undefined },
    })
    const effective = { ...given, service: { ...given.service, effects } }
    await all(effective, dirty)
    expect(committed).toMatchObject([
      { eventName: 'CreateUser', eventType: 'AwsApiCall' },
      {
        eventName: 'DeletePart',
        eventType: 'AwsServiceEvent',
        requestParameters: { a: 1 },
        responseElements: null,
        requestID: given.requestId,
        userIdentity: committed[0]!['userIdentity'],
      },
    ])
  })

  test('a record that the journal does not take is brought later, and the caller not told success', async () => {
    const { steps, complete } = recorder({ append: new StorageError('i/o error', 'broken') })
    await expect(complete(given, dirty)).rejects.toThrow(StorageError)
    expect(steps).toEqual(['commit after 41', 'append CreateUser', 'retry event-1'])
  })
})
