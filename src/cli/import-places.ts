import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { loadConfig, readConfigFile } from '../config.ts'
import { bucketSource } from '../import/bucket-files.ts'
import { folderSource, globSource } from '../import/disk-files.ts'
import type { ImportSource } from '../import/files.ts'
import { Queue } from '../import/queue.ts'
import { type NoticedFiles, receiveFiles } from '../import/queue-files.ts'
import { readEndpoint, readIngestToken } from '../installation.ts'
import { S3Bucket } from '../s3-client/s3-bucket.ts'
import type { Environment } from './environment.ts'
import { accessOf } from './verify-evidence.ts'

/** Where the records go. */
export type ImportTarget = Readonly<{ url: URL; data: string; feed: string; token: string }>

/** The running server of a data folder, and the token that its first start wrote for a feed. */
export function targetOf(
  options: Readonly<{ data?: string; config?: string; feed: string }>,
  { env }: Environment,
): ImportTarget {
  const file = readConfigFile(options.config)
  const { data } = loadConfig({ file, env, flags: { data: options.data } })
  const url = readEndpoint(data)
  const token = readIngestToken(data, options.feed)
  if (token === undefined) {
    throw new Error(
      `no token of the feed ${options.feed} in ${join(resolve(data), 'ingest-tokens')}; for a feed of ` +
        'contrail.yaml add a line there: its name, a space, its token',
    )
  }
  return { url, data, feed: options.feed, token }
}

/** `s3://bucket/prefix`, a folder or file that exists, or a pattern with `*`, `?`, `[` or `{`. */
export function sourceOf(
  where: string,
  options: Readonly<{ endpointUrl?: string; concurrency: number }>,
  environment: Environment,
  interrupted: AbortSignal,
): ImportSource {
  const place = bucketPlace(where, options, environment, interrupted)
  if (place) return bucketSource(place.bucket, place.prefix)
  if (statSync(where, { throwIfNoEntry: false })) return folderSource(where)
  if (/[*?[{]/.test(where)) return globSource(where)
  throw new Error(`neither a file, a folder, a pattern nor s3://bucket/prefix: ${where}`)
}

/**
 * The next files that a queue tells of, again and again. The key is that of the bucket; the Region is in the
 * address of a queue of AWS, and elsewhere that of the bucket's endpoint.
 */
export function queueOf(
  url: string,
  where: string,
  options: Readonly<{ endpointUrl?: string; concurrency: number }>,
  environment: Environment,
  interrupted: AbortSignal,
): () => Promise<NoticedFiles> {
  const place = bucketPlace(where, options, environment, interrupted)
  if (!place) {
    throw new Error('--queue goes with s3://bucket/prefix: it tells of what is new in a bucket')
  }
  if (!/^https?:\/\/[^/]+\/.+/.test(url)) {
    throw new Error(
      `--queue is the URL of a queue, https://sqs.REGION.amazonaws.com/ACCOUNT/NAME, not ${url}`,
    )
  }
  const { region, credentials, send, now, pause } = place.access
  const named = /^sqs\.([a-z0-9-]+)\.amazonaws\.com/.exec(new URL(url).hostname)?.[1]
  const access = { url: new URL(url), region: named ?? region, credentials, send, now, pause }
  const queue = new Queue(access)
  return () => receiveFiles(queue, place.bucket, place.prefix)
}

function bucketPlace(
  where: string,
  options: Readonly<{ endpointUrl?: string; concurrency: number }>,
  environment: Environment,
  interrupted: AbortSignal,
) {
  const url = /^s3:\/\/([^/]+)\/?(.*)$/.exec(where)
  if (!url) return undefined
  // Files of a group are read together, and requests for lists come between.
  const concurrency = options.concurrency * 16
  const access = accessOf(options, environment, { concurrency, interrupted })
  return { bucket: new S3Bucket(url[1]!, access), prefix: url[2]!, access }
}

/** Where an import of this source to this feed notes its finished files when nobody says where. */
export function notesPath({ data, feed }: ImportTarget, source: ImportSource): string {
  const name = createHash('sha256').update(`${feed} ${source.name}`).digest('hex').slice(0, 32)
  return join(data, 'imports', `${name}.ndjson`)
}
