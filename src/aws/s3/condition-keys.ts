/** What S3's condition keys are read from: a call's raw query, and its headers by lower-case name. */
export type S3RequestHead = Readonly<{
  query: string
  headers: Readonly<Record<string, string | undefined>>
  /** Milliseconds since the epoch. */
  startedAt: number
  tls?: Readonly<{ version: string }>
}>

/** Keys that are parameters of the query, by the parameter. */
const ofQuery: Readonly<Record<string, string>> = {
  delimiter: 's3:delimiter',
  'max-keys': 's3:max-keys',
  prefix: 's3:prefix',
  versionId: 's3:VersionId',
}
/** Keys that are headers. The rest of S3's are called as their header is. */
const ofHeaders: Readonly<Record<string, string>> = {
  'x-amz-object-lock-legal-hold': 's3:object-lock-legal-hold',
  'x-amz-object-lock-mode': 's3:object-lock-mode',
  'x-amz-object-lock-retain-until-date': 's3:object-lock-retain-until-date',
}
const headers = [
  'x-amz-acl',
  'x-amz-content-sha256',
  'x-amz-copy-source',
  'x-amz-grant-full-control',
  'x-amz-grant-read',
  'x-amz-grant-read-acp',
  'x-amz-grant-write',
  'x-amz-grant-write-acp',
  'x-amz-metadata-directive',
  'x-amz-object-ownership',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-storage-class',
  'x-amz-website-redirect-location',
]

/**
 * The condition keys of S3 that the request itself answers. Those that only the object knows, such as
 * s3:ExistingObjectTag, have no value here: a statement that asks for one does not apply.
 *
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 */
export function s3ConditionKeys(head: S3RequestHead): Record<string, string | string[]> {
  const query = new URLSearchParams(head.query)
  const keys: Record<string, string | string[]> = signatureKeys(head, query)
  const tls = /^TLSv(1\.\d)$/.exec(head.tls?.version ?? '')?.[1]
  if (tls !== undefined) keys['s3:TlsVersion'] = tls
  for (const [name, key] of Object.entries(ofQuery)) {
    const value = query.get(name)
    if (value !== null) keys[key] = value
  }
  const named = [
    ...headers.map((name) => [name, `s3:${name}`] as const),
    ...Object.entries(ofHeaders),
  ]
  for (const [name, key] of named) {
    const value = head.headers[name]
    if (value !== undefined) keys[key] = value
  }
  const tags = [...new URLSearchParams(head.headers['x-amz-tagging'] ?? '')]
  for (const [tag, value] of tags) keys[`s3:RequestObjectTag/${tag}`] = value
  if (tags.length > 0) keys['s3:RequestObjectTagKeys'] = tags.map(([tag]) => tag)
  return keys
}

/** Policies forbid old signatures and old URLs by these; the age, in milliseconds, is of newer ones only. */
function signatureKeys({ headers, startedAt }: S3RequestHead, query: URLSearchParams) {
  const isInHeader = headers['authorization'] !== undefined
  const authType = isInHeader ? 'REST-HEADER' : 'REST-QUERY-STRING'
  if (!isInHeader && query.has('AWSAccessKeyId') && !query.has('X-Amz-Signature')) {
    return { 's3:authType': authType, 's3:signatureversion': 'AWS' }
  }
  const date = (isInHeader ? headers['x-amz-date'] : query.get('X-Amz-Date')) ?? ''
  const form = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/
  const age = startedAt - Date.parse(date.replace(form, '$1-$2-$3T$4:$5:$6Z'))
  return {
    's3:authType': authType,
    's3:signatureversion': 'AWS4-HMAC-SHA256',
    ...(Number.isFinite(age) && { 's3:signatureAge': String(Math.max(age, 0)) }),
  }
}
