import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { atOnce } from '../../test/at-once.ts'
import { kubernetesEvent } from '../../test/feed-samples.ts'
import { ocsfFaults } from '../../test/ocsf-class.ts'
import { sampleEvent } from '../../test/sample-events.ts'
import { kubernetes } from '../capture/feeds/kubernetes.ts'
import { ocsfEvent } from './ocsf.ts'

const now = Date.UTC(2026, 10, 21, 12)
const event = (members: object): any => ocsfEvent(JSON.stringify(sampleEvent(now, { ...members })))

test('an event, mapped', () => {
  const record = JSON.stringify(
    sampleEvent(now, {
      requestID: 'r1',
      userAgent: 'aws-cli',
      errorCode: 'AccessDenied',
      errorMessage: 'no',
      requestParameters: { a: 1 },
      tlsDetails: { tlsVersion: 'TLSv1.3' },
      resources: [{ ARN: 'arn:aws:s3:::b', type: 'AWS::S3::Bucket', accountId: '111122223333' }],
    }),
  )
  expect(JSON.parse(JSON.stringify(ocsfEvent(record)))).toMatchObject({
    activity_name: 'Create',
    type_uid: 600_301,
    time: now,
    status: 'Failure',
    status_code: 'AccessDenied',
    status_detail: 'no',
    metadata: { version: '1.3.0', event_code: 'AwsApiCall', log_version: '1.11' },
    actor: {
      user: { type_id: 1, name: 'alice', credential_uid: 'AKIAALICE0000000000A' },
    },
    api: {
      operation: 'RunInstances',
      service: { name: 'ec2.amazonaws.com' },
      request: { uid: 'r1', data: { a: 1 } },
      response: { error: 'AccessDenied', error_message: 'no' },
    },
    src_endpoint: { ip: '192.0.2.7' },
    http_request: { user_agent: 'aws-cli' },
    resources: [{ uid: 'arn:aws:s3:::b', type: 'AWS::S3::Bucket' }],
    cloud: { provider: 'AWS', region: 'us-east-1', account: { uid: '111122223333' } },
    unmapped: { tlsDetails: { tlsVersion: 'TLSv1.3' } },
    raw_data: record,
  })
})

describe('activity', () => {
  test.each([
    ['DescribeInstances', undefined, 2],
    ['AssumeRole', true, 2],
    ['CreateBucket', false, 1],
    ['PutObject', false, 3],
    ['DeleteObject', false, 4],
    ['TerminateInstances', false, 4],
    ['ConsoleLogin', false, 99],
    ['', false, 0],
  ])('%s, readOnly %s: %i', (eventName, readOnly, id) => {
    expect(event({ eventName, readOnly })).toMatchObject({ activity_id: id })
  })
})

describe('source', () => {
  test.each([
    ['2001:db8::1', { ip: '2001:db8::1' }],
    ['ec2.amazonaws.com', { domain: 'ec2.amazonaws.com' }],
    ['AWS Internal', { name: 'AWS Internal' }],
    [undefined, { name: 'Unknown' }],
  ])('%s', (sourceIPAddress, endpoint) => {
    expect(event({ sourceIPAddress }).src_endpoint).toMatchObject(endpoint)
  })
})

test('what another system did has its own name, user and outcome', () => {
  const bytes = Buffer.from(JSON.stringify(kubernetesEvent))
  const feed = { feed: 'a', accountId: '111122223333', region: 'eu-west-1', isWhole: true }
  const bounds = { itemBytesMax: 1e5, itemsMax: 10 }
  const context = { ...feed, ...bounds, eventSource: 'k8s.example.internal' }
  const { records } = atOnce(kubernetes(bytes, context))
  const made = JSON.parse(JSON.stringify(ocsfEvent(records[0]!.toString())))
  expect(ocsfFaults(made)).toEqual([])
  expect(made).toMatchObject({
    activity_name: 'Create',
    status_code: 'Forbidden',
    actor: { user: { type: 'ServiceAccount', name: 'system:serviceaccount:shop:deployer' } },
    api: { operation: 'CreatePods', service: { name: 'k8s.example.internal' } },
    src_endpoint: { ip: '10.0.0.7' },
    cloud: { provider: 'Unknown' },
    unmapped: { UID: expect.any(String) },
  })
  expect(made.unmapped).not.toHaveProperty('eventData')
})

test('a record longer than a text of OCSF may be is in its members only', () => {
  const long = JSON.stringify(sampleEvent(now, { requestParameters: { a: 'x'.repeat(70_000) } }))
  const made = JSON.parse(JSON.stringify(ocsfEvent(long)))
  expect(ocsfFaults(made)).toEqual([])
  expect(made).not.toHaveProperty('raw_data')
  expect(made.api.request.data.a).toHaveLength(70_000)
})

test('a failed sign-in is a failure', () => {
  const signIn = {
    eventType: 'AwsConsoleSignIn',
    eventName: 'ConsoleLogin',
    responseElements: { ConsoleLogin: 'Failure' },
  }
  expect(event(signIn)).toMatchObject({ status: 'Failure' })
})

// Members that exist, with values of any type; and members that nobody knows.
const members = Object.keys(sampleEvent(now)).concat(
  'requestParameters',
  'responseElements',
  'resources',
  'requestID',
  'vpcEndpointId',
  'errorCode',
)
const records = fc.dictionary(fc.oneof(fc.constantFrom(...members), fc.string()), fc.jsonValue())

test('whatever a record holds or lacks, the event has what the class requires', () => {
  fc.assert(
    fc.property(records, (record) => {
      const line = JSON.stringify(ocsfEvent(JSON.stringify(record)))
      expect(ocsfFaults(JSON.parse(line))).toEqual([])
      expect(JSON.parse(line).raw_data).toBe(JSON.stringify(record))
    }),
  )
})
