import { ownValue } from '../wire/own-value.ts'
import type { AnswerHead } from './answer.ts'
import type { CallProtocol, KeptBody, Recognised } from './contract.ts'
import { eventNameOf, eventSourceOf } from './event-names.ts'
import { type CallHead, type Headers, headersOf } from './headers.ts'
import type { Registry, ServiceEntry } from './registry.ts'
import { matchRest, splitTarget } from './rest-match.ts'
import { type CallScope, readScope } from './scope.ts'
import { mayBeAws } from './unsigned.ts'

export type RecogniseOptions = Readonly<{
  registry: Registry
  /** Host names behind buckets: `s3.example.com`. */
  bucketSuffixes: readonly string[]
  /** Where neither the scope nor the host names one. */
  region: string
}>

/** A request as far as a service is sought for it. */
type Asked = Readonly<{
  head: CallHead
  headers: Headers
  body: KeptBody
  scope: CallScope | undefined
  /** Whom the scope names, or the host. */
  services: readonly ServiceEntry[]
  options: RecogniseOptions
  answer: AnswerHead | undefined
}>

/** Which call this is: what one kind of evidence tells. */
export type Evidence = Readonly<{
  protocol: CallProtocol
  operation: string
  /** Undefined for a service without a model. */
  entry?: ServiceEntry
  /** Where neither scope nor model names the service. */
  signingName?: string
  labels?: Recognised['labels']
}>

/**
 * Which operation of which service a request asks for: by its scope, then by what its protocol leaves in it,
 * last by method and path, where the answer, if there is one, does not belie it. Never throws: whom nothing
 * names is recorded by method and path.
 */
export function recognise(
  head: CallHead,
  body: KeptBody,
  options: RecogniseOptions,
  answer?: AnswerHead,
): Recognised {
  const { registry } = options
  const headers = headersOf(head)
  const scope = readScope(head, headers, body.bytes)
  const host = awsHost(headers['host'])
  const services = scope
    ? registry.servicesOf(scope.signingName)
    : registry.byEndpointPrefix(host.prefix ?? '')
  const asked: Asked = { head, headers, body, scope, services, options, answer }
  const found = byCbor(asked) ?? byTarget(asked) ?? byAction(asked) ?? byPath(asked)
  const { protocol, entry, labels = {} } = found
  const model = entry && registry.load(entry).model
  const signingName = scope?.signingName ?? entry?.signingName ?? found.signingName ?? 'unknown'
  const operation = known(found.operation)
  return {
    signingName,
    model,
    eventSource: eventSourceOf(signingName, entry?.name),
    operation,
    eventName: eventNameOf(operation, model),
    region: scope?.region ?? host.region ?? options.region,
    protocol,
    ...(scope && { accessKeyId: scope.accessKeyId }),
    kind: scope?.kind ?? 'none',
    labels,
  }
}

/** A caller's word stands in records and indexes. */
function known(operation: string): string {
  return /^[\w.:-]{1,128}$/.test(operation) ? operation : 'Unknown'
}

/** `sqs.eu-west-1.amazonaws.com` */
function awsHost(host = ''): { prefix?: string; region?: string } {
  const name = host.toLowerCase().replace(/:\d+$/, '')
  const match = /(?:^|\.)([a-z0-9-]+)(?:\.([a-z]{2}(?:-[a-z]+)+-\d))?\.amazonaws\.com(?:\.cn)?$/
  const found = match.exec(name.slice(-253))
  return { ...(found?.[1] && { prefix: found[1] }), ...(found?.[2] && { region: found[2] }) }
}

function byCbor({ head, headers, services, options }: Asked): Evidence | undefined {
  if (headers['smithy-protocol']?.toLowerCase() !== 'rpc-v2-cbor') return undefined
  const path = /\/service\/([\w.]{1,256})\/operation\/([\w-]{1,128})$/
  const match = path.exec(splitTarget(head).path.slice(-512))
  if (!match) return undefined
  const [, name = '', operation = ''] = match
  const entry = oneOf(options.registry.byTargetPrefix(name), services)
  return { protocol: 'rpcV2Cbor', operation, entry, signingName: name.toLowerCase().slice(0, 64) }
}

