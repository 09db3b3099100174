// How near the records that we make of calls come to those that AWS made of the same calls.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { principalOfArn } from '../src/proxy/learn.ts'
import { Registry } from '../src/registry/registry.ts'
import { type Carried, carriedOf } from './fidelity-carried.ts'
import { NotRebuilt } from './fidelity-invert.ts'
import { modelFinder } from './fidelity-models.ts'
import { callThroughProxy } from './fidelity-proxy.ts'
import { type Rebuilt, rebuild } from './fidelity-rebuild.ts'

export type RealRecord = Readonly<Record<string, any>>

export type Difference = Readonly<{ path: string; real: unknown; ours: unknown }>
export type Outcome = Readonly<{
  eventSource: string
  eventName: string
}> &
  (
    | Readonly<{
        compared: number
        differences: readonly Difference[]
        carried: readonly Carried[]
      }>
    | Readonly<{ notRebuilt: string }>
  )

/** API calls of all folders of real records, in order. */
export function realRecords(folder: string): RealRecord[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const packed = readFileSync(join(folder, name, 'events.ndjson.gz'))
      const lines = gunzipSync(packed).toString().trim().split('\n')
      return lines.map((line) => JSON.parse(line) as RealRecord)
    })
    .filter((record) => record['eventType'] === 'AwsApiCall')
}

/** Makes the records' calls again, through a proxy for each account, and compares what is recorded. */
export async function outcomesOf(records: readonly RealRecord[]): Promise<Outcome[]> {
  const registry = new Registry()
  const findModel = modelFinder(registry)
  const rebuilt = records.map((real, i) => attempt(() => rebuild(real, findModel, keyOf(i))))
  const calls = rebuilt.flatMap((one, i) => {
    const { userIdentity, recipientAccountId: accountId = '' } = records[i]!
    const principal = principalOfArn(userIdentity?.arn ?? '')
    return one instanceof NotRebuilt
      ? []
      : [{ ...one, accessKeyId: keyOf(i), principal, accountId }]
  })
  const recorded = new Map<string, RealRecord>()
  for (const [accountId, some] of Map.groupBy(calls, (call) => call.accountId)) {
    const theirs = await callThroughProxy(some, { accountId, registry })
    for (const [key, record] of theirs) recorded.set(key, record)
  }
  return records.map((real, i) => {
    const { eventSource, eventName } = real
    const one = rebuilt[i]!
    if (one instanceof NotRebuilt) return { eventSource, eventName, notRebuilt: one.message }
    const ours = recorded.get(keyOf(i))!
    const carried = carriedOf(real, ours)
    return { eventSource, eventName, ...differencesOf(real, ours), carried }
  })
}

/** Each record's caller has a key of its own, by which its call is found again. */
function keyOf(index: number): string {
  return `AKIAFIDELITY${String(index).padStart(8, '0')}`
}

function attempt(make: () => Rebuilt): Rebuilt | NotRebuilt {
  try {
    return make()
  } catch (error) {
    if (error instanceof NotRebuilt) return error
    throw error
  }
}

/** What is compared whole; parameters and elements are compared value by value. */
const whole = [
  'eventSource',
  'eventName',
  'awsRegion',
  'errorCode',
  'errorMessage',
  'readOnly',
  'resources',
  'eventType',
  'apiVersion',
  'managementEvent',
  'eventCategory',
]
/** Fields that older records do not have. */
const added = new Set(['readOnly', 'managementEvent', 'eventCategory'])
/** Of additional data: the rest tells of AWS's own network and hosts. */
const additional = ['SignatureVersion', 'AuthenticationMethod', 'bytesTransferredIn']

function differencesOf(real: RealRecord, ours: RealRecord) {
  const differences: Difference[] = []
  let compared = 0
  const check = (path: string, one: unknown, other: unknown) => {
    compared++
    if (canonical(one) !== canonical(other)) differences.push({ path, real: one, ours: other })
  }
  for (const name of whole) {
    if (name in real || (!added.has(name) && name in ours)) {
      check(name, real[name], ours[name])
    }
  }
  for (const name of ['requestParameters', 'responseElements']) {
    const [one, other] = [leaves(real[name]), leaves(ours[name])]
    for (const path of new Set([...one.keys(), ...other.keys()])) {
      check(`${name}${path}`, one.get(path), other.get(path))
    }
  }
  for (const name of additional) {
    const shown = real['additionalEventData']?.[name]
    if (shown !== undefined) check(name, shown, ours['additionalEventData']?.[name])
  }
  return { compared, differences }
}

/** Values by path; what is empty is a value too. */
function leaves(value: unknown, path = '', found = new Map<string, unknown>()) {
  const isNested = typeof value === 'object' && value !== null && Object.keys(value).length > 0
  if (!isNested) return found.set(path, value)
  for (const [name, one] of Object.entries(value)) leaves(one, `${path}.${name}`, found)
  return found
}

/** Order means nothing, nor does the comma that newer Java versions have in a time. */
function canonical(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.replace(/^(\w{3} \d+, \d{4}) (\d+:)/, '$1, $2'))
  }
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join()}]`
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([name, one]) => `${name}:${canonical(one)}`)
    .sort()
    .join()
}
