// CloudWatch is spoken in three protocols, and clients take whichever their version prefers: the records are
// the same.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hasMoto, startMoto } from '../moto.ts'
import { headerOf } from '../proxy-tap.ts'
import { TappedProxy } from '../proxy-tapped.ts'
import { hasTool, runTool } from '../tools.ts'

const what = 'CloudWatch in three protocols'
const canRun = hasMoto(what) && hasTool('python3', ['-c', 'import boto3'], what)
const script = join(import.meta.dirname, 'proxy-cloudwatch.py')

/** moto_server has no CBOR; these are the answers of CloudWatch to the four calls. */
async function startCborServer() {
  const error = cborMap({
    __type: 'com.amazonaws.cloudwatch#ResourceNotFound',
    message: 'No alarm',
  })
  const server = createServer((request, response) => {
    const isError = request.url!.endsWith('/SetAlarmState')
    const status = isError ? 404 : 200
    const type = 'application/cbor'
    request.resume().on('end', () => {
      response.writeHead(status, { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': type })
      response.end(isError ? error : cborMap({}))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, stop: () => void server.close() }
}

/** Of texts that are shorter than 256 bytes. */
function cborMap(members: Readonly<Record<string, string>>): Buffer {
  const texts = Object.entries(members).flat()
  const parts = texts.flatMap((text) => [Buffer.from([0x78, text.length]), Buffer.from(text)])
  return Buffer.concat([Buffer.from([0xa0 + texts.length / 2]), ...parts])
}

/** What the script asks for, as it is recorded. */
const expected = [
  {
    eventName: 'PutMetricData',
    eventCategory: 'Data',
    requestParameters: {
      namespace: 'shop',
      metricData: [
        {
          metricName: 'orders',
          dimensions: [{ name: 'country', value: 'Österreich & more' }],
          timestamp: 'Nov 20, 2026, 12:30:15 PM',
          value: 2.5,
          unit: 'Count',
        },
        { metricName: 'visits', values: [1, 2], counts: [3, 4], storageResolution: 1 },
      ],
    },
  },
  {
    eventName: 'ListMetrics',
    eventCategory: 'Management',
    requestParameters: {
      namespace: 'shop',
      dimensions: [{ name: 'country' }],
      includeLinkedAccounts: true,
    },
  },
  {
    eventName: 'GetMetricData',
    eventCategory: 'Data',
    requestParameters: {
      metricDataQueries: [
        {
          id: 'm1',
          metricStat: {
            metric: { namespace: 'shop', metricName: 'orders' },
            period: 60,
            stat: 'Sum',
          },
          returnData: true,
        },
      ],
      startTime: 'Nov 20, 2026, 12:30:15 PM',
      endTime: 'Nov 20, 2026, 1:30:15 PM',
      maxDatapoints: 100,
    },
  },
  {
    eventName: 'SetAlarmState',
    eventCategory: 'Management',
    errorCode: 'ResourceNotFound',
    requestParameters: { alarmName: 'none', stateValue: 'OK', stateReason: 'r' },
  },
]

describe.skipIf(!canRun)('CloudWatch', () => {
  test.each([
    { protocol: 'query', type: /^application\/x-www-form-urlencoded/, upstream: startMoto },
    { protocol: 'json', type: /^application\/x-amz-json-1.0$/, upstream: startMoto },
    { protocol: 'smithy-rpc-v2-cbor', type: /^application\/cbor$/, upstream: startCborServer },
  ])('in $protocol', async ({ protocol, type, upstream }) => {
    const proxy = await TappedProxy.start(await upstream())
    try {
      await runTool('python3', [script, protocol], proxy.clientEnv)
      for (const { request } of proxy.pairs()) {
        expect(headerOf(request, 'content-type')).toMatch(type)
      }
      const records = proxy.records()
      expect(records).toMatchObject(expected)
      for (const [i, { requestParameters }] of expected.entries()) {
        expect(records[i].requestParameters).toEqual(requestParameters)
        expect(records[i].eventSource).toBe('monitoring.amazonaws.com')
      }
      proxy.expectTrue()
    } finally {
      await proxy.close()
    }
  })
})
