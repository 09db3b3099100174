// S3's records show the request as it was sent, so that it can be put together again from them.
import { recordedNames } from '../src/record/services/s3.ts'
import type { WireModel, WireRequest } from './encode/wire.ts'
import { escaped } from './encode/xml.ts'
import { NotRebuilt } from './fidelity-invert.ts'

type Members = Readonly<Record<string, unknown>>

/** The operation that a record's name stands for. */
export function s3Operation(model: WireModel, eventName: string): string {
  const newer = Object.entries(recordedNames).find(([name, shown]) => {
    return shown === eventName && model.operations[name]
  })
  const ofAccounts = isControl(model) ? eventName.replace('Account', '') : undefined
  const known = [eventName, newer?.[0], ofAccounts]
  const operation = known.find((name) => name !== undefined && model.operations[name])
  if (operation === undefined) throw new NotRebuilt('no such operation in the model')
  return operation
}

/** The API of accounts, whose host names the account. */
function isControl(model: WireModel): boolean {
  return !model.operations['ListBuckets']
}

/** The request of a record; its host tells whether the bucket was in the path. */
export function s3Request(model: WireModel, operation: string, parameters: Members): WireRequest {
  const { bucketName, key, Host, host, bucketPolicy, ...others } = parameters
  const authority = textOf(Host ?? host)
  if (authority === undefined) throw new NotRebuilt('no host')
  const { method, uri } = model.operations[operation]!.http!
  const query: string[] = []
  const headers: Record<string, string> = { host: authority }
  let body = bucketPolicy === undefined ? '' : JSON.stringify(bucketPolicy)
  const fixed = new Set(new URLSearchParams(uri.split('?')[1] ?? '').keys())
  for (const [name, value] of Object.entries(others)) {
    if (/^x-amz-/.test(name)) headers[name] = String(value)
    else if (typeof value === 'object' && !Array.isArray(value)) body = xml(name, value)
    else query.push(pair(name, textOf(value) ?? ''))
    fixed.delete(name)
  }
  for (const name of fixed) if (!(name in others)) query.unshift(`${name}=`)
  const bucket = textOf(bucketName)
  const inHost = bucket !== undefined && authority.startsWith(`${bucket}.`)
  const path = [inHost ? undefined : bucket, textOf(key)]
    .filter((part) => part !== undefined)
    .map((part) => part.split('/').map(encodeURIComponent).join('/'))
  const start = isControl(model) ? uri.split('?')[0] : `/${path.join('/')}`
  const target = `${start}${query.length > 0 ? `?${query.join('&')}` : ''}`
  return { method, target, headers, body: Buffer.from(body) }
}

function pair(name: string, value: string): string {
  return `${encodeURIComponent(name)}=${encodeURIComponent(value)}`
}

/** Older records have lists of one text. */
function textOf(value: unknown): string | undefined {
  const one = Array.isArray(value) ? value[0] : value
  return one === undefined ? undefined : String(one)
}

function xml(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((one) => xml(name, one)).join('')
  if (typeof value !== 'object' || value === null) {
    return `<${name}>${escaped(String(value))}</${name}>`
  }
  const { xmlns, content, ...members } = value as Record<string, unknown>
  const space = xmlns === undefined ? '' : ` xmlns="${xmlns}"`
  const inner = Object.entries(members).map(([child, one]) => xml(child, one))
  return `<${name}${space}>${inner.join('')}${content === undefined ? '' : escaped(String(content))}</${name}>`
}
