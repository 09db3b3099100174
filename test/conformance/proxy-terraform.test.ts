// The stock AWS provider of Terraform against an emulator behind the proxy, over sixteen services: the same
// bytes on both sides, exchange by exchange, and each call in the journal once, rightly named.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasMoto, startMoto } from '../moto.ts'
import { TappedProxy } from '../proxy-tapped.ts'
import { hasTerraform, Terraform } from '../terraform.ts'

const what = 'Terraform through the proxy'
const canRun = hasTerraform(what) && hasMoto(what)
const configuration = join(import.meta.dirname, 'proxy-terraform.tf')
/** Of the sixteen services, and the logs beside them. */
const sources = [
  'dynamodb',
  'ec2',
  'ecs',
  'elasticbeanstalk',
  'iam',
  'kms',
  'lambda',
  'logs',
  'monitoring',
  'rds',
  's3',
  'secretsmanager',
  'sns',
  'sqs',
  'ssm',
  'states',
  'sts',
]

describe.skipIf(!canRun)('Terraform through the proxy', () => {
  let proxy: TappedProxy
  let terraform: Terraform

  beforeAll(async () => {
    proxy = await TappedProxy.start(await startMoto())
    terraform = new Terraform(proxy)
    await terraform.init(readFileSync(configuration, 'utf8'))
  })
  afterAll(async () => {
    terraform?.remove()
    await proxy?.close()
  })

  test('apply, an empty plan, destroy', async () => {
    await terraform.apply()
    expect(await terraform.plan()).toEqual([])
    await terraform.destroy()
    proxy.expectTrue()
    const records = proxy.records()
    const called = new Set(records.map(({ eventSource }) => eventSource.split('.')[0]))
    expect([...called].sort()).toEqual(sources)
    expect(records.length).toBeGreaterThan(200)
    const text = JSON.stringify(records)
    for (const hidden of ['hidden-string', 'hidden-parameter', 'hidden-value']) {
      expect(text).not.toContain(hidden)
    }
    console.log(`Terraform: ${records.length} calls of ${called.size} services`)
  })
})
