import { join, resolve } from 'node:path'
import { readIfThere, writeDurably } from './data-folder.ts'

// The files of a data folder that people and their tools read: `credentials`, `endpoint`, `ingest-tokens`.

/** An access key and its secret. */
export type Credentials = Readonly<{ accessKeyId: string; secret: string }>

/** `<data>/credentials` in the AWS shared-credentials format, profile `contrail`; undefined when absent. */
export function readCredentials(data: string): Credentials | undefined {
  const text = readIfThere(join(data, 'credentials'))
  const accessKeyId = /^aws_access_key_id\s*=\s*(\S+)/m.exec(text ?? '')?.[1]
  const secret = /^aws_secret_access_key\s*=\s*(\S+)/m.exec(text ?? '')?.[1]
  return accessKeyId && secret ? { accessKeyId, secret } : undefined
}

export function writeCredentials(data: string, { accessKeyId, secret }: Credentials): void {
  writeDurably(
    join(data, 'credentials'),
    `[contrail]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secret}\n`,
  )
}

/** `<data>/ingest-tokens`: one `<feed> <bearer token>` a line. */
export function writeIngestToken(data: string, feed: string, token: string): void {
  writeDurably(join(data, 'ingest-tokens'), `${feed} ${token}\n`)
}

/** The token of one feed in `<data>/ingest-tokens`; undefined when absent. */
export function readIngestToken(data: string, feed: string): string | undefined {
  const lines = readIfThere(join(data, 'ingest-tokens'))?.split('\n') ?? []
  return lines.find((line) => line.startsWith(`${feed} `))?.slice(feed.length + 1)
}

/** `<data>/endpoint`: the URL of the running server, or of the last one. */
export function writeEndpoint(data: string, url: string): void {
  writeDurably(join(data, 'endpoint'), `${url}\n`)
}

/** Where the server of a data folder listens, or did last. Throws where there was none yet. */
export function readEndpoint(data: string): URL {
  const path = join(resolve(data), 'endpoint')
  const url = readIfThere(path)?.trim()
  if (url && URL.canParse(url)) return new URL(url)
  if (url) throw new Error(`${path} holds no URL; start the server again, which writes it anew`)
  throw new Error(
    `no server has run with the data folder ${resolve(data)}; start it first (npm start), or name its ` +
      'folder with --data or CONTRAIL_DATA',
  )
}
