// Small events in which values repeat, so that every filter finds some and misses others.
import { mulberry32 } from '../bench/generate.ts'

export type SampleEvent = Record<string, unknown>

const second = 1000
const pick = <T>(random: () => number, values: readonly T[]): T =>
  values[Math.floor(random() * values.length)]!

/** An event at a time in milliseconds, with what the caller wants to be sure of. */
export function sampleEvent(ms: number, members: SampleEvent = {}): SampleEvent {
  return {
    eventVersion: '1.11',
    userIdentity: {
      type: 'IAMUser',
      userName: 'alice',
      accessKeyId: 'AKIAALICE0000000000A',
      accountId: '111122223333',
    },
    eventTime: `${new Date(Math.floor(ms / second) * second).toISOString().slice(0, 19)}Z`,
    eventSource: 'ec2.amazonaws.com',
    eventName: 'RunInstances',
    awsRegion: 'us-east-1',
    sourceIPAddress: '192.0.2.7',
    eventID: '00000000-0000-4000-8000-000000000000',
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: '111122223333',
    eventCategory: 'Management',
    ...members,
  }
}

/** Events over a few days, not in the order of their times, the same for the same seed. */
export function randomEvents(seed: number, count: number, from: number, to: number): SampleEvent[] {
  const random = mulberry32(seed)
  return Array.from({ length: count }, (_, i) => {
    const user = pick(random, ['alice', 'bob', 'carol'])
    const bucket = pick(random, ['a', 'b', 'c', 'd'])
    const readOnly = pick(random, [true, false, undefined])
    return sampleEvent(from + random() * (to - from), {
      eventID: `event-${seed}-${i}`,
      userIdentity: {
        type: 'IAMUser',
        userName: user,
        accessKeyId: `AKIA${user}`,
        accountId: '111122223333',
      },
      eventName: pick(random, ['GetObject', 'PutObject', 'RunInstances']),
      eventSource: pick(random, ['s3.amazonaws.com', 'ec2.amazonaws.com']),
      awsRegion: pick(random, ['us-east-1', 'us-east-1', 'eu-central-1']),
      sourceIPAddress: pick(random, ['192.0.2.1', '192.0.2.2']),
      ...(readOnly === undefined ? { readOnly: undefined } : { readOnly }),
      ...(random() < 0.3 ? { errorCode: 'AccessDenied' } : {}),
      ...(random() < 0.6
        ? { resources: [{ ARN: `arn:aws:s3:::${bucket}`, type: 'AWS::S3::Bucket' }] }
        : {}),
      eventCategory: pick(random, ['Management', 'Management', 'Data']),
    })
  })
}
