// The real S3 records of ../shared/data/events, each turned back into the request it tells of: routed and
// recorded here, it must show what AWS recorded.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { loadModel } from '../../src/gen/load.ts'
import type { ApiCall } from '../../src/operation.ts'
import { s3Members } from '../../src/record/services/s3.ts'
import { recordedDocument } from '../../src/wire/recorded-document.ts'
import { matchRoute, restRoutes } from '../../src/wire/rest-routes.ts'
import { element, escapeXml } from '../../src/wire/xml.ts'

const events = join(import.meta.dirname, '../../../shared/data/events')
const isHere = existsSync(events)
if (!isHere) console.warn('\n!!! SKIPPED: the real S3 records: no ../shared/data/events here !!!\n')

/** Calls of S3 Control and of the console are not this API's. */
const elsewhere = /^(GetAccount|DeleteAccount|PutAccount|GetStorageLens|ListAccessPoints)/
const records = (isHere ? readdirSync(events) : []).flatMap((name) => {
  const file = join(events, name, 'events.ndjson.gz')
  if (!existsSync(file)) return []
  const lines = gunzipSync(readFileSync(file)).toString('utf8').split('\n').filter(Boolean)
  return lines
    .map((line) => JSON.parse(line))
    .filter(({ eventSource, eventName, eventVersion, requestParameters }) => {
      const isOurs = eventSource === 's3.amazonaws.com' && !elsewhere.test(eventName)
      return isOurs && eventVersion >= '1.08' && requestParameters
    })
})

const model = loadModel('s3')
const routes = restRoutes(model)

/** The XML that CloudTrail has shown as this. */
function xmlOf(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((one) => xmlOf(name, one)).join('')
  if (typeof value !== 'object' || value === null) return element(name, escapeXml(String(value)))
  const { xmlns, ...children } = value as Record<string, unknown>
  const inner = Object.entries(children).map(([child, one]) => xmlOf(child, one))
  return element(name, inner.join(''), xmlns ? ` xmlns="${xmlns}"` : '')
}

/** The call that the record tells of, as the wire would hand it on. */
function callOf(record: any): ApiCall {
  const { bucketName, Host, key, bucketPolicy, ...rest } = record.requestParameters
  const entries = Object.entries<unknown>(rest)
  const texts = entries.filter((pair): pair is [string, string] => typeof pair[1] === 'string')
  const query = new URLSearchParams(texts.filter(([name]) => !name.startsWith('x-amz-'))).toString()
  const headers = Object.fromEntries(texts.filter(([name]) => name.startsWith('x-amz-')))
  const method = /^(Put|Create)/.test(record.eventName)
    ? 'PUT'
    : record.eventName.startsWith('Delete')
      ? 'DELETE'
      : 'GET'
  const path = bucketName ? `/${bucketName}${key ? `/${key}` : ''}` : '/'
  const match = matchRoute(routes, { method, path, query, headers })!
  const xml = entries.find(([, value]) => typeof value === 'object')
  const body = Buffer.from(xml ? xmlOf(...xml) : bucketPolicy ? JSON.stringify(bucketPolicy) : '')
  const { additionalEventData: data } = record
  return {
    operation: match.operation,
    access: record.readOnly ? 'read' : 'write',
    category: record.eventCategory,
    region: 'us-east-1',
    host: Host,
    tls: data?.CipherSuite && { version: '', cipher: data.CipherSuite },
    signature: data?.AuthenticationMethod,
    error: record.errorCode && { code: record.errorCode, message: '' },
    input: bucketPolicy ? { Policy: JSON.stringify(bucketPolicy) } : {},
    http: {
      labels: match.labels,
      query,
      headers,
      document: recordedDocument(body, model.operations[match.operation]!, model),
      answered: { 'x-amz-id-2': data?.['x-amz-id-2'] },
      bytesIn: data?.bytesTransferredIn,
      bytesOut: data?.bytesTransferredOut,
    },
  } as unknown as ApiCall
}

describe.skipIf(!isHere)('real S3 records', () => {
  test('are many', () => {
    expect(records.length).toBeGreaterThan(300)
  })

  test('are what is recorded here of the same call', () => {
    for (const record of records) {
      const account = record.resources?.[0]?.accountId ?? record.recipientAccountId
      const found = { accountId: account, region: record.awsRegion }
      const own = s3Members(callOf(record), (name) => (name ? found : undefined))
      const { eventName, requestParameters, responseElements } = record
      // Services of AWS sign nothing that is shown.
      const additionalEventData = record.additionalEventData
      const region = record.requestParameters.bucketName ? record.awsRegion : 'us-east-1'
      const recorded = JSON.parse(JSON.stringify(own))
      expect(recorded, JSON.stringify(record)).toEqual({
        eventName,
        awsRegion: region,
        requestParameters,
        responseElements,
        additionalEventData,
        ...(record.resources && { resources: record.resources }),
      })
    }
  })
})
