import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noticedObjects } from './notices.ts'

const s3 = (bucket: string, key: string) => ({ bucket: { name: bucket }, object: { key, size: 9 } })
const event = (eventName: string, key: string) => ({
  Records: [{ eventSource: 'aws:s3', eventName, s3: s3('logs', key) }],
})
const logFile = [{ bucket: 'logs', key: 'a/b c+d.json.gz' }]

describe('what messages tell of', () => {
  test.each<{ what: string; message: unknown; objects: unknown }>([
    {
      what: 'an event of S3, its key as in a form',
      message: event('ObjectCreated:Put', 'a/b+c%2Bd.json.gz'),
      objects: logFile,
    },
    { what: 'a removal', message: event('ObjectRemoved:Delete', 'a'), objects: [] },
    { what: 'a key that is no text', message: event('ObjectCreated:Put', '%ff'), objects: [] },
    {
      what: 'what is sent when a queue is set up',
      message: { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'logs' },
      objects: [],
    },
    {
      what: 'an event of EventBridge, its key as it is',
      message: {
        source: 'aws.s3',
        'detail-type': 'Object Created',
        detail: s3('logs', 'a/b c+d.json.gz'),
      },
      objects: logFile,
    },
    {
      what: 'another event of EventBridge',
      message: { source: 'aws.s3', 'detail-type': 'Object Deleted', detail: s3('logs', 'a') },
      objects: [],
    },
    {
      what: "CloudTrail's notice of log files",
      message: { s3Bucket: 'logs', s3ObjectKey: ['a/b c+d.json.gz', 7] },
      objects: logFile,
    },
    {
      what: 'the same by SNS',
      message: {
        Type: 'Notification',
        Message: JSON.stringify({ s3Bucket: 'logs', s3ObjectKey: ['a/b c+d.json.gz'] }),
      },
      objects: logFile,
    },
    { what: 'something else', message: { hello: 'world' }, objects: undefined },
    { what: 'a list', message: [], objects: undefined },
    { what: 'nothing', message: null, objects: undefined },
  ])('$what', ({ message, objects }) => {
    expect(noticedObjects(JSON.stringify(message))).toEqual(objects)
  })

  test('no JSON', () => {
    expect(noticedObjects('{"Records":[')).toBe(undefined)
  })

  test('anything is read', () => {
    const names = fc.constantFrom('Type', 'Message', 'Records', 's3', 'bucket', 'object', 'key')
    const message = fc.object({ key: names, withObjectString: true, maxDepth: 4 })
    fc.assert(fc.property(message, (value) => void noticedObjects(JSON.stringify(value))))
  })
})
