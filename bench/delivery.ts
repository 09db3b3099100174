// Claim: a trail's events are delivered about as fast as they come in.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CloudTrailClient,
  CreateTrailCommand,
  GetTrailStatusCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail'
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3'
import type { Claim } from '../src/cli/bench-claim.ts'
import { removeTestServer, startTestServer, type TestServer } from '../test/server.ts'
import { caughtUp } from './history.ts'
import { makeBodies, postRate, targetOf } from './ingest-load.ts'
import { account } from './lookup-client.ts'

const records = 1_000
const bodiesAtOnce = 100
const rounds = 10
const bucket = 'bench'
/** Of the generated events: the others are of another account. */
const owedShare = 0.8

export const delivery: Claim = {
  name: 'delivery',
  says: 'a trail with a million events behind delivers them faster than they came in',

  async run({ progress }) {
    const events = rounds * bodiesAtOnce * records
    const env = { CONTRAIL_ACCOUNT: account, CONTRAIL_DELIVERY_INTERVAL: '1h' }
    let server = await startTestServer({ env })
    try {
      await makeTrail(server)
      for (let round = 0; round < rounds; round++) {
        progress(`${(round * bodiesAtOnce * records) / 1_000} of ${events / 1_000} k events made`)
        const bodies = makeBodies({ bodies: bodiesAtOnce, records, seed: round + 1 }, Date.now())
        await postRate(targetOf(server), bodies, { connections: 4, records })
      }
      await caughtUp(server)
      await server.stop()

      progress('delivery')
      server = await startTestServer({ data: server.data, env: { CONTRAIL_ACCOUNT: account } })
      const before = processorSeconds(server)
      const started = performance.now()
      await delivered(server)
      const seconds = (performance.now() - started) / 1_000
      const processor = processorSeconds(server) - before
      return {
        figures: [
          { what: 'looked through', value: events / seconds, unit: 'events/s' },
          { what: 'delivered', value: (owedShare * events) / seconds, unit: 'events/s' },
          {
            what: 'processor time of an event, all threads',
            value: (processor * 1e6) / events,
            unit: 'µs',
          },
        ],
        notes: [
          `${events / 1e6} M events of 1.65 KB in the journal when the server starts; a multi-Region trail of the account that four fifths ` +
            'of them are of, into our own bucket, with validation: read, selected, packed, hashed, stored and synced, until its lag is 0.',
        ],
      }
    } finally {
      await removeTestServer(server)
    }
  },
}

async function makeTrail(server: TestServer): Promise<void> {
  const { accessKeyId, secret } = server.credentials
  const credentials = { accessKeyId, secretAccessKey: secret }
  const options = { endpoint: server.url, region: 'us-east-1', credentials }
  const s3 = new S3Client({ ...options, forcePathStyle: true })
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  const Principal = { Service: 'cloudtrail.amazonaws.com' }
  const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]
  const Statement = [{ Effect: 'Allow', Principal, Action: 's3:*', Resource }]
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }))
  s3.destroy()
  const trails = new CloudTrailClient(options)
  const Name = 'bench'
  const more = { IsMultiRegionTrail: true, EnableLogFileValidation: true }
  await trails.send(new CreateTrailCommand({ Name, S3BucketName: bucket, ...more }))
  await trails.send(new StartLoggingCommand({ Name }))
  const { LatestDeliveryError } = await trails.send(new GetTrailStatusCommand({ Name }))
  if (LatestDeliveryError) throw new Error(LatestDeliveryError)
  trails.destroy()
}

/** Resolves once the trail has been found, and looked through to the end of the journal. */
async function delivered({ url }: TestServer): Promise<void> {
  for (let isFound = false; ; ) {
    const metrics = await (await fetch(`${url}/metrics`)).text()
    const lag = Number(/^contrail_delivery_lag_records (\d+)$/m.exec(metrics)![1])
    // What delivering itself is recorded with comes behind.
    if (isFound && lag < records) return
    isFound ||= lag >= records
    await sleep(20)
  }
}

/** Of all the process's threads, user and system. */
function processorSeconds({ process }: TestServer): number {
  const fields = readFileSync(`/proc/${process.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  const ticksPerSecond = 100
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}