function byTarget({ head, headers, services, options }: Asked): Evidence | undefined {
  const target = headers['x-amz-target']
  const dot = target?.lastIndexOf('.') ?? -1
  if (dot < 1 || head.method !== 'POST') return undefined
  const operation = target!.slice(dot + 1)
  const prefix = target!.slice(0, dot)
  const entry = oneOf(options.registry.byTargetPrefix(prefix), services)
  const is10 = /json-1\.0/i.test(headers['content-type'] ?? '')
  const signingName = /^[A-Za-z0-9]{1,64}/.exec(prefix)?.[0].toLowerCase()
  return { protocol: is10 ? 'awsJson1.0' : 'awsJson1.1', operation, entry, signingName }
}

function byAction({ head, headers, body, scope, services, options }: Asked): Evidence | undefined {
  if (services.length > 0 && services.every(({ isRest }) => isRest)) return undefined
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '')
  const form = isForm ? body.bytes.toString('latin1') : ''
  const text = `&${splitTarget(head).query}&${form}`
  const parameter = (name: string) => new RegExp(`&${name}=([\\w-]{1,128})(?=&|$)`).exec(text)?.[1]
  const operation = parameter('Action')
  const version = parameter('Version') ?? ''
  if (operation === undefined) return undefined
  const candidates = scope || services.length > 0 ? services : options.registry.byVersion(version)
  const queries = candidates.filter(({ isQuery }) => isQuery)
  const entry =
    ofOperation(queries, version, operation, options) ?? queries[0] ?? oneOf([], services)
  return { protocol: entry?.isEc2 ? 'ec2Query' : 'awsQuery', operation, entry }
}

/** Of the services of a version, as RDS's three, the one that has the operation; RDS itself before others. */
function ofOperation(
  queries: readonly ServiceEntry[],
  version: string,
  operation: string,
  { registry }: RecogniseOptions,
): ServiceEntry | undefined {
  const versioned = queries.filter(({ apiVersion }) => apiVersion === version)
  const named = versioned.toSorted((a, b) => Number(isNamesake(b)) - Number(isNamesake(a)))
  if (named.length < 2) return named[0]
  const has = (entry: ServiceEntry) =>
    ownValue(registry.load(entry).model.operations, operation) !== undefined
  return named.find(has) ?? named[0]
}

function isNamesake({ name, signingName }: ServiceEntry): boolean {
  return name === signingName
}

/** The one of the first that is among the second, where these are known; else what there is. */
function oneOf(
  found: readonly ServiceEntry[],
  services: readonly ServiceEntry[],
): ServiceEntry | undefined {
  if (services.length === 0) return found[0]
  return found.find((entry) => services.includes(entry)) ?? services.find((one) => !one.isRest)
}

/** Those that are called without a signature: whoever asks for no sign-in may be reading a public bucket. */
const unsigned = ['s3', 'awsssoportal', 'sso-oauth', 'signin']

function byPath({ head, headers, scope, services, options, answer }: Asked): Evidence {
  const { registry, bucketSuffixes } = options
  const isNamed = scope !== undefined || services.length > 0
  const isBelied = !isNamed && answer !== undefined && !mayBeAws(head, answer)
  const guessed = isBelied ? [] : unsigned.flatMap((name) => registry.servicesOf(name))
  const candidates = isNamed ? services : guessed
  const found = matchRest({ ...head, headers }, candidates, registry, bucketSuffixes)
  // Its path is ListBuckets's too.
  const isDirectories = scope?.signingName === 's3express' && found.operation === 'ListBuckets'
  return isDirectories ? { ...found, operation: 'ListDirectoryBuckets' } : found
}
