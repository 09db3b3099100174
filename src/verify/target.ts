/** What is verified: a bucket and the trail's prefix in it, or a folder. */
export type Target =
  | Readonly<{ type: 'bucket'; bucket: string; prefix: string }>
  | Readonly<{ type: 'folder'; path: string }>

/** `s3://bucket/prefix`, a folder that exists, or the name of a bucket. */
export function parseTarget(text: string, isFolder: (path: string) => boolean): Target {
  const url = /^s3:\/\/([^/]+)\/?(.*)$/.exec(text)
  if (url) return { type: 'bucket', bucket: url[1]!, prefix: trailPrefix(url[2]!) }
  if (isFolder(text)) return { type: 'folder', path: text }
  if (isBucketName(text)) return { type: 'bucket', bucket: text, prefix: '' }
  throw new Error(`neither a folder nor the name of a bucket: ${text}`)
}

export function isBucketName(text: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text)
}

/** A path may be given down to any folder of the trail; its prefix ends where `AWSLogs` begins. */
function trailPrefix(path: string): string {
  return path.replace(/(?:^|\/)AWSLogs(?:\/.*)?$/, '').replace(/\/+$/, '')
}

export type TrailArn = Readonly<{ homeRegion: string; accountId: string; trailName: string }>

/** The parts of `arn:aws:cloudtrail:us-east-1:111122223333:trail/main`; throws on anything else. */
export function parseTrailArn(arn: string): TrailArn {
  const parts = /^arn:[\w-]+:cloudtrail:([a-z0-9-]+):(\d{12}):trail\/([^/]+)$/.exec(arn)
  if (!parts) throw new Error(`not the ARN of a trail: ${arn}`)
  return { homeRegion: parts[1]!, accountId: parts[2]!, trailName: parts[3]! }
}
